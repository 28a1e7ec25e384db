import { createSubscriber } from "svelte/reactivity";

/**
 * Change notifier for state outside of Svelte: reading the state tracks it, changing it re-renders its
 * readers.
 */
export class Signal {
  readonly #listeners = new Set<() => void>();
  readonly #subscribe = createSubscriber((update) => this.subscribe(update));

  /** Subscribes the effect or template expression that is currently running. */
  track(): void {
    this.#subscribe();
  }

  /** Notifies all subscribers. */
  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` on each change. Returns the function that unsubscribes it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
