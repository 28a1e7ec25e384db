import * as v from "@asterite/util/schema";

/** Storage that the tabs of one browser share. */
export interface KeyValueStorage extends Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  keys(): readonly string[];
  /** Calls `listener` with each key that another tab has changed. */
  subscribe(listener: (key: string) => void): void;
}

/** Beginning of the keys of all entries. */
export const entryPrefix = "asterite.";

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
    this.#key = entryPrefix + name;
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

  set(value: Value): void {
    this.#storage.setItem(this.#key, JSON.stringify(value));
  }

  /** Calls `listener` when another tab has changed the value. */
  subscribe(listener: () => void): void {
    this.#storage.subscribe((key) => {
      if (key === this.#key) listener();
    });
  }
}
