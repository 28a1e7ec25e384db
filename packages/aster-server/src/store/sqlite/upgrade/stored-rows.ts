import { type Kysely, sql } from "kysely";
import type { StoredGroup, StoredOverride } from "../../store.ts";
import type { Tables } from "../schema.ts";
import { storedPermissions } from "./stored-permissions.ts";

/**
 * SQL condition for a group that the reference server wrote: it writes uuid, permissions, name, colour,
 * position into a table ordered uuid, name, colour, permissions, position, so the column `name` holds a blob.
 */
const hasPermutedColumns = sql`typeof(name) = 'blob'`;

/**
 * SQL expression for a name in the column `colour`, whose affinity turns digits into an integer of up to 64
 * bits.
 */
const nameFromColour = sql`case typeof(colour) when 'integer' then cast(colour as text) else colour end`;

const columns = {
  name: sql<unknown>`case when ${hasPermutedColumns} then ${nameFromColour} else name end`.as("name"),
  colour: sql<unknown>`case when ${hasPermutedColumns} then permissions else colour end`.as("colour"),
  permissions: sql<unknown>`case when ${hasPermutedColumns} then name else permissions end`.as("permissions"),
};

const toInteger = (value: unknown): number => (Number.isInteger(value) ? Number(value) : 0);

/**
 * Reads all groups in table order, and restores the columns of rows that the reference server wrote. The rows
 * stay unchanged on disk, because that server finds single groups only in its own column order; so an update
 * of a group must write all its columns.
 */
export async function readGroups(query: Kysely<Tables>): Promise<StoredGroup[]> {
  const rows = await query
    .selectFrom("groups")
    .select(["uuid", columns.name, columns.colour, columns.permissions, "position"])
    .orderBy("rowid")
    .execute();
  return rows.map(({ uuid, name, colour, permissions, position }) => ({
    uuid,
    name: String(name),
    colour: toInteger(colour),
    permissions: storedPermissions(permissions),
    position,
  }));
}

/**
 * SQL condition for an override of the reference server, which stores the group in `user_uuid` and vice
 * versa.
 */
const hasSwappedColumns = sql<number>`
  exists (select 1 from groups where uuid = user_uuid) or exists (select 1 from users where uuid = group_uuid)`;

/** Reads all channel overrides, and restores users and groups in swapped columns. */
export async function readOverrides(query: Kysely<Tables>): Promise<StoredOverride[]> {
  const rows = await query
    .selectFrom("channel_group_permissions")
    .select(["channel_uuid", "user_uuid", "group_uuid", "permissions", hasSwappedColumns.as("swapped")])
    .execute();
  return rows.flatMap((row): StoredOverride[] => {
    const [user, group] = row.swapped ? [row.group_uuid, row.user_uuid] : [row.user_uuid, row.group_uuid];
    const shared = { channel: row.channel_uuid, permissions: storedPermissions(row.permissions) };
    if (user !== null) return [{ ...shared, entity: { type: "user", uuid: user } }];
    if (group !== null) return [{ ...shared, entity: { type: "group", uuid: group } }];
    return [];
  });
}
