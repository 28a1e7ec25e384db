import {
  type Channel,
  Permissions,
  resolveChannelPermissions,
  resolveServerPermissions,
  type User,
} from "@asterite/aster";
import type { QueueEntry } from "@asterite/queue";
import { UserError } from "../errors.ts";
import type { Control } from "../options.ts";
import { quote } from "../sanitize.ts";

const groupsOf = (user: User, { server }: Channel) =>
  server.groups.filter(({ uuid }) => user.groups.includes(uuid));

/** Returns whether a user is a member of the group with a name. */
export const isInGroup = (user: User, channel: Channel, group: string): boolean =>
  groupsOf(user, channel).some(({ name }) => name === group);

/**
 * Returns whether a user has `manage_messages` by a group or a channel override. The base permissions of the
 * server are not taken into account, because clients do not receive them.
 */
function canManageMessages(user: User, channel: Channel): boolean {
  const groups = groupsOf(user, channel);
  const { overrides } = channel;
  const inChannel = groups.map(({ uuid, position }) => ({
    uuid,
    position,
    permissions: overrides[`group:${uuid}`] ?? Permissions.none,
  }));
  const onServer = resolveServerPermissions(Permissions.none, groups);
  const own = overrides[`user:${user.uuid}`];
  return resolveChannelPermissions(onServer, inChannel, own).allows("manage_messages");
}

/** Entries that a command affects. */
export type AffectedEntries =
  /** None: the command only shows information. */
  | { readonly type: "none" }
  /** New ones: the command adds tracks. */
  | { readonly type: "added" }
  /** Entries that are playing or queued. */
  | { readonly type: "existing"; readonly entries: readonly QueueEntry[] };

/**
 * Checks whether a user may run a command.
 *
 * @throws UserError with the reason if not.
 */
export function checkAccess(control: Control, user: User, channel: Channel, affected: AffectedEntries): void {
  if (affected.type === "none" || control === "everyone" || canManageMessages(user, channel)) return;
  if (control === "requester") {
    if (affected.type === "added") return;
    const others = affected.entries.filter(({ requester }) => requester.id !== String(user.uuid));
    if (others.length === 0) return;
    const names = [...new Set(others.map(({ requester }) => requester.name))].slice(0, 3);
    const list = names.map((name) => quote(name, 32)).join(", ");
    throw new UserError(
      `That would affect tracks requested by ${list}. Only the requester can change a track here.`,
    );
  }
  const group = control.slice("group:".length);
  if (isInGroup(user, channel, group)) return;
  throw new UserError(`Only members of ${quote(group, 64)} can control the music here.`);
}
