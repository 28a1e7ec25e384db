import type { Channel, ExtensionName, User } from "@asterite/aster-protocol";
import type { Access } from "../access.ts";
import type { AddressedPacket } from "../hub/hub.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoredUser } from "../store/store.ts";

/**
 * Converts an account to its wire format without extensions. `group_uuid` is obsolete, but a deployed client crashes without it.
 */
export const toWireUser = (user: StoredUser): User => ({
  uuid: user.uuid,
  name: user.name,
  pfp: user.pfp,
  groups: [...user.groups],
  group_uuid: 0,
});

const toWireUserWithBot = (user: StoredUser): User =>
  user.isBot ? { ...toWireUser(user), is_bot: true } : toWireUser(user);

/** Returns the function that converts an account for connections with these extensions. */
export const wireUserFor = (extensions: ReadonlySet<ExtensionName>): ((user: StoredUser) => User) =>
  extensions.has("bots") ? toWireUserWithBot : toWireUser;

/**
 * Returns the pushes of a changed account: one for all connections, or, for a bot, one for each side of the
 * extension `bots`.
 */
export function userPushes(user: StoredUser, seq: number): AddressedPacket[] {
  const everyone = { type: "everyone" } as const;
  const packet = push("get_metadata", { data: [toWireUser(user)] }, seq);
  if (!user.isBot) return [{ audience: everyone, packet }];
  const packetWithBot = push("get_metadata", { data: [toWireUserWithBot(user)] }, seq);
  return [
    { audience: { ...everyone, lacking: "bots" }, packet },
    { audience: { ...everyone, extension: "bots" }, packet: packetWithBot },
  ];
}

type WireChannel = Omit<Channel, "permissions"> & { permissions: Record<string, number[]> };

/** Converts the channels that a user can see to their wire format. */
export const toWireChannels = (access: Access, user: number): WireChannel[] =>
  access.channels
    .filter(({ uuid }) => access.canSee(uuid, user))
    .map(({ uuid, name, position, slowSeconds }) => ({
      uuid,
      name,
      position,
      permissions: access.overridesOf(uuid),
      ...(slowSeconds > 0 && { slow_seconds: slowSeconds }),
    }));
