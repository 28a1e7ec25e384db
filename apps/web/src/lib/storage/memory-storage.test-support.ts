import type { KeyValueStorage } from "./stored-value.ts";

/** Returns a storage in memory, which no other tab shares. */
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
