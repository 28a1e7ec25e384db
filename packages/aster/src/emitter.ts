import { type Clock, systemClock } from "./clock.ts";
import { AsterError, argumentError, checkOptions, checkType } from "./errors.ts";
import { EventIterator, type EventStream } from "./event-iterator.ts";
import { isTimeout, timeoutRange } from "./timeout.ts";

/** Arguments of events by name. */
export type EventMap<Events> = { readonly [Name in keyof Events]: readonly unknown[] };

type Listener<Arguments extends readonly unknown[]> = (...args: Arguments) => unknown;
type AnyListener = Listener<readonly unknown[]>;
/** Receives the error of a listener with the event that it handled. */
type ErrorHandler<Events> = (error: unknown, name: keyof Events, args: readonly unknown[]) => void;

/** Options of a subscription. */
export interface ListenOptions {
  /** Removes the listener when it aborts. */
  readonly signal?: AbortSignal;
}

/** Options of an event iterator. */
export interface EventsOptions extends ListenOptions {
  /**
   * Maximum number of events buffered for the loop, at least 1. On overflow the iteration fails with an
   * AsterError `EVENTS_MISSED` rather than skip events silently. Default 10 000.
   */
  readonly limit?: number;
}

/** The emitting side of an {@link Emitter}. */
export interface EventSink<Events extends EventMap<Events>> {
  /** Calls the listeners of an event. */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void;
  hasListeners(name: keyof Events): boolean;
  /** Ends all iterators after their buffered events; later ones end at once. */
  end(): void;
  /** Makes iterators and waits possible again after {@link EventSink.end}. */
  restart(): void;
}

/** Options of {@link Server.waitFor}. */
export interface WaitOptions<Arguments extends readonly unknown[]> extends ListenOptions {
  /** Accepts an event by its arguments. Default: the next one. */
  readonly filter?: (...args: Arguments) => boolean;
  /** Maximum time to wait, in ms, at least 0; `Infinity`: without a limit. Default 60 000. */
  readonly timeoutMs?: number;
}

const defaultWaitMs = 60_000;

const listenOptions = { signal: 0 };
const waitOptions = { ...listenOptions, filter: "function", timeoutMs: "number" };
const eventsOptions = { ...listenOptions, limit: "number" };

/**
 * Calls listeners by event name, in the order in which they were added. An error that a listener throws, or
 * with which its promise rejects, is passed to `onError` and affects neither other listeners nor the
 * emitter's caller.
 */
export class Emitter<Events extends EventMap<Events>> implements EventSink<Events> {
  readonly #listeners = new Map<keyof Events, Map<AnyListener, () => void>>();
  readonly #iterators = new Set<{ finish(): void }>();
  readonly #names: ReadonlySet<keyof Events>;
  readonly #onError: ErrorHandler<Events>;
  #isEnded = false;

  constructor(names: readonly (keyof Events)[], onError: ErrorHandler<Events>) {
    this.#names = new Set(names);
    this.#onError = onError;
  }

  on<Name extends keyof Events>(
    name: Name,
    listener: Listener<Events[Name]>,
    options: ListenOptions = {},
  ): void {
    this.#checkName(name);
    checkOptions("options of on", options, listenOptions);
    checkType("listener", listener, "function");
    const { signal } = options;
    if (signal?.aborted) return;
    // A listener has one subscription: adding it again replaces the signal.
    this.off(name, listener);
    const remove = (): void => this.off(name, listener);
    signal?.addEventListener("abort", remove, { once: true });
    const release = (): void => signal?.removeEventListener("abort", remove);
    const others = this.#listeners.get(name);
    if (others) others.set(listener as AnyListener, release);
    else this.#listeners.set(name, new Map([[listener as AnyListener, release]]));
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    this.#checkName(name);
    checkType("listener", listener, "function");
    const listeners = this.#listeners.get(name);
    listeners?.get(listener as AnyListener)?.();
    listeners?.delete(listener as AnyListener);
  }

  /**
   * Resolves with the arguments of the next event; rejects with the signal's reason, and with `CLOSED` when the
   * emitter ends.
   */
  once<Name extends keyof Events>(name: Name, options: ListenOptions = {}): Promise<Events[Name]> {
    if (typeof options === "function") {
      throw argumentError(
        "options of once",
        options,
        "an object with signal: once returns a promise, on adds a listener",
      );
    }
    checkOptions("options of once", options, listenOptions);
    return this.waitFor(name, { ...options, timeoutMs: Number.POSITIVE_INFINITY }, systemClock);
  }

  /**
   * Resolves with the arguments of the next event that a filter accepts; rejects when the time is over, the
   * signal aborts, the filter throws or the emitter ends.
   */
  waitFor<Name extends keyof Events>(
    name: Name,
    options: WaitOptions<Events[Name]>,
    clock: Clock,
  ): Promise<Events[Name]> {
    this.#checkName(name);
    checkOptions("options of waitFor", options, waitOptions);
    const { filter = () => true, timeoutMs = defaultWaitMs, signal } = options;
    if (!isTimeout(timeoutMs)) throw argumentError("timeoutMs", timeoutMs, timeoutRange);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const ended = (): AsterError => new AsterError("CLOSED", `closed: no more "${String(name)}" events`);
      if (this.#isEnded) throw ended();
      let timer: unknown;
      const stop = (): void => {
        this.off(name, listener);
        clock.clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.#iterators.delete(waiter);
      };
      const fail = (error: unknown): void => {
        stop();
        reject(error);
      };
      const abort = (): void => fail(signal?.reason);
      const listener = (...args: Events[Name]): void => {
        try {
          if (!filter(...args)) return;
        } catch (error) {
          fail(error);
          return;
        }
        stop();
        resolve(args);
      };
      const waiter = { finish: () => fail(ended()) };
      this.#iterators.add(waiter);
      signal?.addEventListener("abort", abort, { once: true });
      this.on(name, listener);
      if (timeoutMs === Number.POSITIVE_INFINITY) return;
      timer = clock.setTimeout(() => {
        fail(new AsterError("TIMED_OUT", `no matching "${String(name)}" event within ${timeoutMs} ms`));
      }, timeoutMs);
    });
  }

  /**
   * Returns an iterator over future events, which ends with the signal, with the loop, or with {@link end}.
   */
  events<Name extends keyof Events>(name: Name, options: EventsOptions = {}): EventStream<Events[Name]> {
    this.#checkName(name);
    checkOptions("options of events", options, eventsOptions);
    const { signal, limit = 10_000 } = options;
    const listener = (...args: Events[Name]): void => iterator.push(args);
    const stop = (): void => iterator.finish();
    const iterator = new EventIterator<Events[Name]>(String(name), limit, () => {
      this.off(name, listener);
      signal?.removeEventListener("abort", stop);
      this.#iterators.delete(iterator);
    });
    if (this.#isEnded || signal?.aborted) {
      iterator.finish();
      return iterator;
    }
    this.#iterators.add(iterator);
    signal?.addEventListener("abort", stop, { once: true });
    this.on(name, listener);
    return iterator;
  }

  hasListeners(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    const listeners = this.#listeners.get(name);
    if (!listeners || listeners.size === 0) return;
    // Iterate over a copy, because listeners may remove themselves or others.
    for (const listener of [...listeners.keys()]) {
      try {
        // Also a promise of another library, which is no Promise.
        const result = listener(...args) as PromiseLike<unknown> | undefined;
        if (typeof result?.then === "function") {
          result.then(undefined, (error: unknown) => this.#onError(error, name, args));
        }
      } catch (error) {
        this.#onError(error, name, args);
      }
    }
  }

  restart(): void {
    this.#isEnded = false;
  }

  #checkName(name: keyof Events): void {
    if (!this.#names.has(name)) throw argumentError("event", name, [...this.#names].join(", "));
  }

  end(): void {
    this.#isEnded = true;
    for (const iterator of [...this.#iterators]) iterator.finish();
  }
}
