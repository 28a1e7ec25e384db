import { type Kysely, sql } from "kysely";
import { toTsVector } from "../full-text.ts";
import type { Tables as TargetTables } from "../postgres/schema.ts";
import { selectFromMarkers } from "../sqlite/read-markers.ts";
import type { Tables as SourceTables } from "../sqlite/schema.ts";
import { readGroups, readOverrides } from "../sqlite/upgrade/index.ts";

/** Copies one table from SQLite to PostgreSQL. */
export interface ImportStep {
  readonly table: keyof TargetTables;
  /** Counts the rows to copy. */
  count(from: Kysely<SourceTables>): Promise<number>;
  /**
   * Copies up to `limit` rows whose key is greater than `after`, in key order.
   *
   * @returns The last key and the number of rows; undefined if there were none.
   */
  copy(
    from: Kysely<SourceTables>,
    to: Kysely<TargetTables>,
    after: number,
    limit: number,
  ): Promise<{ last: number; rows: number } | undefined>;
}

type SourceTable = Exclude<keyof SourceTables, "asterite_text">;

const countRows = async (from: Kysely<SourceTables>, table: SourceTable): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
    from,
  );
  return rows[0]?.count ?? 0;
};

/** Rows per statement; stays below the limit of 65,535 parameters for every table. */
const rowsPerInsert = 500;

/** Creates a step that copies a table in pages, by a numeric key `at`. */
function pagedStep<Row extends { at: number }, Target extends keyof TargetTables>(
  table: Target,
  source: SourceTable,
  read: (from: Kysely<SourceTables>, after: number, limit: number) => Promise<readonly Row[]>,
  write: (to: Kysely<TargetTables>, rows: readonly Omit<Row, "at">[]) => Promise<unknown>,
): ImportStep {
  return {
    table,
    count: (from) => countRows(from, source),
    copy: async (from, to, after, limit) => {
      const rows = await read(from, after, limit);
      const last = rows.at(-1);
      if (!last) return undefined;
      const withoutKeys = rows.map(({ at: _, ...row }) => row);
      for (let start = 0; start < withoutKeys.length; start += rowsPerInsert) {
        await write(to, withoutKeys.slice(start, start + rowsPerInsert));
      }
      return { last: last.at, rows: rows.length };
    },
  };
}

/** Creates a step that copies a small table at once. */
function wholeTableStep<Target extends keyof TargetTables>(
  table: Target,
  source: SourceTable,
  copyAll: (from: Kysely<SourceTables>, to: Kysely<TargetTables>) => Promise<number>,
): ImportStep {
  return {
    table,
    count: (from) => countRows(from, source),
    copy: async (from, to, after) => {
      if (after > 0) return undefined;
      const rows = await copyAll(from, to);
      return rows > 0 ? { last: rows, rows } : undefined;
    },
  };
}

const rowidAsKey = sql<number>`rowid`.as("at");
const rowidAsPlace = sql<number>`rowid`.as("place");

/** Steps for all tables, in the order in which they run. */
export const importSteps: readonly ImportStep[] = [
  pagedStep(
    "channels",
    "channels",
    (from, after, limit) =>
      from
        .selectFrom("channels")
        .leftJoin("asterite_channels", "asterite_channels.channel_uuid", "channels.uuid")
        .select([
          sql<number>`channels.rowid`.as("at"),
          sql<number>`channels.rowid`.as("place"),
          "uuid",
          "name",
          "position",
          sql<number>`coalesce(slow_seconds, 0)`.as("slow_seconds"),
        ])
        .where(sql<number>`channels.rowid`, ">", after)
        .orderBy("at")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("channels").values(rows).execute(),
  ),
  pagedStep(
    "users",
    "users",
    (from, after, limit) =>
      from
        .selectFrom("users")
        .select([rowidAsKey, rowidAsPlace, "uuid", "name", "pfp", "password"])
        .where("rowid", ">", after)
        .orderBy("rowid")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("users").values(rows).execute(),
  ),
  wholeTableStep("groups", "groups", async (from, to) => {
    const groups = await readGroups(from);
    const rows = groups.map(({ permissions, ...group }, index) => {
      return { ...group, place: index + 1, permissions: Uint8Array.from(permissions.toBytes()) };
    });
    if (rows.length > 0) await to.insertInto("groups").values(rows).execute();
    return rows.length;
  }),
  pagedStep(
    "user_groups",
    "user_groups",
    (from, after, limit) =>
      from
        .selectFrom("user_groups")
        .select([rowidAsKey, rowidAsPlace, "user_uuid", "group_uuid"])
        .where("rowid", ">", after)
        .orderBy("rowid")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("user_groups").values(rows).execute(),
  ),
  {
    ...wholeTableStep("overrides", "channel_group_permissions", async (from, to) => {
      const overrides = await readOverrides(from);
      const rows = overrides.map(({ channel, entity, permissions }, index) => ({
        place: index + 1,
        channel_uuid: channel,
        user_uuid: entity.type === "user" ? entity.uuid : null,
        group_uuid: entity.type === "group" ? entity.uuid : null,
        permissions: Uint8Array.from(permissions.toBytes()),
      }));
      if (rows.length > 0) await to.insertInto("overrides").values(rows).execute();
      return rows.length;
    }),
    // Overrides without a user and group have no effect and are not imported.
    count: async (from) => (await readOverrides(from)).length,
  },
  pagedStep(
    "messages",
    "messages",
    (from, after, limit) =>
      from
        .selectFrom("messages")
        .select([
          rowidAsKey,
          rowidAsPlace,
          "uuid",
          "channel_uuid",
          "author_uuid",
          "content",
          "date",
          "edited",
          "reply",
        ])
        .where("rowid", ">", after)
        .orderBy("rowid")
        .limit(limit)
        .execute(),
    (to, rows) => {
      const converted = rows.map((row) => ({
        ...row,
        edited: row.edited !== 0,
        words: toTsVector(row.content),
      }));
      return to.insertInto("messages").values(converted).execute();
    },
  ),
  pagedStep(
    "emojis",
    "emojis",
    (from, after, limit) =>
      from
        .selectFrom("emojis")
        .select([rowidAsKey, rowidAsPlace, "uuid", "name", "data"])
        .where("rowid", ">", after)
        .orderBy("rowid")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("emojis").values(rows).execute(),
  ),
  pagedStep(
    "sync_data",
    "sync_data",
    (from, after, limit) =>
      from
        .selectFrom("sync_data")
        .select([rowidAsKey, "user_uuid", "uname", "pfp"])
        .where(sql<number>`rowid`, ">", after)
        .orderBy("at")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("sync_data").values(rows).execute(),
  ),
  pagedStep(
    "sync_servers",
    "sync_servers",
    (from, after, limit) =>
      from
        .selectFrom("sync_servers")
        .select([rowidAsKey, "user_uuid", "uuid", "uname", "ip", "port", "pfp", "name", "idx"])
        .where(sql<number>`rowid`, ">", after)
        .orderBy("at")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("sync_servers").values(rows).execute(),
  ),
  pagedStep(
    "markers",
    "last_read_messages",
    (from, after, limit) =>
      selectFromMarkers(from)
        .select([
          sql<number>`seen.rowid`.as("at"),
          "seen.user_uuid",
          "seen.channel_uuid",
          "seen.date",
          "exact.message_uuid",
          "exact.message_rowid as message_place",
        ])
        .where(sql<number>`seen.rowid`, ">", after)
        .orderBy("at")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("markers").values(rows).execute(),
  ),
  pagedStep(
    "bans",
    "asterite_bans",
    (from, after, limit) =>
      from
        .selectFrom("asterite_bans")
        .select([rowidAsKey, "user_uuid", "date"])
        .where(sql<number>`rowid`, ">", after)
        .orderBy("at")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("bans").values(rows).execute(),
  ),
  pagedStep(
    "bots",
    "asterite_bots",
    (from, after, limit) =>
      from
        .selectFrom("asterite_bots")
        .select([rowidAsKey, "user_uuid"])
        .where(sql<number>`rowid`, ">", after)
        .orderBy("at")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("bots").values(rows).execute(),
  ),
  pagedStep(
    "tokens",
    "asterite_tokens",
    (from, after, limit) =>
      from
        .selectFrom("asterite_tokens")
        .select([rowidAsKey, "id", "hash", "user_uuid", "client", "created", "last_used"])
        .where("id", ">", after)
        .orderBy("id")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("tokens").values(rows).execute(),
  ),
  pagedStep(
    "invites",
    "asterite_invites",
    (from, after, limit) =>
      from
        .selectFrom("asterite_invites")
        .select(["id as at", "id", "hash", "author", "groups", "created", "expires", "uses_left"])
        .where("id", ">", after)
        .orderBy("id")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("invites").values(rows).execute(),
  ),
  pagedStep(
    "asterite_audit",
    "asterite_audit",
    (from, after, limit) =>
      from
        .selectFrom("asterite_audit")
        .selectAll()
        .select("id as at")
        .where("id", ">", after)
        .orderBy("id")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("asterite_audit").values(rows).execute(),
  ),
  pagedStep(
    "asterite_files",
    "asterite_files",
    (from, after, limit) =>
      from
        .selectFrom("asterite_files")
        .selectAll()
        .select(rowidAsKey)
        .where(sql<number>`rowid`, ">", after)
        .orderBy("at")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("asterite_files").values(rows).execute(),
  ),
  wholeTableStep("nonces", "asterite_nonces", async (from, to) => {
    const rows = await from.selectFrom("asterite_nonces").selectAll().execute();
    for (let start = 0; start < rows.length; start += rowsPerInsert) {
      await to
        .insertInto("nonces")
        .values(rows.slice(start, start + rowsPerInsert))
        .execute();
    }
    return rows.length;
  }),
  pagedStep(
    "events",
    "asterite_events",
    (from, after, limit) =>
      from
        .selectFrom("asterite_events")
        .select(["seq as at", "seq", "kind", "channel_uuid", "subject", "date"])
        .where("seq", ">", after)
        .orderBy("seq")
        .limit(limit)
        .execute(),
    (to, rows) => to.insertInto("events").values(rows).execute(),
  ),
];
