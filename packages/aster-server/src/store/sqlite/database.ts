import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Permissions } from "@asterite/aster-protocol";
import type { Logger } from "@asterite/util";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import { ServerError } from "../../errors.ts";
import { randomUuid } from "../../uuid.ts";
import type { InitialContent } from "../initial-content.ts";
import { lockDatabase } from "./lock.ts";
import { createAdditions, createTables, schemaVersion, type Tables } from "./schema.ts";
import { upgradeFile } from "./upgrade/index.ts";

/** One open database file, or one in memory. */
export interface OpenDatabase {
  /** For statements that steer transactions. */
  readonly raw: DatabaseSync;
  readonly query: Kysely<Tables>;
  /** Held while the database is open, so that no other server opens it; absent for one in memory. */
  readonly lock: DatabaseSync | undefined;
}

const sqliteBusy = 5;

/**
 * Messages lie in their index in random order, so that each one touches another page. With 32 MB of pages in
 * memory and as much in the log before they are carried over into the file, a message costs half as much.
 */
const performancePragmas = "pragma cache_size = -32000; pragma wal_autocheckpoint = 8000";

/**
 * Opens a database in the form of the reference server's version 5, making it if the file is absent or empty
 * and upgrading it, after a backup, if it is older. The file is locked for this process until it is closed.
 *
 * @throws ServerError with `DATABASE_LOCKED`, `DATABASE_VERSION` or `DATABASE_UNUSABLE`.
 */
export function openDatabase(file: string, initial: InitialContent, logger: Logger): OpenDatabase {
  let lock: DatabaseSync | undefined;
  let raw: DatabaseSync | undefined;
  try {
    if (file !== ":memory:" && !existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true });
    lock = file === ":memory:" ? undefined : lockDatabase(file);
    // Before anything else, since the write-ahead log would mark a file that is then refused.
    upgradeFile(file, { initial, logger });
    // Messages and the hashes of passwords are nobody else's business; the log beside it gets the same mode.
    if (file !== ":memory:" && !existsSync(file)) closeSync(openSync(file, "wx", 0o600));
    // Upgraded upstream files hold foreign keys to a table that no longer exists.
    raw = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    raw.exec("pragma journal_mode = wal; pragma synchronous = full");
    raw.exec("begin immediate");
    createTablesIfEmpty(raw, initial);
    raw.exec(createAdditions);
    raw.exec("commit");
    raw.exec(performancePragmas);
    return { raw, lock, query: createQueryBuilder(raw) };
  } catch (error) {
    raw?.close();
    lock?.close();
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

/** Fills an empty database; any other has its tables, since it went through the upgrade. */
function createTablesIfEmpty(raw: DatabaseSync, initial: InitialContent): void {
  const tables = raw.prepare("select name from sqlite_master where type = 'table'").all();
  if (tables.length > 0) return;
  raw.exec(createTables);
  raw.prepare("insert into version values (?)").run(schemaVersion);
  raw.prepare("insert into channels values (?, 'general', 0)").run(randomUuid());
  raw
    .prepare("insert into server_config values (?, ?, ?)")
    .run(initial.name, initial.icon, Uint8Array.from(Permissions.initialBase.toBytes()));
}

/** Most statements kept ready; the server's own number stays far below. */
const maxCachedStatements = 200;

/** The query builder over an open database. */
export const createQueryBuilder = (raw: DatabaseSync): Kysely<Tables> =>
  new Kysely<Tables>({ dialect: new SqliteDialect({ database: toKyselyDatabase(raw) }) });

/** Gives node:sqlite the shape that kysely's dialect drives. */
function toKyselyDatabase(raw: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) {
      if (statements.size >= maxCachedStatements) statements.clear();
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
