import { createSubscriber } from "svelte/reactivity";

/** Something that changes outside of Svelte, and that components follow by reading it. */
export class Topic {
  readonly #listeners = new Set<() => void>();
  readonly #track = createSubscriber((update) => this.subscribe(update));

  /** Makes whatever is being computed or drawn follow this topic. */
  follow(): void {
    this.#track();
  }

  /** Tells everybody who follows. */
  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls a function at each change until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
