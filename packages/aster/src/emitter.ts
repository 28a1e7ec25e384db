/** An event's arguments by its name. */
export type EventMap<Events> = { readonly [Name in keyof Events]: readonly unknown[] };

type Listener<Arguments extends readonly unknown[]> = (...args: Arguments) => unknown;

/** Options of a subscription. */
export interface ListenOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
}

/**
 * Calls listeners by event name, in the order in which they were added. A listener that throws, or whose
 * promise rejects, disturbs neither the others nor the caller: its error goes to `onError`.
 */
export class Emitter<Events extends EventMap<Events>> {
  readonly #listeners = new Map<keyof Events, Set<Listener<readonly unknown[]>>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  on<Name extends keyof Events>(
    name: Name,
    listener: Listener<Events[Name]>,
    { signal }: ListenOptions = {},
  ): void {
    if (signal?.aborted) return;
    const added = listener as Listener<readonly unknown[]>;
    const others = this.#listeners.get(name);
    if (others) others.add(added);
    else this.#listeners.set(name, new Set([added]));
    signal?.addEventListener("abort", () => this.off(name, listener), { once: true });
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    this.#listeners.get(name)?.delete(listener as Listener<readonly unknown[]>);
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

  has(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    const listeners = this.#listeners.get(name);
    if (!listeners || listeners.size === 0) return;
    // Over a copy, so that a listener may take itself or others away.
    for (const listener of [...listeners]) {
      try {
        const result = listener(...args);
        if (result instanceof Promise) result.catch(this.#onError);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
