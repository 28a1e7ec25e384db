import { ArgumentRangeError, SubscriptionClosed, SubscriptionOverflow } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import type { MaybePromise, NextOptions, SubscribeOptions } from "./types.ts";

/** How many unread events a subscription keeps unless told otherwise. */
export const defaultSubscriptionLimit = 65_536;

interface Waiter<Event extends object> {
  readonly accepts: ((event: Event) => MaybePromise<boolean>) | null;
  readonly resolve: (event: Event) => void;
  readonly reject: (reason: unknown) => void;
  settled: boolean;
}

/**
 * The events of a selector in the order of their emission, to be read with {@link next}, {@link first} or
 * `for await`. Events that arrive while nobody waits are kept up to the limit.
 *
 * End it with {@link unsubscribe} or `using`, or by leaving a `for await` loop; it keeps its events in
 * memory until then.
 */
export class Subscription<Event extends object = object> implements AsyncIterable<Event>, Disposable {
  readonly #queue = new EventQueue<Event>();
  readonly #waiters = new Set<Waiter<Event>>();
  readonly #limit: number;
  #detach: (() => void) | null;
  #closeReason: SubscriptionClosed | null = null;
  #isDelivering = false;

  /**
   * Made by `subscribe`.
   *
   * @param attach - Called once with the function that takes events; returns what stops their flow.
   * @throws ArgumentRangeError naming `limit` when it is not a number of events of at least 1.
   */
  constructor(attach: (push: (event: Event) => void) => () => void, options?: SubscribeOptions | null) {
    const { signal, limit } = options ?? {};
    this.#limit = limit ?? defaultSubscriptionLimit;
    if (!(this.#limit >= 1)) {
      throw new ArgumentRangeError("INVALID_LIMIT", "limit", "must be 1 or more");
    }
    if (signal?.aborted) {
      this.#detach = null;
      this.#closeReason = new SubscriptionClosed(undefined, { cause: signal.reason });
      return;
    }
    const detach = attach((event) => this.#push(event));
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

  /** Whether no further event will be taken. */
  get closed(): boolean {
    return this.#closeReason !== null;
  }

  /**
   * Waits for the next event. With a predicate, events before the first accepted one are skipped; if several
   * callers wait, each event goes to the first of them that accepts it.
   *
   * Rejects with {@link SubscriptionClosed} when the subscription is or gets closed, with the reason of the
   * signal, or with what the predicate throws. The event is kept for others in the last two cases.
   */
  next(options?: NextOptions<Event> | null): Promise<Event> {
    const { predicate, signal } = options ?? {};
    return new Promise<Event>((resolve, reject) => {
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

  /** Like {@link next}, and unsubscribes afterwards, also when it fails. */
  async first(options?: NextOptions<Event> | null): Promise<Event> {
    try {
      return await this.next(options);
    } finally {
      this.unsubscribe();
    }
  }

  /** Stops the flow of events and drops unread ones; who waits gets {@link SubscriptionClosed}. */
  unsubscribe(): void {
    this.#close(new SubscriptionClosed());
  }

  /** The same as {@link Subscription.unsubscribe}. */
  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  /** Ends when unsubscribed, throws {@link SubscriptionOverflow} after an overflow; leaving it unsubscribes. */
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
      this.#close(new SubscriptionOverflow(this.#limit));
      return;
    }
    this.#queue.push(event);
    this.#deliver();
  }

  #close(reason: SubscriptionClosed): void {
    if (this.#closeReason) return;
    this.#closeReason = reason;
    this.#detach?.();
    this.#detach = null;
    if (!this.#keepsUnread) {
      this.#queue.clear();
      this.#rejectWaiters(reason);
    }
  }

  #rejectWaiters(reason: SubscriptionClosed): void {
    for (const waiter of [...this.#waiters]) waiter.reject(reason);
  }

  /** Hands queued events to waiters, one event at a time, also across asynchronous predicates. */
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#waiters.size > 0) {
      const event = this.#queue.shift();
      if (event === undefined) break;
      const offered = this.#offerToWaiters(event, this.#waiters.values(), false);
      if (offered !== undefined) {
        // Predicates cannot make this reject.
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

  /** Offers an event to the waiters in turn; a promise is returned only where a predicate returned one. */
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
      // The predicate itself may have ended the wait.
      if (waiter.settled) continue;
      if (verdict) {
        waiter.resolve(event);
        return;
      }
      refused = true;
    }
    // Skipped by those who wait; where nobody could decide, it stays for the next who does.
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

  /** After an overflow the unread events can still be read, after `unsubscribe` they are gone. */
  get #keepsUnread(): boolean {
    return this.#closeReason === null || this.#closeReason instanceof SubscriptionOverflow;
  }
}
