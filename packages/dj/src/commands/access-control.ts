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
import { quoted } from "../sanitize.ts";

const groupsOf = (user: User, { server }: Channel) =>
  server.groups.filter(({ uuid }) => user.groups.includes(uuid));

/** Whether an account is in a group of a name. */
export const isMember = (user: User, channel: Channel, group: string): boolean =>
  groupsOf(user, channel).some(({ name }) => name === group);

/**
 * Whether groups or the channel let an account manage messages. What the server grants to everybody does not count:
 * clients are not told.
 */
function managesMessages(user: User, channel: Channel): boolean {
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

/** What a command does to a room. */
export type AffectedEntries =
  /** It only tells. */
  | { readonly kind: "nothing" }
  /** It adds tracks. */
  | { readonly kind: "adds" }
  /** It changes what happens to these entries. */
  | { readonly kind: "changes"; readonly entries: readonly QueueEntry[] };

/**
 * Lets a command pass, or says kindly why not.
 *
 * @throws Hint
 */
export function checkAccess(control: Control, user: User, channel: Channel, touch: AffectedEntries): void {
  if (touch.kind === "nothing" || control === "everyone" || managesMessages(user, channel)) return;
  if (control === "requester") {
    if (touch.kind === "adds") return;
    const strangers = touch.entries.filter(({ requester }) => requester.id !== String(user.uuid));
    if (strangers.length === 0) return;
    const names = [...new Set(strangers.map(({ requester }) => requester.name))].slice(0, 3);
    const list = names.map((name) => quoted(name, 32)).join(", ");
    throw new UserError(`That would change what ${list} asked for, so please ask there first.`);
  }
  const group = control.slice("group:".length);
  if (isMember(user, channel, group)) return;
  throw new UserError(`The music is in the hands of the group ${quoted(group, 64)} here.`);
}
