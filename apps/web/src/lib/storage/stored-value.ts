import * as v from "@asterite/util/schema";

/** Storage that the tabs of one browser share. */
export interface KeyValueStorage extends Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  keys(): readonly string[];
  /** Calls `listener` with each key that another tab has changed. */
  subscribe(listener: (key: string) => void): void;
}

/** Returns an in-memory storage for browsers that deny access to theirs. */
export function memoryStorage(): KeyValueStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
    keys: () => [...values.keys()],
    subscribe: () => {},
  };
}

/** Returns the storage of the browser or of the tab, or an in-memory one if access is denied. */
export function browserStorage(name: "localStorage" | "sessionStorage" = "localStorage"): KeyValueStorage {
  let area: Storage;
  try {
    area = globalThis[name];
  } catch {
    return memoryStorage();
  }
  return {
    getItem: (key) => area.getItem(key),
    setItem: (key, value) => area.setItem(key, value),
    removeItem: (key) => area.removeItem(key),
    keys: () => Object.keys(area),
    subscribe: (listener) =>
      addEventListener("storage", ({ key, storageArea }) => {
        if (storageArea === area && key !== null) listener(key);
      }),
  };
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

  /** Calls `listener` when another tab has changed the value. */
  subscribe(listener: () => void): void {
    this.#storage.subscribe((key) => {
      if (key === this.#key) listener();
    });
  }
}
