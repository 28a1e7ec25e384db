import type { EventClass } from "./types.ts";

/** The class whose events are meant; null stands for every event. */
export type Key = EventClass | null;

/** Any callback: the public signatures have made sure that it fits the class it stands under. */
export type Callback = (event: object) => unknown;

/** One callback under one class. */
export interface Entry {
  readonly key: Key;
  readonly callback: Callback;
  readonly registration: Registration;
  /** An emission works on a copy of the list, so this tells it what was removed meanwhile. */
  removed: boolean;
}

/** What one call registered: the same callback under one or several classes. */
export interface Registration {
  readonly entries: readonly Entry[];
  /** Called when the last entry is gone. */
  onRemoved: (() => void) | null;
}

interface Bucket {
  readonly entries: Map<Callback, Entry>;
  /** The entries as an emission walks them; made again after a change. */
  list: readonly Entry[] | null;
}

const noEntries: readonly Entry[] = Object.freeze([]);

/** Callbacks by event class. */
export class ListenerTable {
  readonly #buckets = new Map<Key, Bucket>();

  has(key: Key, callback: Callback): boolean {
    return this.#buckets.get(key)?.entries.has(callback) ?? false;
  }

  /** Adds a callback under each key; under none of them may it be present. */
  add(keys: readonly Key[], callback: Callback): Registration {
    const entries: Entry[] = [];
    const registration: Registration = { entries, onRemoved: null };
    for (const key of keys) {
      const entry: Entry = { key, callback, registration, removed: false };
      entries.push(entry);
      let bucket = this.#buckets.get(key);
      if (!bucket) {
        bucket = { entries: new Map(), list: null };
        this.#buckets.set(key, bucket);
      }
      bucket.entries.set(callback, entry);
      bucket.list = null;
    }
    return registration;
  }

  /** Removes the entry of a callback, or of every callback, under a key. */
  remove(key: Key, callback?: Callback | null): void {
    const bucket = this.#buckets.get(key);
    if (!bucket) return;
    if (callback) {
      const entry = bucket.entries.get(callback);
      if (entry) this.#removeEntry(entry);
    } else {
      for (const entry of [...bucket.entries.values()]) this.#removeEntry(entry);
    }
  }

  removeRegistration(registration: Registration): void {
    for (const entry of registration.entries) this.#removeEntry(entry);
  }

  /** The entries under a key. The list does not change while it is walked; look at `removed`. */
  list(key: Key): readonly Entry[] {
    const bucket = this.#buckets.get(key);
    if (!bucket) return noEntries;
    bucket.list ??= [...bucket.entries.values()];
    return bucket.list;
  }

  #removeEntry(entry: Entry): void {
    if (entry.removed) return;
    entry.removed = true;
    const bucket = this.#buckets.get(entry.key);
    if (bucket) {
      bucket.entries.delete(entry.callback);
      bucket.list = null;
      if (bucket.entries.size === 0) this.#buckets.delete(entry.key);
    }
    const { registration } = entry;
    if (registration.onRemoved && registration.entries.every(({ removed }) => removed)) {
      registration.onRemoved();
      registration.onRemoved = null;
    }
  }
}
