import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Permissions } from "@asterite/aster-protocol";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import { ServerError } from "../../errors.ts";
import { randomUuid } from "../../uuid.ts";
import { createAdditions, createTables, schemaVersion, type Tables } from "./schema.ts";

/** One open database file, or one in memory. */
export interface OpenDatabase {
  /** For statements that steer transactions. */
  readonly raw: DatabaseSync;
  readonly query: Kysely<Tables>;
}

/** What a fresh database is filled with. */
export interface InitialContent {
  readonly name: string;
  readonly icon: Uint8Array;
}

const sqliteBusy = 5;

/**
 * Opens a database in the form of the reference server's version 5, making it if the file is absent or empty.
 * The file is locked for this process until it is closed.
 *
 * @throws ServerError with `DATABASE_LOCKED`, `DATABASE_VERSION` or `DATABASE_UNUSABLE`.
 */
export function openDatabase(file: string, initial: InitialContent): OpenDatabase {
  let raw: DatabaseSync | undefined;
  try {
    if (file !== ":memory:" && !existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true });
    // Upgraded upstream files hold foreign keys to a table that no longer exists.
    raw = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    // An exclusive lock keeps a second server, whose caches would go stale, away from the file.
    raw.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full");
    raw.exec("begin immediate");
    prepareTables(raw, file, initial);
    raw.exec(createAdditions);
    raw.exec("commit");
    return { raw, query: new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(raw) }) }) };
  } catch (error) {
    raw?.close();
    if (error instanceof ServerError) throw error;
    if (isSqliteError(error) && error.errcode === sqliteBusy) {
      throw new ServerError("DATABASE_LOCKED", `${file} is in use by another process; stop that one first`, {
        cause: error,
      });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("DATABASE_UNUSABLE", `The database ${file} cannot be opened: ${reason}`, {
      cause: error,
    });
  }
}

const isSqliteError = (error: unknown): error is Error & { errcode: number } =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number";

function prepareTables(raw: DatabaseSync, file: string, initial: InitialContent): void {
  const tables = raw.prepare("select name from sqlite_master where type = 'table'").all();
  if (tables.length === 0) {
    raw.exec(createTables);
    raw.prepare("insert into version values (?)").run(schemaVersion);
    raw.prepare("insert into channels values (?, 'general', 0)").run(randomUuid());
    raw
      .prepare("insert into server_config values (?, ?, ?)")
      .run(initial.name, initial.icon, Uint8Array.from(Permissions.initialBase.toBytes()));
    return;
  }
  const found = tables.some((table) => table["name"] === "version")
    ? raw.prepare("select version from version limit 1").get()?.["version"]
    : 0;
  if (found !== schemaVersion) {
    throw new ServerError(
      "DATABASE_VERSION",
      `${file} has version ${found} and this server needs version ${schemaVersion}. ` +
        "Let the reference server upgrade it, or give another file.",
    );
  }
}

/** Most statements kept ready; the server's own number stays far below. */
const statementCacheSize = 200;

/** Gives node:sqlite the shape that kysely's dialect drives. */
function adapt(raw: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) {
      if (statements.size >= statementCacheSize) statements.clear();
      statement = raw.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    close: () => raw.close(),
    prepare: (sql) => {
      const statement = prepare(sql);
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)) as IterableIterator<unknown>,
      };
    },
  };
}
