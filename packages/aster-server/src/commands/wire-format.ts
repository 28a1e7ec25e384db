import type { Channel, User } from "@asterite/aster-protocol";
import type { Access } from "../access.ts";
import type { StoredUser } from "../store/store.ts";

/**
 * Converts an account to its wire format. `group_uuid` is obsolete, but a deployed client crashes without it.
 */
export const toWireUser = (user: StoredUser): User => ({
  uuid: user.uuid,
  name: user.name,
  pfp: user.pfp,
  groups: [...user.groups],
  group_uuid: 0,
});

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
