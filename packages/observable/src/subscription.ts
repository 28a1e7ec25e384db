import { readSignal, requireKnownOptions } from "./arguments.ts";
import { ArgumentRangeError, SubscriptionClosed, SubscriptionOverflow } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import type { MaybePromise, NextOptions, SubscribeOptions } from "./types.ts";

/** Default limit of unread events of a subscription. */
export const defaultSubscriptionLimit = 65_536;

interface Waiter<Event extends object> {
  readonly accepts: ((event: Event) => MaybePromise<boolean>) | null;
  readonly resolve: (event: Event) => void;
  readonly reject: (reason: unknown) => void;
  settled: boolean;
}

/**
 * Queue of the events of a selector in the order of emission, read with {@link next}, {@link first} or `for
 * await`. Unread events are buffered up to a limit.
 *
 * End a subscription with {@link unsubscribe}, `using`, `await using`, or by leaving a `for await` loop. Until then it keeps
 * its events in memory.
 */
export class Subscription<Event extends object = object>
  implements AsyncIterable<Event>, Disposable, AsyncDisposable
{
  readonly #queue = new EventQueue<Event>();
  readonly #waiters = new Set<Waiter<Event>>();
  readonly #limit: number;
  #detach: (() => void) | null;
  #closeReason: SubscriptionClosed | null = null;
  #keepsUnread = true;
  #isDelivering = false;

  /**
   * Created by `subscribe`.
   *
   * @param attach - Called once with a function that adds an event and one that ends the subscription after the
   *   unread events; returns a function that stops the events.
   * @throws ArgumentRangeError naming `limit` when it is below 1.
   * @throws ArgumentTypeError naming a signal of another type, or an unknown option.
   */
  constructor(
    attach: (push: (event: Event) => void, end: () => void) => () => void,
    options?: SubscribeOptions | null,
  ) {
    requireKnownOptions(options, ["signal", "limit"]);
    const { limit } = options ?? {};
    const signal = readSignal(options?.signal);
    this.#limit = limit ?? defaultSubscriptionLimit;
    if (!(this.#limit >= 1)) {
      throw new ArgumentRangeError("INVALID_LIMIT", "limit", "must be at least 1");
    }
    if (signal?.aborted) {
      this.#detach = null;
      this.#closeReason = new SubscriptionClosed(undefined, { cause: signal.reason });
      return;
    }
    const detach = attach(
      (event) => this.#push(event),
      () => this.#close(new SubscriptionClosed("the subscription is closed"), true),
    );
    if (!signal) {
      this.#detach = detach;
      return;
    }
    const onAbort = () => this.#close(new SubscriptionClosed(undefined, { cause: signal.reason }));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#detach = () => {
      signal.removeEventListener("abort", onAbort);
      detach();
    };
  }

  /** Whether the subscription has ended and receives no further events. */
  get closed(): boolean {
    return this.#closeReason !== null;
  }

  /**
   * Waits for the next event. With a predicate, events before the first accepted one are skipped. With
   * several waiting callers, each event goes to the first caller that accepts it. Has no time limit, because a
   * subscription may be idle: `AbortSignal.timeout(ms)` as the signal sets one.
   *
   * Rejects with {@link SubscriptionClosed} when the subscription has ended or ends, with the reason of the
   * signal, or with the error of the predicate. In the last two cases the event stays available to other
   * callers.
   */
  next(options?: NextOptions<Event> | null): Promise<Event> {
    return new Promise<Event>((resolve, reject) => {
      requireKnownOptions(options, ["predicate", "signal"]);
      const { predicate } = options ?? {};
      const signal = readSignal(options?.signal);
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      if (this.#closeReason && this.#queue.size === 0) {
        reject(this.#closeReason);
        return;
      }
      const onAbort = () => settle(() => reject(signal?.reason));
      const settle = (outcome: () => void) => {
        signal?.removeEventListener("abort", onAbort);
        waiter.settled = true;
        this.#waiters.delete(waiter);
        outcome();
      };
      const waiter: Waiter<Event> = {
        accepts: predicate ?? null,
        resolve: (event) => settle(() => resolve(event)),
        reject: (reason) => settle(() => reject(reason)),
        settled: false,
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#deliver();
    });
  }

  /** Like {@link next}, but unsubscribes afterwards, even when it rejects. */
  async first(options?: NextOptions<Event> | null): Promise<Event> {
    try {
      return await this.next(options);
    } finally {
      this.unsubscribe();
    }
  }

  /**
   * Ends the subscription and drops unread events. Waiting callers are rejected with {@link
   * SubscriptionClosed}.
   */
  unsubscribe(): void {
    this.#close(new SubscriptionClosed());
  }

  /** Equivalent to {@link Subscription.unsubscribe}. */
  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  /** Equivalent to {@link Subscription.unsubscribe}. */
  [Symbol.asyncDispose](): Promise<void> {
    this.unsubscribe();
    return Promise.resolve();
  }

  /**
   * Iterates until unsubscribed; throws {@link SubscriptionOverflow} after an overflow. Leaving the loop
   * unsubscribes.
   */
  [Symbol.asyncIterator](): AsyncIterator<Event, undefined, undefined> {
    return {
      next: async () => {
        try {
          return { done: false, value: await this.next() };
        } catch (error) {
          if (error instanceof SubscriptionOverflow || !(error instanceof SubscriptionClosed)) throw error;
          return { done: true, value: undefined };
        }
      },
      return: () => {
        this.unsubscribe();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #push(event: Event): void {
    if (this.#closeReason) return;
    if (this.#queue.size >= this.#limit) {
      this.#close(new SubscriptionOverflow(this.#limit), true);
      return;
    }
    this.#queue.push(event);
    this.#deliver();
  }

  /** @param keepsUnread - Whether unread events can still be read: not after `unsubscribe` and an abort. */
  #close(reason: SubscriptionClosed, keepsUnread = false): void {
    if (this.#closeReason) return;
    this.#closeReason = reason;
    this.#detach?.();
    this.#detach = null;
    this.#keepsUnread = keepsUnread;
    if (!keepsUnread) {
      this.#queue.clear();
      this.#rejectWaiters(reason);
    } else this.#deliver();
  }

  #rejectWaiters(reason: SubscriptionClosed): void {
    for (const waiter of [...this.#waiters]) waiter.reject(reason);
  }

  /** Delivers queued events to waiting callers, one at a time, even when a predicate is asynchronous. */
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#waiters.size > 0) {
      const event = this.#queue.shift();
      if (event === undefined) break;
      const offered = this.#offerToWaiters(event, this.#waiters.values(), false);
      if (offered !== undefined) {
        // Never rejects: errors of predicates reject the waiting call instead.
        void offered.then(() => {
          this.#isDelivering = false;
          this.#deliver();
        });
        return;
      }
    }
    this.#isDelivering = false;
    if (this.#closeReason && this.#queue.size === 0) this.#rejectWaiters(this.#closeReason);
  }

  /**
   * Offers an event to the waiting callers in order. Returns a promise only when a predicate returned one.
   */
  #offerToWaiters(
    event: Event,
    waiters: Iterator<Waiter<Event>>,
    refusedBefore: boolean,
  ): Promise<void> | undefined {
    let refused = refusedBefore;
    for (let step = waiters.next(); !step.done; step = waiters.next()) {
      const waiter = step.value;
      if (!waiter.accepts) {
        waiter.resolve(event);
        return;
      }
      let verdict: MaybePromise<boolean>;
      try {
        verdict = waiter.accepts(event);
      } catch (error) {
        waiter.reject(error);
        continue;
      }
      if (typeof verdict === "object") return this.#awaitVerdict(event, waiter, verdict, waiters, refused);
      // The predicate itself may have ended the wait, for example by unsubscribing.
      if (waiter.settled) continue;
      if (verdict) {
        waiter.resolve(event);
        return;
      }
      refused = true;
    }
    // A refused event is skipped. An event on which no predicate decided stays for the next caller.
    if (!refused && this.#keepsUnread) this.#queue.unshift(event);
    return;
  }

  async #awaitVerdict(
    event: Event,
    waiter: Waiter<Event>,
    verdict: PromiseLike<boolean>,
    waiters: Iterator<Waiter<Event>>,
    refused: boolean,
  ): Promise<void> {
    let accepted = false;
    try {
      accepted = await verdict;
    } catch (error) {
      if (!waiter.settled) waiter.reject(error);
      return this.#offerToWaiters(event, waiters, refused);
    }
    if (!waiter.settled && accepted) {
      waiter.resolve(event);
      return;
    }
    return this.#offerToWaiters(event, waiters, refused || !waiter.settled);
  }
}
