import { DatabaseSync } from "node:sqlite";
import type { KeyValue } from "./key-value-state.ts";

/** Opens a key-value store in a SQLite file, as a substitute for Redis. */
export function openSqliteKeyValue(file: string): KeyValue & Disposable {
  // For several processes: in WAL mode readers do not wait for writers; a writer waits for another one.
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT");
  const select = database.prepare("SELECT value FROM entries WHERE key = ?");
  const insert = database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM entries WHERE key = ?");
  const list = database.prepare("SELECT key FROM entries WHERE key GLOB ?");
  return {
    get: async (key) => (select.get(key)?.["value"] as string | undefined) ?? null,
    set: async (key, value) => void insert.run(key, value),
    del: async (key) => void remove.run(key),
    keys: async (pattern) => list.all(pattern).map(({ key }) => String(key)),
    [Symbol.dispose]: () => database.close(),
  };
}
