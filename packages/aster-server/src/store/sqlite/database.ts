import { accessSync, closeSync, constants, existsSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Permissions } from "@asterite/aster-protocol";
import type { Logger } from "@asterite/util";
import { createFolder } from "@asterite/util/create-folder";
import { lockFile } from "@asterite/util/file-lock";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import { ServerError } from "../../errors.ts";
import { randomUuid } from "../../uuid.ts";
import { createId } from "../epoch.ts";
import type { InitialContent } from "../initial-content.ts";
import { isBusy } from "./busy.ts";
import { createAdditions, createTables, schemaVersion, type Tables } from "./schema.ts";
import { upgradeFile } from "./upgrade/index.ts";

/** Open database: a file, or in memory. */
export interface OpenDatabase {
  /** For transaction control and statements prepared by hand. */
  readonly raw: DatabaseSync;
  readonly query: Kysely<Tables>;
  /** Lock file, held while the database is open so that no other server opens it; undefined in memory. */
  readonly lock: DatabaseSync | undefined;
}

/**
 * Messages of PostgreSQL and of earlier versions have random UUIDs, each on a different page of the index. A page cache
 * of 32 MB, and as much write-ahead log before a checkpoint, halved the cost of adding one.
 */
const performancePragmas = "pragma cache_size = -32000; pragma wal_autocheckpoint = 8000";

/** Time to wait at the start for another program that reads or copies the file. */
const openTimeoutMs = 1000;

/**
 * Opens a database with the schema of the reference server's version 5. Creates it if the file is missing or
 * empty; an older one is backed up and upgraded. The file stays locked for this process until it is closed.
 *
 * @throws ServerError with `DATABASE_LOCKED`, `DATABASE_VERSION` or `DATABASE_UNUSABLE`.
 */
export function openDatabase(file: string, initial: InitialContent, logger: Logger): OpenDatabase {
  let lock: DatabaseSync | undefined;
  let raw: DatabaseSync | undefined;
  try {
    if (file !== ":memory:") createFolder(dirname(file), 0o700);
    lock = file === ":memory:" ? undefined : lockFile(file);
    // Before WAL mode is set, which would modify a file that the upgrade then refuses.
    upgradeFile(file, { initial, logger });
    // Readable by the owner only, for it holds messages and password hashes; the WAL file inherits the mode.
    if (file !== ":memory:" && !existsSync(file)) closeSync(openSync(file, "wx", 0o600));
    // Files upgraded by the reference server have foreign keys to a table that no longer exists.
    raw = new DatabaseSync(file, { enableForeignKeyConstraints: false, timeout: openTimeoutMs });
    // Deleted text is overwritten, in the file at once and in the write-ahead log by `DeletedTextCleaner`.
    raw.exec("pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on");
    raw.exec("begin immediate");
    createTablesIfEmpty(raw, initial);
    raw.exec(createAdditions);
    raw.exec(repairs);
    createIdentityIfMissing(raw);
    raw.exec("commit");
    raw.exec(performancePragmas);
    // From now on the commit queue waits, without blocking the event loop.
    raw.exec("pragma busy_timeout = 0");
    return { raw, lock, query: createQueryBuilder(raw) };
  } catch (error) {
    raw?.close();
    lock?.close();
    if (error instanceof ServerError) throw error;
    if (isBusy(error)) {
      throw new ServerError("DATABASE_LOCKED", `${file} is in use by another process; stop it first`, {
        cause: error,
      });
    }
    throw new ServerError(
      "DATABASE_UNUSABLE",
      `The database ${file} cannot be opened: ${explain(error, file)}`,
      {
        cause: error,
      },
    );
  }
}

/** Returns why a file could not be opened: SQLite reports a read-only folder as a failed operation. */
function explain(error: unknown, file: string): string {
  for (const path of file === ":memory:" ? [] : [dirname(file), file]) {
    try {
      if (existsSync(path)) accessSync(path, constants.W_OK);
    } catch {
      return `${path} is read-only for this user. The server needs write access to the folder and the file`;
    }
  }
  return error instanceof Error ? error.message : String(error);
}

/** Corrects rows of earlier versions: a colour that was stored as REAL in a column without affinity. */
const repairs = `
  update groups set permissions = cast(permissions as integer) where typeof(permissions) = 'real';`;

/** Creates and fills the tables of an empty database; every other one has them since the upgrade. */
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

/** Creates the server id and the first epoch, which files of earlier versions and the reference server lack. */
function createIdentityIfMissing(raw: DatabaseSync): void {
  raw
    .prepare("insert into asterite_server select ? where not exists (select 1 from asterite_server)")
    .run(createId());
  raw
    .prepare(
      `insert into asterite_epochs (epoch, started_after)
       select ?, 0 where not exists (select 1 from asterite_epochs)`,
    )
    .run(createId());
}

/** Bounds the statement cache; the server uses far fewer statements. */
const maxCachedStatements = 200;

/** Creates the query builder over an open database. */
export const createQueryBuilder = (raw: DatabaseSync): Kysely<Tables> =>
  new Kysely<Tables>({ dialect: new SqliteDialect({ database: toKyselyDatabase(raw) }) });

/**
 * Adapts `node:sqlite` to the database interface of the Kysely dialect, with a cache of prepared statements.
 */
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
