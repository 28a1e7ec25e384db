import { Permissions } from "@asterite/aster-protocol";
import type { Kysely } from "kysely";
import { groupsByUser } from "../memberships.ts";
import type { AccessRules } from "../store.ts";
import type { Tables } from "./schema.ts";
import { readGroups, readOverrides, storedPermissions } from "./upgrade/index.ts";

/** Reads the input of permission checks. */
export async function readAccessRules(query: Kysely<Tables>): Promise<AccessRules> {
  const config = await query.selectFrom("server_config").select("base_perms").executeTakeFirst();
  const channels = await query
    .selectFrom("channels")
    .leftJoin("asterite_channels", "asterite_channels.channel_uuid", "channels.uuid")
    .select(["uuid", "name", "position", "slow_seconds"])
    .orderBy("channels.rowid")
    .execute();
  return {
    base: config ? storedPermissions(config.base_perms) : Permissions.initialBase,
    channels: channels.map(({ slow_seconds, ...channel }) => ({
      ...channel,
      slowSeconds: slow_seconds ?? 0,
    })),
    groups: await readGroups(query),
    overrides: await readOverrides(query),
    memberships: await readMemberships(query),
  };
}

async function readMemberships(query: Kysely<Tables>): Promise<Map<number, number[]>> {
  const rows = await query
    .selectFrom("user_groups")
    .select(["user_uuid", "group_uuid"])
    .orderBy("rowid")
    .execute();
  return groupsByUser(rows);
}
