import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Permissions } from "@asterite/aster-protocol";
import { silentLogger } from "@asterite/util";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { operatorEntry } from "../../audit/operator-entry.ts";
import { AuditTable } from "../audit-table.ts";
import { publishFile } from "../durable-file.ts";
import { closePools, openPools } from "../postgres/pools.ts";
import type { Tables } from "../postgres/schema.ts";
import { type OpenDatabase, openDatabase } from "../sqlite/database.ts";
import { startEpoch } from "../sqlite/events.ts";
import { toGroupRow } from "../sqlite/groups.ts";
import type { Tables as FileTables } from "../sqlite/schema.ts";
import { AdminError } from "./admin-error.ts";
import type { TransferCounts, TransferOptions } from "./progress.ts";

const rowsPerPage = 2000;
/** Rows per statement; with at most twelve columns it stays below SQLite's limit of 32,766 parameters. */
const rowsPerInsert = 1000;

type From = Kysely<Tables>;
type To = Kysely<FileTables>;

type Row = Readonly<Record<string, never>>;

/** Copies one table to the file. */
interface ExportStep {
  readonly table: Exclude<keyof Tables, "sequence" | "server" | "epochs" | "rests" | "imports">;
  /** Columns that determine the order of the rows. */
  readonly order: readonly string[];
  write(to: To, rows: readonly Row[]): Promise<unknown>;
}

function exportStep<Table extends ExportStep["table"]>(
  table: Table,
  order: readonly (keyof Tables[Table] & string)[],
  write: (to: To, rows: readonly Omit<Selectable<Tables[Table]>, "words">[]) => Promise<unknown>,
): ExportStep {
  // The rows passed to `write` are always those of `table`.
  return { table, order, write: write as unknown as ExportStep["write"] };
}

const exportSteps: readonly ExportStep[] = [
  exportStep("channels", ["place"], async (to, rows) => {
    await to
      .insertInto("channels")
      .values(rows.map(({ uuid, name, position, place }) => ({ rowid: place, uuid, name, position })))
      .execute();
    const slow = rows.filter(({ slow_seconds }) => slow_seconds > 0);
    if (slow.length === 0) return;
    const values = slow.map(({ uuid, slow_seconds }) => ({ channel_uuid: uuid, slow_seconds }));
    await to.insertInto("asterite_channels").values(values).execute();
  }),
  exportStep("users", ["place"], (to, rows) =>
    to
      .insertInto("users")
      .values(rows.map(({ place, ...row }) => ({ rowid: place, ...row })))
      .execute(),
  ),
  exportStep("groups", ["place"], async (to, rows) => {
    for (const { uuid, name, colour, position, permissions, place } of rows) {
      const row = toGroupRow({
        name,
        colour,
        position,
        permissions: Permissions.fromBytes([...permissions]),
      });
      await to
        .insertInto("groups")
        .values({ rowid: place, uuid, ...row })
        .execute();
    }
  }),
  exportStep("user_groups", ["place"], (to, rows) =>
    to
      .insertInto("user_groups")
      .values(rows.map(({ place, ...row }) => ({ rowid: place, ...row })))
      .execute(),
  ),
  exportStep("overrides", ["place"], (to, rows) =>
    to
      .insertInto("channel_group_permissions")
      .values(rows.map(({ place: _, ...row }) => row))
      .execute(),
  ),
  exportStep("messages", ["place"], (to, rows) =>
    to
      .insertInto("messages")
      .values(
        rows.map(({ uuid, content, author_uuid, channel_uuid, date, edited, reply, place }) => {
          return {
            rowid: place,
            uuid,
            content,
            author_uuid,
            channel_uuid,
            date,
            edited: edited ? 1 : 0,
            reply,
          };
        }),
      )
      .execute(),
  ),
  exportStep("emojis", ["place"], (to, rows) =>
    to
      .insertInto("emojis")
      .values(rows.map(({ place, ...row }) => ({ rowid: place, ...row })))
      .execute(),
  ),
  exportStep("sync_data", ["user_uuid"], (to, rows) => to.insertInto("sync_data").values(rows).execute()),
  exportStep("sync_servers", ["user_uuid", "idx"], (to, rows) =>
    to.insertInto("sync_servers").values(rows).execute(),
  ),
  exportStep("markers", ["user_uuid", "channel_uuid"], async (to, rows) => {
    await to
      .insertInto("last_read_messages")
      .values(rows.map(({ user_uuid, channel_uuid, date }) => ({ user_uuid, channel_uuid, date })))
      .execute();
    const exact = rows.flatMap(({ user_uuid, channel_uuid, message_uuid, message_place }) =>
      message_uuid === null || message_place === null
        ? []
        : [{ user_uuid, channel_uuid, message_uuid, message_rowid: message_place }],
    );
    if (exact.length > 0) await to.insertInto("asterite_markers").values(exact).execute();
  }),
  exportStep("bans", ["user_uuid"], (to, rows) => to.insertInto("asterite_bans").values(rows).execute()),
  exportStep("bots", ["user_uuid"], (to, rows) => to.insertInto("asterite_bots").values(rows).execute()),
  exportStep("tokens", ["id"], (to, rows) =>
    to
      .insertInto("asterite_tokens")
      .values(rows.map((row) => ({ ...row, hash: Uint8Array.from(row.hash) })))
      .execute(),
  ),
  exportStep("invites", ["id"], (to, rows) =>
    to
      .insertInto("asterite_invites")
      .values(rows.map((row) => ({ ...row, hash: Uint8Array.from(row.hash) })))
      .execute(),
  ),
  exportStep("nonces", ["user_uuid", "nonce"], (to, rows) =>
    to.insertInto("asterite_nonces").values(rows).execute(),
  ),
  exportStep("asterite_files", ["id"], (to, rows) => to.insertInto("asterite_files").values(rows).execute()),
  exportStep("asterite_audit", ["id"], (to, rows) => to.insertInto("asterite_audit").values(rows).execute()),
  exportStep("events", ["seq"], (to, rows) => to.insertInto("asterite_events").values(rows).execute()),
];

/**
 * Exports a PostgreSQL database to a new SQLite file, as one consistent snapshot, while its servers keep
 * running. The file appears under its name when it is complete.
 *
 * @returns Number of rows by table, verified to be equal on both sides.
 * @throws AdminError if the file exists, or if the row counts differ.
 */
export async function exportDatabase(
  address: string,
  file: string,
  { onProgress = () => {}, signal }: TransferOptions = {},
): Promise<TransferCounts> {
  if (existsSync(file))
    throw new AdminError(
      `${file} already exists, and an export does not overwrite files: choose another name`,
    );
  const unfinished = `${file}.unfinished`;
  const temporaryFiles = ["", "-wal", "-shm", ".lock"].map((suffix) => `${unfinished}${suffix}`);
  for (const path of temporaryFiles) await rm(path, { force: true });
  const pools = openPools(address, silentLogger);
  try {
    const counts = await pools.reading
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute((from) => writeFile(from, unfinished, onProgress, signal));
    await publishFile(unfinished, file);
    return counts;
  } finally {
    await closePools(pools);
    for (const path of temporaryFiles) await rm(path, { force: true });
  }
}

async function writeFile(
  from: Transaction<Tables>,
  file: string,
  onProgress: NonNullable<TransferOptions["onProgress"]>,
  signal: AbortSignal | undefined,
): Promise<TransferCounts> {
  const server = await from.selectFrom("server").selectAll().executeTakeFirstOrThrow();
  const initial = { name: server.name, icon: Uint8Array.from(server.icon) };
  const target = openDatabase(file, initial, silentLogger);
  try {
    const to = target.query;
    target.raw.exec("begin immediate; delete from channels");
    await to
      .updateTable("server_config")
      .set({ base_perms: Uint8Array.from(server.base_permissions) })
      .execute();
    const counts: Record<string, number> = {};
    for (const step of exportSteps) {
      const total = await countRows(from, step.table);
      let rows = 0;
      let last: Row | undefined;
      while (rows < total) {
        const page = await readPage(from, step, rows, last);
        for (let start = 0; start < page.length; start += rowsPerInsert) {
          await step.write(to, page.slice(start, start + rowsPerInsert));
        }
        if (page.length === 0)
          throw new AdminError(`${step.table}: ${rows} rows were read, ${total} were expected`);
        rows += page.length;
        last = page.at(-1);
        onProgress({ table: step.table, rows, total });
        signal?.throwIfAborted();
      }
      counts[step.table] = rows;
    }
    const { newest_event } = await from.selectFrom("sequence").selectAll().executeTakeFirstOrThrow();
    // New events continue after the newest one, even if that is no longer kept.
    target.raw.prepare("delete from sqlite_sequence where name = 'asterite_events'").run();
    target.raw.prepare("insert into sqlite_sequence values ('asterite_events', ?)").run(newest_event);
    await writeIdentity(from, target, server.server_id);
    await AuditTable.over(to).add(operatorEntry("export"));
    target.raw.exec("commit");
    return counts;
  } finally {
    await target.query.destroy();
    // Closing checkpoints the WAL, so the file alone is the complete database.
    if (target.raw.isOpen) target.raw.close();
    target.lock?.close();
  }
}

/** Writes the server id and the epochs. The servers may continue after the export, so the file starts an epoch. */
async function writeIdentity(from: From, { raw, query }: OpenDatabase, server_id: string): Promise<void> {
  const epochs = await from
    .selectFrom("epochs")
    .select(["epoch", "started_after"])
    .orderBy("number")
    .execute();
  await query.updateTable("asterite_server").set({ server_id }).execute();
  await query.deleteFrom("asterite_epochs").execute();
  await query.insertInto("asterite_epochs").values(epochs).execute();
  startEpoch(raw);
}

const countRows = async (from: From, table: ExportStep["table"]): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
    from,
  );
  return rows[0]?.count ?? 0;
};

/**
 * Reads the next page: after the last row where one column gives the order, which stays fast in large tables.
 */
async function readPage(
  from: From,
  { table, order }: ExportStep,
  done: number,
  last: Row | undefined,
): Promise<Row[]> {
  const [first = "", ...others] = order;
  const hasSingleKey = others.length === 0;
  const begin = hasSingleKey && last ? sql`where ${sql.ref(first)} > ${last[first]}` : sql``;
  const columns = order.map((column) => sql.ref(column));
  const { rows } = await sql<Row>`
    select * from ${sql.table(table)} ${begin} order by ${sql.join(columns)}
    limit ${rowsPerPage} offset ${hasSingleKey ? 0 : done}`.execute(from);
  return rows;
}
