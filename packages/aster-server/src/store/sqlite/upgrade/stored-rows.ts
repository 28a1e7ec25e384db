import { type Kysely, sql } from "kysely";
import type { StoredGroup, StoredOverride } from "../../store.ts";
import type { Tables } from "../schema.ts";
import { storedPermissions } from "./stored-permissions.ts";

/**
 * Upstream writes a group as uuid, permissions, name, colour, position into a table ordered uuid, name,
 * colour, permissions, position. Only then is there a blob where the name belongs.
 */
const hasPermutedColumns = sql`typeof(name) = 'blob'`;

/** A name of digits became an integer in the column of colours, perhaps one too large for a number. */
const nameFromColour = sql`case typeof(colour) when 'integer' then cast(colour as text) else colour end`;

const columns = {
  name: sql<unknown>`case when ${hasPermutedColumns} then ${nameFromColour} else name end`.as("name"),
  colour: sql<unknown>`case when ${hasPermutedColumns} then permissions else colour end`.as("colour"),
  permissions: sql<unknown>`case when ${hasPermutedColumns} then name else permissions end`.as("permissions"),
};

const toInteger = (value: unknown): number => (Number.isInteger(value) ? Number(value) : 0);

/**
 * Every group in table order, with rows that upstream wrote put right. They stay on disk as they are, since
 * upstream itself finds a single group only in its own order: whoever changes a group writes all its columns.
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

/** Upstream takes the second column for the group and the third for the user, against their names. */
const hasSwappedColumns = sql<number>`
  exists (select 1 from groups where uuid = user_uuid) or exists (select 1 from users where uuid = group_uuid)`;

/** Every channel override, with users and groups that stand in each other's column put right. */
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
