import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { silentLogger } from "@asterite/util";
import { type Kysely, sql } from "kysely";
import { builtInIcon } from "../../pictures/pictures.ts";
import { importCompleteRow } from "../postgres/imports.ts";
import { migrate } from "../postgres/migrations/index.ts";
import { closePools, openPools, serverApplicationName } from "../postgres/pools.ts";
import type { Tables } from "../postgres/schema.ts";
import { openDatabase } from "../sqlite/database.ts";
import type { Tables as SourceTables } from "../sqlite/schema.ts";
import { storedPermissions } from "../sqlite/upgrade/index.ts";
import { AdminError } from "./admin-error.ts";
import { type ImportStep, importSteps } from "./import-steps.ts";
import type { TransferCounts, TransferOptions } from "./progress.ts";

const rowsPerBatch = 2000;
/** What the connections of an import are called, to tell them from a server's. */
const applicationName = "asterite import";

/**
 * Moves a file of SQLite, ours or the reference server's, into a database of PostgreSQL that holds nothing yet. Each
 * step is one transaction which also notes how far it has come, so that an import that was interrupted goes on where
 * it stopped when it is asked for again. Until it is complete no server starts on the database.
 *
 * @returns Rows by table, which were counted on both sides and are equal.
 * @throws AdminError if the database is in use or holds something else, or if the counts differ.
 */
export async function importDatabase(
  file: string,
  address: string,
  { onProgress = () => {}, signal }: TransferOptions = {},
): Promise<TransferCounts> {
  if (!existsSync(file)) throw new AdminError(`there is no file ${file}`);
  const pools = openPools(address, silentLogger, applicationName);
  try {
    const to = pools.reading;
    await migrate(to);
    await beginImport(to);
    // Locked for us from here on; brought to the present form, after a back-up beside it, if it is older.
    const source = openDatabase(file, { name: "Asterite", icon: await builtInIcon() }, silentLogger);
    try {
      const from = source.query;
      for (const step of importSteps) {
        await copyTable(step, from, to, async (rows, total) => {
          onProgress({ table: step.table, rows, total });
          signal?.throwIfAborted();
          await Promise.resolve();
        });
      }
      const counts = await verifyCounts(from, to);
      await finishImport(from, to);
      return counts;
    } finally {
      await source.query.destroy();
      if (source.raw.isOpen) source.raw.close();
      source.lock?.close();
    }
  } finally {
    await closePools(pools);
  }
}

/** Makes sure that there is nothing in the way, and notes that an import has begun. */
async function beginImport(to: Kysely<Tables>): Promise<void> {
  await to.transaction().execute(async (tx) => {
    await tx.selectFrom("sequence").selectAll().forUpdate().execute();
    const { serving } = await tx
      .selectNoFrom(
        sql<boolean>`exists (select 1 from pg_stat_activity
          where datname = current_database() and application_name = ${serverApplicationName})`.as("serving"),
      )
      .executeTakeFirstOrThrow();
    if (serving) throw new AdminError("a server uses the database; stop it first");
    const imports = await tx.selectFrom("imports").select("table_name").execute();
    if (imports.some(({ table_name }) => table_name === importCompleteRow)) {
      throw new AdminError("the database holds a complete import already");
    }
    if (imports.length > 0) return;
    const { used } = await tx
      .selectNoFrom(sql<boolean>`exists (select 1 from users) or exists (select 1 from messages)`.as("used"))
      .executeTakeFirstOrThrow();
    if (used) throw new AdminError("the database is not empty; import into a new one");
    // A server that was started on it before has made them.
    for (const table of ["channels", "server", "groups", "events"] as const) {
      await tx.deleteFrom(table).execute();
    }
    await tx.updateTable("sequence").set({ newest_event: 0, newest_message: 0 }).execute();
    await tx
      .insertInto("imports")
      .values({ table_name: importSteps[0]?.table ?? "", rows_done: 0 })
      .execute();
  });
}

async function copyTable(
  step: ImportStep,
  from: Kysely<SourceTables>,
  to: Kysely<Tables>,
  report: (rows: number, total: number) => Promise<void>,
): Promise<void> {
  const total = await step.count(from);
  const known = await to
    .selectFrom("imports")
    .select("rows_done")
    .where("table_name", "=", step.table)
    .executeTakeFirst();
  let after = known?.rows_done ?? 0;
  let rows = after === 0 ? 0 : await countRows(to, step.table);
  for (;;) {
    const done = await to.transaction().execute(async (tx) => {
      const copied = await step.copy(from, tx, after, rowsPerBatch);
      if (copied) {
        const note = { table_name: step.table, rows_done: copied.last };
        await tx
          .insertInto("imports")
          .values(note)
          .onConflict((conflict) => conflict.column("table_name").doUpdateSet(note))
          .execute();
      }
      return copied;
    });
    if (done) {
      after = done.last;
      rows += done.rows;
    }
    await report(rows, total);
    if (!done) return;
  }
}

const countRows = async (to: Kysely<Tables>, table: keyof Tables): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
    to,
  );
  return rows[0]?.count ?? 0;
};

async function verifyCounts(from: Kysely<SourceTables>, to: Kysely<Tables>): Promise<TransferCounts> {
  const counts: Record<string, number> = {};
  for (const { table, count } of importSteps) {
    const [before, after] = [await count(from), await countRows(to, table)];
    if (before !== after) {
      throw new AdminError(`${table}: ${before} rows in the file, ${after} in the database; begin anew`);
    }
    counts[table] = after;
  }
  return counts;
}

/** What counts from here on begins behind what was carried over. */
async function finishImport(from: Kysely<SourceTables>, to: Kysely<Tables>): Promise<void> {
  const config = await from.selectFrom("server_config").selectAll().executeTakeFirst();
  const { rows } = await sql<{ event: number; message: number }>`
    select coalesce((select seq from sqlite_sequence where name = 'asterite_events'), 0) as event,
      (select coalesce(max(rowid), 0) from messages) as message`.execute(from);
  const { event = 0, message = 0 } = rows[0] ?? {};
  await to.transaction().execute(async (tx) => {
    await tx
      .insertInto("server")
      .values({
        cluster: randomUUID(),
        name: config?.name ?? "Asterite",
        icon: config?.icon ?? (await builtInIcon()),
        base_permissions: Uint8Array.from(storedPermissions(config?.base_perms).toBytes()),
      })
      .execute();
    await tx.updateTable("sequence").set({ newest_event: event, newest_message: message }).execute();
    for (const [table, column] of identityColumns) {
      await sql`
        select setval(pg_get_serial_sequence(${table}, ${column}),
          (select coalesce(max(${sql.ref(column)}), 0) + 1 from ${sql.table(table)}), false)`.execute(tx);
    }
    await tx.insertInto("imports").values({ table_name: importCompleteRow, rows_done: 0 }).execute();
  });
}

const identityColumns = [
  ["channels", "place"],
  ["users", "place"],
  ["groups", "place"],
  ["user_groups", "place"],
  ["overrides", "place"],
  ["emojis", "place"],
  ["tokens", "id"],
] as const;
