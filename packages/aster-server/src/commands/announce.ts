import type { CommandName, Group } from "@asterite/aster-protocol";
import { Access } from "../access.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { EventType, StoreAccess } from "../store/store.ts";
import type { Call } from "./handler.ts";
import { wireChannels, wireUser } from "./wire-format.ts";

type AnyCall = Pick<Call<CommandName>, "server" | "publish" | "afterCommit" | "date">;

/** Notes an event in the log and returns its number. */
export const record = (
  { date }: Pick<AnyCall, "date">,
  tx: StoreAccess,
  kind: EventType,
  about: { readonly channel?: number; readonly subject?: number } = {},
): Promise<number> => tx.events.add(kind, about.channel ?? null, about.subject ?? null, date);

/** Tells everybody about an account that is new or has changed. */
export async function announceUser(call: AnyCall, tx: StoreAccess, uuid: number): Promise<void> {
  const user = await tx.accounts.get(uuid);
  if (!user) return;
  const seq = await record(call, tx, "get_metadata", { subject: uuid });
  call.publish({ kind: "everyone" }, push("get_metadata", { data: [wireUser(user)] }, seq));
}

/** Every group as it travels. */
export const wireGroups = (access: Access): (Omit<Group, "permissions"> & { permissions: number[] })[] =>
  access.groups.map(({ uuid, name, colour, permissions, position }) => {
    return { uuid, name, colour, permissions: permissions.toBytes(), position };
  });

/**
 * Makes changed channels, groups, memberships or base permissions count from the commit on, and tells what clients
 * list anew. Groups are told only to clients that know about them; others end at a packet that they do not know.
 */
export async function announceAccess(
  call: AnyCall,
  tx: StoreAccess,
  ...changed: readonly ("list_groups" | "list_channels")[]
): Promise<void> {
  const access = new Access(await tx.readAccessRules());
  call.afterCommit(() => {
    call.server.access = access;
  });
  if (changed.includes("list_groups")) {
    const seq = await record(call, tx, "list_groups");
    const packet = push("list_groups", { data: wireGroups(access) }, seq);
    call.publish({ kind: "users", extension: "groups" }, packet);
  }
  if (changed.includes("list_channels")) {
    const seq = await record(call, tx, "list_channels");
    const packetFor = (user: number) => push("list_channels", { data: wireChannels(access, user) }, seq);
    call.afterCommit(() => call.server.hub.publishToEach(packetFor));
  }
}
