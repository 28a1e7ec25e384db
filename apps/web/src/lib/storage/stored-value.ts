import * as v from "@asterite/util/schema";

/** Subset of `Storage` used here. */
export type KeyValueStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Returns an in-memory storage for browsers that deny access to theirs. */
export function memoryStorage(): KeyValueStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** Returns the browser's local storage, or an in-memory one if access is denied. */
export function browserStorage(): KeyValueStorage {
  try {
    localStorage.getItem("asterite.try");
    return localStorage;
  } catch {
    return memoryStorage();
  }
}

/**
 * Value in the browser's storage. It may have been written by an older version, another tab or the user, so
 * it is validated on every read.
 */
export class StoredValue<Value> {
  readonly #storage: KeyValueStorage;
  readonly #key: string;
  readonly #schema: v.Schema<Value, unknown>;
  readonly #initial: Value;

  constructor(storage: KeyValueStorage, name: string, schema: v.Schema<Value, unknown>, initial: Value) {
    this.#storage = storage;
    this.#key = `asterite.${name}`;
    this.#schema = schema;
    this.#initial = initial;
  }

  get(): Value {
    try {
      const value = this.#schema(JSON.parse(this.#storage.getItem(this.#key) ?? ""));
      return value instanceof v.Mismatch ? this.#initial : value;
    } catch {
      return this.#initial;
    }
  }

  /** Stores a value. Returns false if that failed, e.g. because the storage is full. */
  set(value: Value): boolean {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }
}
