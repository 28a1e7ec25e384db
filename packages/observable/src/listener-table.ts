import type { EventClass } from "./types.ts";

/** Class of the events; null for all classes. */
export type Key = EventClass | null;

/** A callback. The public signatures ensure that it accepts the events of its class. */
export type Callback = (event: object) => unknown;

/** Registration of one callback for one class. */
export interface Entry {
  readonly key: Key;
  readonly callback: Callback;
  readonly registration: Registration;
  /** Set on removal, because an emission in progress iterates over a copy of the list. */
  isRemoved: boolean;
}

/** Entries of one call: the same callback for one or several classes. */
export interface Registration {
  readonly entries: readonly Entry[];
  /** Called when the last entry was removed. */
  onRemoved: (() => void) | null;
}

interface Bucket {
  readonly entries: Map<Callback, Entry>;
  /** Snapshot over which emissions iterate; null after a change. */
  list: readonly Entry[] | null;
}

const noEntries: readonly Entry[] = Object.freeze([]);

/** Callbacks by event class. */
export class ListenerTable {
  readonly #buckets = new Map<Key, Bucket>();

  has(key: Key, callback: Callback): boolean {
    return this.#buckets.get(key)?.entries.has(callback) ?? false;
  }

  /** Adds a callback for each key. It must not be registered for any of them. */
  add(keys: readonly Key[], callback: Callback): Registration {
    const entries: Entry[] = [];
    const registration: Registration = { entries, onRemoved: null };
    for (const key of keys) {
      const entry: Entry = { key, callback, registration, isRemoved: false };
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

  /** Removes one or all callbacks of a key. */
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

  /** Returns the entries of a key as a snapshot. Check `isRemoved` of each entry while iterating. */
  list(key: Key): readonly Entry[] {
    const bucket = this.#buckets.get(key);
    if (!bucket) return noEntries;
    bucket.list ??= [...bucket.entries.values()];
    return bucket.list;
  }

  #removeEntry(entry: Entry): void {
    if (entry.isRemoved) return;
    entry.isRemoved = true;
    const bucket = this.#buckets.get(entry.key);
    if (bucket) {
      bucket.entries.delete(entry.callback);
      bucket.list = null;
      if (bucket.entries.size === 0) this.#buckets.delete(entry.key);
    }
    const { registration } = entry;
    if (registration.onRemoved && registration.entries.every(({ isRemoved }) => isRemoved)) {
      registration.onRemoved();
      registration.onRemoved = null;
    }
  }
}
