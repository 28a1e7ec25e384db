import type * as v from "@asterite/util/schema";
import { entryPrefix, type KeyValueStorage, StoredValue } from "./stored-value.ts";

/**
 * Map in the browser's storage with one storage entry per key, so that a tab that writes one of them does not
 * overwrite what other tabs have written to the rest.
 */
export class StoredEntries<Value> {
  readonly #storage: KeyValueStorage;
  readonly #name: string;
  readonly #schema: v.Schema<Value, unknown>;

  constructor(storage: KeyValueStorage, name: string, schema: v.Schema<Value, unknown>) {
    this.#storage = storage;
    this.#name = name;
    this.#schema = schema;
  }

  /** Returns a value as stored now, whichever tab wrote it. */
  get(key: string): Value | undefined {
    return this.#entry(key).get();
  }

  /** Returns all valid entries, in no particular order. */
  list(): readonly (readonly [key: string, value: Value])[] {
    return this.#storage.keys().flatMap((name) => {
      const key = this.#keyOf(name);
      const value = key === undefined ? undefined : this.get(key);
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    });
  }

  set(key: string, value: Value): void {
    this.#entry(key).set(value);
  }

  delete(key: string): void {
    this.#storage.removeItem(this.#storageKey(key));
  }

  /** Calls `listener` with the key of each entry that another tab has changed or removed. */
  subscribe(listener: (key: string) => void): void {
    this.#storage.subscribe((name) => {
      const key = this.#keyOf(name);
      if (key !== undefined) listener(key);
    });
  }

  #entry(key: string): StoredValue<Value | undefined> {
    return new StoredValue<Value | undefined>(this.#storage, `${this.#name} ${key}`, this.#schema, undefined);
  }

  #storageKey(key: string): string {
    return `${entryPrefix}${this.#name} ${key}`;
  }

  #keyOf(name: string): string | undefined {
    const prefix = this.#storageKey("");
    return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
  }
}
