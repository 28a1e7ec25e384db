import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresServer } from "@asterite/testkit";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, type QueryCompiler } from "kysely";
import { createQueryCompiler } from "./postgres/dialect.ts";
import { openPostgresStore, openStoreOver } from "./postgres/postgres-store.ts";
import type { Tables } from "./postgres/schema.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";
import type { Store } from "./store.ts";

/** Initial content of new databases in these tests. */
export const initial = { name: "Test", icon: new Uint8Array([1, 2, 3]) };

/** Database back end that the suite runs on. */
export interface BackEnd {
  readonly name: string;
  /** Reason why it cannot run on this machine; undefined if it can. */
  readonly missing?: string | undefined;
  /** Starts the database server that all tests share. */
  start(): Promise<void>;
  /** Creates an empty database and returns a function that opens it; only one store may be open at a time. */
  create(): Promise<() => Promise<Store>>;
  stop(): Promise<void>;
}

function sqlite(): BackEnd {
  const folders: string[] = [];
  return {
    name: "SQLite",
    start: () => Promise.resolve(),
    create: () => {
      const folder = mkdtempSync(join(tmpdir(), "asterite-store-"));
      folders.push(folder);
      return Promise.resolve(() => Promise.resolve(openSqliteStore(join(folder, "aster.db"), initial)));
    },
    stop: () => {
      for (const folder of folders) rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  };
}

class EmbeddedDialect extends PGliteDialect {
  override createQueryCompiler(): QueryCompiler {
    return createQueryCompiler();
  }
}

function pglite(): BackEnd {
  let database: PGlite | undefined;
  return {
    name: "PGlite",
    start: async () => {
      database = await PGlite.create();
    },
    create: async () => {
      const opened = database;
      if (!opened) throw new Error("not started");
      await opened.exec("drop schema public cascade; create schema public");
      return () => {
        // PGlite takes seconds to start, so closing a store must not close it.
        const shared = {
          close: () => Promise.resolve(),
          closed: false,
          ready: true,
          waitReady: Promise.resolve(),
          query: opened.query.bind(opened),
          transaction: opened.transaction.bind(opened),
        };
        const query = new Kysely<Tables>({ dialect: new EmbeddedDialect({ pglite: shared }) });
        return openStoreOver(
          { writing: query, reading: query, monitoring: query, reconnect: () => Promise.resolve() },
          "postgres://embedded/test",
          initial,
        );
      };
    },
    stop: async () => {
      await database?.close();
    },
  };
}

function postgres(): BackEnd {
  let server: PostgresServer | undefined;
  return {
    name: "PostgreSQL",
    missing: PostgresServer.isInstalled ? undefined : "PostgreSQL is not installed: npm run setup:services",
    start: async () => {
      server = await PostgresServer.start();
    },
    create: () => {
      const address = server?.createDatabase();
      if (address === undefined) throw new Error("not started");
      return Promise.resolve(() => openPostgresStore(address, initial));
    },
    stop: async () => {
      await server?.[Symbol.asyncDispose]();
    },
  };
}

/** Returns all back ends. */
export const backEnds = (): BackEnd[] => [sqlite(), pglite(), postgres()];
