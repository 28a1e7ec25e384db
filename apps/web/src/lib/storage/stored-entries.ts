import type * as v from "@asterite/util/schema";
import { type KeyValueStorage, StoredValue } from "./stored-value.ts";

/**
 * Map in the browser's storage with one storage entry per key, so that a tab that writes one of them does not
 * overwrite what other tabs have written to the rest.
 */
export class StoredEntries<Value> {
  readonly #storage: KeyValueStorage;
  readonly #name: string;
  readonly #schema: v.Schema<Value, unknown>;
  /** Entries that did not fit into the storage. */
  readonly #unstored = new Map<string, Value>();

  constructor(storage: KeyValueStorage, name: string, schema: v.Schema<Value, unknown>) {
    this.#storage = storage;
    this.#name = name;
    this.#schema = schema;
  }

  /** Returns a value as stored now, whichever tab wrote it. */
  get(key: string): Value | undefined {
    const unstored = this.#unstored.get(key);
    if (unstored !== undefined) return unstored;
    return new StoredValue<Value | undefined>(
      this.#storage,
      `${this.#name} ${key}`,
      this.#schema,
      undefined,
    ).get();
  }

  /** Returns all valid entries, in no particular order. */
  list(): readonly (readonly [key: string, value: Value])[] {
    const keys = this.#storage.keys().flatMap((name) => this.#keyOf(name) ?? []);
    return [...new Set([...keys, ...this.#unstored.keys()])].flatMap((key) => {
      const value = this.get(key);
      return value === undefined ? [] : [[key, value] as const];
    });
  }

  /** Stores a value; keeps it in memory if that failed, e.g. because the storage is full. */
  set(key: string, value: Value): void {
    try {
      this.#storage.setItem(this.#storageKey(key), JSON.stringify(value));
      this.#unstored.delete(key);
    } catch {
      this.#unstored.set(key, value);
    }
  }

  delete(key: string): void {
    this.#unstored.delete(key);
    this.#storage.removeItem(this.#storageKey(key));
  }

  /** Calls `listener` with the key of each entry that another tab has changed or removed. */
  subscribe(listener: (key: string) => void): void {
    this.#storage.subscribe((name) => {
      const key = this.#keyOf(name);
      if (key !== undefined) listener(key);
    });
  }

  #storageKey(key: string): string {
    return `asterite.${this.#name} ${key}`;
  }

  #keyOf(name: string): string | undefined {
    const prefix = this.#storageKey("");
    return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
  }
}
