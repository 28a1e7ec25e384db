import { existsSync } from "node:fs";
import { silentLogger } from "@asterite/util";
import { type Kysely, sql } from "kysely";
import { operatorEntry } from "../../audit/operator-entry.ts";
import { readDefaultIcon } from "../../pictures/pictures.ts";
import { AuditTable } from "../audit-table.ts";
import { createId } from "../epoch.ts";
import { startEpoch } from "../postgres/epochs.ts";
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
/** `application_name` of an import's connections, which distinguishes them from those of a server. */
const applicationName = "asterite import";

/**
 * Imports an SQLite file, of this server or the reference server, into an empty PostgreSQL database. Each
 * batch is one transaction that also records the progress, so an interrupted import resumes where it stopped
 * when it is run again. Until the import is complete, no server starts on the database.
 *
 * @returns Number of rows by table, verified to be equal on both sides.
 * @throws AdminError if the database is in use or not empty, or if the row counts differ.
 */
export async function importDatabase(
  file: string,
  address: string,
  { onProgress = () => {}, signal }: TransferOptions = {},
): Promise<TransferCounts> {
  if (!existsSync(file)) throw new AdminError(`${file} does not exist`);
  const pools = openPools(address, silentLogger, applicationName);
  try {
    const to = pools.reading;
    await migrate(to);
    await beginImport(to);
    // Locks the file until the import ends, and upgrades it, after a backup, if it is older.
    const source = openDatabase(file, { name: "Asterite", icon: await readDefaultIcon() }, silentLogger);
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

/**
 * Checks that the database can be imported into, and marks the import as started.
 *
 * @throws AdminError if a server uses the database, or if it is not empty.
 */
async function beginImport(to: Kysely<Tables>): Promise<void> {
  await to.transaction().execute(async (tx) => {
    await tx.selectFrom("sequence").selectAll().forUpdate().execute();
    const { serving } = await tx
      .selectNoFrom(
        sql<boolean>`exists (select 1 from pg_stat_activity
          where datname = current_database() and application_name = ${serverApplicationName})`.as("serving"),
      )
      .executeTakeFirstOrThrow();
    if (serving) throw new AdminError("a server is using the database; stop it first");
    const imports = await tx.selectFrom("imports").select("table_name").execute();
    if (imports.some(({ table_name }) => table_name === importCompleteRow)) {
      throw new AdminError("the database already contains a complete import; import into a new one");
    }
    if (imports.length > 0) return;
    const { used } = await tx
      .selectNoFrom(sql<boolean>`exists (select 1 from users) or exists (select 1 from messages)`.as("used"))
      .executeTakeFirstOrThrow();
    if (used) throw new AdminError("the database is not empty; import into a new one");
    // Initial content, which a server creates when it is started on the database.
    for (const table of ["channels", "server", "groups", "events", "epochs"] as const) {
      await tx.deleteFrom(table).execute();
    }
    await tx.updateTable("sequence").set({ newest_event: 0, newest_message: 0 }).execute();
    await tx
      .insertInto("imports")
      .values({ table_name: importSteps[0]?.table ?? "", rows_done: 0 })
      .execute();
  });
}

/** Copies one table in batches, from where an interrupted import stopped. */
async function copyTable(
  step: ImportStep,
  from: Kysely<SourceTables>,
  to: Kysely<Tables>,
  report: (rows: number, total: number) => Promise<void>,
): Promise<void> {
  const total = await step.count(from);
  const progress = await to
    .selectFrom("imports")
    .select("rows_done")
    .where("table_name", "=", step.table)
    .executeTakeFirst();
  let after = progress?.rows_done ?? 0;
  let rows = after === 0 ? 0 : await countRows(to, step.table);
  for (;;) {
    const copied = await to.transaction().execute(async (tx) => {
      const batch = await step.copy(from, tx, after, rowsPerBatch);
      if (batch) {
        const newProgress = { table_name: step.table, rows_done: batch.last };
        await tx
          .insertInto("imports")
          .values(newProgress)
          .onConflict((conflict) => conflict.column("table_name").doUpdateSet(newProgress))
          .execute();
      }
      return batch;
    });
    if (copied) {
      after = copied.last;
      rows += copied.rows;
    }
    await report(rows, total);
    if (!copied) return;
  }
}

const countRows = async (to: Kysely<Tables>, table: keyof Tables): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
    to,
  );
  return rows[0]?.count ?? 0;
};

/**
 * Counts the rows of each table on both sides.
 *
 * @throws AdminError if they differ.
 */
async function verifyCounts(from: Kysely<SourceTables>, to: Kysely<Tables>): Promise<TransferCounts> {
  const counts: Record<string, number> = {};
  for (const { table, count } of importSteps) {
    const [before, after] = [await count(from), await countRows(to, table)];
    if (before !== after) {
      throw new AdminError(
        `${table}: ${before} rows in the file, ${after} in the database; import into a new database`,
      );
    }
    counts[table] = after;
  }
  return counts;
}

/** Sets the sequences to continue after the imported rows, and marks the import as complete. */
async function finishImport(from: Kysely<SourceTables>, to: Kysely<Tables>): Promise<void> {
  const config = await from.selectFrom("server_config").selectAll().executeTakeFirst();
  const { rows } = await sql<{ event: number; message: number }>`
    select coalesce((select seq from sqlite_sequence where name = 'asterite_events'), 0) as event,
      (select coalesce(max(rowid), 0) from messages) as message`.execute(from);
  const { event = 0, message = 0 } = rows[0] ?? {};
  const { server_id } = await from
    .selectFrom("asterite_server")
    .select("server_id")
    .executeTakeFirstOrThrow();
  const epochs = await from
    .selectFrom("asterite_epochs")
    .select(["epoch", "started_after"])
    .orderBy("number")
    .execute();
  await to.transaction().execute(async (tx) => {
    await tx
      .insertInto("server")
      .values({
        cluster: createId(),
        server_id,
        name: config?.name ?? "Asterite",
        icon: config?.icon ?? (await readDefaultIcon()),
        base_permissions: Uint8Array.from(storedPermissions(config?.base_perms).toBytes()),
      })
      .execute();
    await tx
      .updateTable("sequence")
      .set({ newest_event: event, newest_message: message, placement: null })
      .execute();
    if (epochs.length > 0) await tx.insertInto("epochs").values(epochs).execute();
    // The server of the file may have continued since, or may continue later.
    await startEpoch(tx, event);
    for (const [table, column] of identityColumns) {
      await sql`
        select setval(pg_get_serial_sequence(${table}, ${column}),
          (select coalesce(max(${sql.ref(column)}), 0) + 1 from ${sql.table(table)}), false)`.execute(tx);
    }
    await AuditTable.over(tx).add(operatorEntry("import"));
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
  ["invites", "id"],
  ["asterite_audit", "id"],
] as const;
