import type { CommandName, Group } from "@asterite/aster-protocol";
import { Access } from "../access.ts";
import { push } from "../outgoing.ts";
import type { EventKind, StoreAccess } from "../store/store.ts";
import { wireChannels, wireUser } from "./entities.ts";
import type { Call } from "./handler.ts";

type AnyCall = Pick<Call<CommandName>, "server" | "publish" | "afterCommit" | "date">;

/** Notes an event in the log and returns its number. */
export const record = (
  { date }: Pick<AnyCall, "date">,
  tx: StoreAccess,
  kind: EventKind,
  about: { readonly channel?: number; readonly subject?: number } = {},
): Promise<number> => tx.events.add(kind, about.channel ?? null, about.subject ?? null, date);

/** Tells everybody about an account that is new or has changed. */
export async function announceUser(call: AnyCall, tx: StoreAccess, uuid: number): Promise<void> {
  const user = await tx.accounts.get(uuid);
  if (!user) return;
  const seq = await record(call, tx, "get_metadata", { subject: uuid });
  call.publish({ kind: "everyone" }, push("get_metadata", { data: [wireUser(user)] }, seq));
}

/** Makes changed channels, groups, memberships or base permissions count, from the commit on. */
async function replaceAccess(call: AnyCall, tx: StoreAccess): Promise<Access> {
  const access = new Access(await tx.accessFacts());
  call.afterCommit(() => {
    call.server.access = access;
  });
  return access;
}

/** Gives every user the channels that they may see now. */
export async function announceChannels(call: AnyCall, tx: StoreAccess): Promise<void> {
  const access = await replaceAccess(call, tx);
  const seq = await record(call, tx, "list_channels");
  call.afterCommit(() => {
    call.server.hub.publishToEach((user) => push("list_channels", { data: wireChannels(access, user) }, seq));
  });
}

/** Every group as it travels. */
export const wireGroups = (access: Access): (Omit<Group, "permissions"> & { permissions: number[] })[] =>
  access.groups.map(({ uuid, name, colour, permissions, position }) => {
    return { uuid, name, colour, permissions: permissions.toBytes(), position };
  });

/** Tells clients that know about groups; others end at a packet that they do not know. */
export async function announceGroups(call: AnyCall, tx: StoreAccess): Promise<void> {
  const access = await replaceAccess(call, tx);
  const seq = await record(call, tx, "list_groups");
  call.publish(
    { kind: "users", extension: "groups" },
    push("list_groups", { data: wireGroups(access) }, seq),
  );
}
