import * as v from "valibot";

/** The part of the browser's storage that is used. */
export type KeyValueStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Keeps what it is given for as long as the page lives; for browsers that forbid storage. */
export function memoryStorage(): KeyValueStorage {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** The browser's storage, or one that forgets where it may not be used. */
export function browserStorage(): KeyValueStorage {
  try {
    localStorage.getItem("asterite.try");
    return localStorage;
  } catch {
    return memoryStorage();
  }
}

/**
 * A value that outlives the page. What is stored there was written by an older version, another tab or the
 * person, so it is parsed like anything from outside.
 */
export class Stored<Value> {
  readonly #storage: KeyValueStorage;
  readonly #key: string;
  readonly #schema: v.GenericSchema<unknown, Value>;
  readonly #initial: Value;

  constructor(
    storage: KeyValueStorage,
    name: string,
    schema: v.GenericSchema<unknown, Value>,
    initial: Value,
  ) {
    this.#storage = storage;
    this.#key = `asterite.${name}`;
    this.#schema = schema;
    this.#initial = initial;
  }

  get(): Value {
    try {
      const parsed = v.safeParse(this.#schema, JSON.parse(this.#storage.getItem(this.#key) ?? ""));
      return parsed.success ? parsed.output : this.#initial;
    } catch {
      return this.#initial;
    }
  }

  /** Stores a value and says whether that worked: storage may be full. */
  set(value: Value): boolean {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }
}
