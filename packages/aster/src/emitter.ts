import { EventIterator } from "./event-iterator.ts";

/** An event's arguments by its name. */
export type EventMap<Events> = { readonly [Name in keyof Events]: readonly unknown[] };

type Listener<Arguments extends readonly unknown[]> = (...args: Arguments) => unknown;
type AnyListener = Listener<readonly unknown[]>;

/** Options of a subscription. */
export interface ListenOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
}

/** Options of an iteration over events. */
export interface EventsOptions extends ListenOptions {
  /**
   * Most events that may wait for the loop's body, from 1. Beyond it the iteration ends with an AsterError
   * `EVENTS_MISSED`, because leaving events out silently would be worse. Default 10 000.
   */
  readonly limit?: number;
}

/**
 * Calls listeners by event name, in the order in which they were added. A listener that throws, or whose
 * promise rejects, disturbs neither the others nor the caller: its error goes to `onError`.
 */
export class Emitter<Events extends EventMap<Events>> {
  readonly #listeners = new Map<keyof Events, Map<AnyListener, () => void>>();
  readonly #iterators = new Set<{ finish(): void }>();
  readonly #onError: (error: unknown, name: keyof Events) => void;
  #isEnded = false;

  constructor(onError: (error: unknown, name: keyof Events) => void) {
    this.#onError = onError;
  }

  on<Name extends keyof Events>(
    name: Name,
    listener: Listener<Events[Name]>,
    { signal }: ListenOptions = {},
  ): void {
    if (signal?.aborted) return;
    // One subscription each: adding a listener again replaces what ends it.
    this.off(name, listener);
    const end = (): void => this.off(name, listener);
    signal?.addEventListener("abort", end, { once: true });
    const release = (): void => signal?.removeEventListener("abort", end);
    const others = this.#listeners.get(name);
    if (others) others.set(listener as AnyListener, release);
    else this.#listeners.set(name, new Map([[listener as AnyListener, release]]));
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const listeners = this.#listeners.get(name);
    listeners?.get(listener as AnyListener)?.();
    listeners?.delete(listener as AnyListener);
  }

  /** Resolves with the arguments of the next event; rejects with the signal's reason. */
  once<Name extends keyof Events>(name: Name, { signal }: ListenOptions = {}): Promise<Events[Name]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = (): void => {
        this.off(name, listener);
        reject(signal?.reason);
      };
      const listener = (...args: Events[Name]): void => {
        this.off(name, listener);
        signal?.removeEventListener("abort", abort);
        resolve(args);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.on(name, listener);
    });
  }

  /** Every event from now on; the iteration ends with the signal, with the loop, or with {@link end}. */
  events<Name extends keyof Events>(
    name: Name,
    { signal, limit = 10_000 }: EventsOptions = {},
  ): AsyncIterableIterator<Events[Name], undefined> {
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
    // Over a copy, so that a listener may take itself or others away.
    for (const listener of [...listeners.keys()]) {
      try {
        const result = listener(...args);
        if (result instanceof Promise) result.catch((error: unknown) => this.#onError(error, name));
      } catch (error) {
        this.#onError(error, name);
      }
    }
  }

  /** Nothing more will happen: iterations end after what waits for them. */
  end(): void {
    this.#isEnded = true;
    for (const iterator of [...this.#iterators]) iterator.finish();
  }
}
