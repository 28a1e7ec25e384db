import { Permissions } from "@asterite/aster-protocol";
import type { Kysely } from "kysely";
import { groupsByUser } from "../memberships.ts";
import type { AccessRules, StoredOverride } from "../store.ts";
import type { Tables } from "./schema.ts";

const toPermissions = (bytes: Uint8Array): Permissions => Permissions.fromBytes([...bytes]);

/** Reads the input of permission checks. */
export async function readAccessRules(query: Kysely<Tables>): Promise<AccessRules> {
  const server = await query.selectFrom("server").select("base_permissions").executeTakeFirstOrThrow();
  const channels = await query
    .selectFrom("channels")
    .select(["uuid", "name", "position", "slow_seconds as slowSeconds"])
    .orderBy("place")
    .execute();
  const groups = await query
    .selectFrom("groups")
    .select(["uuid", "name", "colour", "permissions", "position"])
    .orderBy("place")
    .execute();
  return {
    base: toPermissions(server.base_permissions),
    channels,
    groups: groups.map((group) => ({ ...group, permissions: toPermissions(group.permissions) })),
    overrides: await readOverrides(query),
    memberships: await readMemberships(query),
  };
}

async function readOverrides(query: Kysely<Tables>): Promise<StoredOverride[]> {
  const rows = await query.selectFrom("overrides").selectAll().orderBy("place").execute();
  return rows.flatMap(({ channel_uuid: channel, user_uuid, group_uuid, permissions }): StoredOverride[] => {
    const shared = { channel, permissions: toPermissions(permissions) };
    if (user_uuid !== null) return [{ ...shared, entity: { type: "user", uuid: user_uuid } }];
    return group_uuid === null ? [] : [{ ...shared, entity: { type: "group", uuid: group_uuid } }];
  });
}

async function readMemberships(query: Kysely<Tables>): Promise<Map<number, number[]>> {
  const rows = await query
    .selectFrom("user_groups")
    .select(["user_uuid", "group_uuid"])
    .orderBy("place")
    .execute();
  return groupsByUser(rows);
}
