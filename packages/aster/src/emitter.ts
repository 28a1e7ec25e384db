import { EventIterator } from "./event-iterator.ts";

/** Arguments of events by name. */
export type EventMap<Events> = { readonly [Name in keyof Events]: readonly unknown[] };

type Listener<Arguments extends readonly unknown[]> = (...args: Arguments) => unknown;
type AnyListener = Listener<readonly unknown[]>;

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
}

/**
 * Calls listeners by event name, in the order in which they were added. An error that a listener throws, or
 * with which its promise rejects, is passed to `onError` and affects neither other listeners nor the
 * emitter's caller.
 */
export class Emitter<Events extends EventMap<Events>> implements EventSink<Events> {
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

  /**
   * Returns an iterator over future events, which ends with the signal, with the loop, or with {@link end}.
   */
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
    // Iterate over a copy, because listeners may remove themselves or others.
    for (const listener of [...listeners.keys()]) {
      try {
        const result = listener(...args);
        if (result instanceof Promise) result.catch((error: unknown) => this.#onError(error, name));
      } catch (error) {
        this.#onError(error, name);
      }
    }
  }

  end(): void {
    this.#isEnded = true;
    for (const iterator of [...this.#iterators]) iterator.finish();
  }
}
