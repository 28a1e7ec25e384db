import { Access } from "../access.ts";
import { announceAccess, announceUser, toWireGroups } from "./announce.ts";
import { mayAppointTo, refuseGrants } from "./grants.ts";
import { exclusive, type HandlerTable } from "./handler.ts";
import { nextPosition, reorder } from "./positions.ts";
import { refuse, refuseText } from "./refusals.ts";

/** Limit of groups. Every change of one is pushed to all users as the whole list. */
const maxGroups = 250;

/**
 * Commands on groups. Position 0 is the highest rank. A user can change only groups below their own highest
 * one, so a user without a group can change none, even with the permission. No command grants a permission
 * that its user lacks.
 */
export const groupCommands = {
  list_groups: { read: ({ server }) => ({ data: toWireGroups(server.access) }) },

  create_group: exclusive(async (call, tx) => {
    const { name, colour, permissions, position } = call.fields;
    const access = new Access(await tx.readAccessRules());
    if (!(position > access.rankOf(call.user))) return refuse.rank();
    if (access.groups.length >= maxGroups) return refuse.quota("groups", maxGroups);
    const end = nextPosition(access.groups);
    if (position > end) return refuse.invalid("position");
    const refused = refuseText("name", name, call.server.settings.limits.name);
    if (refused) return refused;
    const uuid = await tx.groups.add({ name, colour, permissions, position: end });
    await tx.groups.setPositions(reorder([...access.groups, { uuid, position: end }], uuid, position));
    const escalation = await refuseGrants(call.user, access, tx);
    if (escalation) return escalation;
    await announceAccess(call, tx, "list_groups");
    return { uuid };
  }),

  update_group: exclusive(async (call, tx) => {
    const { uuid, position } = call.fields;
    const access = new Access(await tx.readAccessRules());
    const group = access.group(uuid);
    const rank = access.rankOf(call.user);
    if (!group) return refuse.unknown("uuid");
    if (!(group.position > rank && (position ?? group.position) > rank)) return refuse.rank();
    const { name = group.name, colour = group.colour, permissions = group.permissions } = call.fields;
    const refused = refuseText("name", name, call.server.settings.limits.name);
    if (refused) return refused;
    if (position !== undefined && position >= nextPosition(access.groups)) return refuse.invalid("position");
    await tx.groups.update({ ...group, name, colour, permissions });
    if (position !== undefined) await tx.groups.setPositions(reorder(access.groups, uuid, position));
    const escalation = await refuseGrants(call.user, access, tx);
    if (escalation) return escalation;
    const changesPermissions = !permissions.equals(group.permissions) || position !== undefined;
    await announceAccess(call, tx, "list_groups", ...(changesPermissions ? ["list_channels" as const] : []));
    return {};
  }),

  delete_group: exclusive(async (call, tx) => {
    const { uuid } = call.fields;
    const access = new Access(await tx.readAccessRules());
    const group = access.group(uuid);
    if (!group) return refuse.unknown("uuid");
    if (!(group.position > access.rankOf(call.user))) return refuse.rank();
    const members = access.membersOf(uuid);
    await tx.groups.remove(uuid);
    await tx.groups.setPositions(reorder(access.groups, uuid, undefined));
    const escalation = await refuseGrants(call.user, access, tx);
    if (escalation) return escalation;
    for (const member of members) await announceUser(call, tx, member);
    await announceAccess(call, tx, "list_groups", "list_channels");
    return {};
  }),

  update_user_groups: exclusive(async (call, tx) => {
    const { user, groups } = call.fields;
    const access = new Access(await tx.readAccessRules());
    const target = await tx.accounts.get(user);
    if (!target) return refuse.unknown("user");
    if (groups.some((uuid) => !access.group(uuid))) return refuse.unknown("groups");
    const wanted = new Set(groups);
    const current = new Set(target.groups.filter((uuid) => access.group(uuid)));
    const rank = access.rankOf(call.user);
    const isBelow = (uuid: number): boolean => (access.group(uuid)?.position ?? -1) > rank;
    const joined = [...wanted.difference(current)];
    if (!joined.every((uuid) => mayAppointTo(access, call.user, uuid))) return refuse.rank();
    // Users of the top rank may appoint others of their rank, but not remove them.
    if (![...current.difference(wanted)].every(isBelow)) return refuse.rank();
    await tx.accounts.setGroups(user, [...wanted]);
    const escalation = await refuseGrants(call.user, access, tx);
    if (escalation) return escalation;
    await announceUser(call, tx, user);
    await announceAccess(call, tx, "list_channels");
    return {};
  }),
} satisfies HandlerTable;
