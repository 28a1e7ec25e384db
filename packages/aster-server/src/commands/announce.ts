import type { Group } from "@asterite/aster-protocol";
import { Access } from "../access.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { EventType, StoreAccess } from "../store/store.ts";
import type { CallContext, ServerContext } from "./handler.ts";
import { toWireChannels, userPushes } from "./wire-format.ts";

/**
 * Puts new permissions into effect. Removes the channel states of users who may no longer send in the channel.
 */
export function replaceAccess(
  server: Pick<ServerContext, "access" | "states" | "hub">,
  access: Access,
): void {
  server.access = access;
  const removed = server.states.removeIf(
    ({ channel, author_uuid: author }) =>
      !(access.canSee(channel, author) && access.allowsIn(channel, author, "send_messages")),
  );
  for (const state of removed) {
    const audience = { type: "readers", channel: state.channel, extension: "state" } as const;
    server.hub.publish(audience, push("channel_state", { ...state, value: null }));
  }
}

/** Appends an event to the log and returns its sequence number. */
export const recordEvent = (
  { date }: Pick<CallContext, "date">,
  tx: StoreAccess,
  kind: EventType,
  about: { readonly channel?: number; readonly subject?: number } = {},
): Promise<number> => tx.events.add(kind, about.channel ?? null, about.subject ?? null, date);

/** Publishes a new or changed account. */
export async function announceUser(call: CallContext, tx: StoreAccess, uuid: number): Promise<void> {
  const user = await tx.accounts.get(uuid);
  if (!user) return;
  const seq = await recordEvent(call, tx, "get_metadata", { subject: uuid });
  call.afterCommit(() => call.server.accounts.set(user));
  for (const { audience, packet } of userPushes(user, seq)) call.publish(audience, packet);
}

/**
 * Ends the sessions of an account in every process and revokes its tokens.
 *
 * @param exceptConnection - Connection whose session stays open.
 */
export async function endSessions(
  call: CallContext,
  tx: StoreAccess,
  user: number,
  reason: string,
  exceptConnection?: number,
): Promise<void> {
  await tx.tokens.revokeAll(user);
  await recordEvent(call, tx, "cut_user", { subject: user });
  call.afterCommit(() => call.server.hub.disconnectUser(user, reason, exceptConnection));
}

/**
 * Revokes a token and ends its sessions in every process. Returns whether the user had it.
 *
 * @param exceptConnection - Connection whose session stays open.
 */
export async function revokeToken(
  call: CallContext,
  tx: StoreAccess,
  user: number,
  id: number,
  exceptConnection?: number,
): Promise<boolean> {
  if (!(await tx.tokens.revoke(user, id))) return false;
  await recordEvent(call, tx, "cut_token", { subject: id });
  call.afterCommit(() => call.server.hub.disconnectToken(id, "token revoked", exceptConnection));
  return true;
}

/** Converts the groups to their wire format. */
export const toWireGroups = (access: Access): (Omit<Group, "permissions"> & { permissions: number[] })[] =>
  access.groups.map(({ uuid, name, colour, permissions, position }) => {
    return { uuid, name, colour, permissions: permissions.toBytes(), position };
  });

/**
 * Puts changed channels, groups, memberships or base permissions into effect after the commit, and publishes
 * the changed lists. Groups are published only to clients with the extension, because others crash on an
 * unknown packet.
 */
export async function announceAccess(
  call: CallContext,
  tx: StoreAccess,
  ...changed: readonly ("list_groups" | "list_channels")[]
): Promise<void> {
  const access = new Access(await tx.readAccessRules());
  call.afterCommit(() => replaceAccess(call.server, access));
  if (changed.includes("list_groups")) {
    const seq = await recordEvent(call, tx, "list_groups");
    const packet = push("list_groups", { data: toWireGroups(access) }, seq);
    call.publish({ type: "users", extension: "groups" }, packet);
  }
  if (changed.includes("list_channels")) {
    const seq = await recordEvent(call, tx, "list_channels");
    const packetFor = (user: number) => push("list_channels", { data: toWireChannels(access, user) }, seq);
    call.afterCommit(() => call.server.hub.publishToEach(packetFor));
  }
}
