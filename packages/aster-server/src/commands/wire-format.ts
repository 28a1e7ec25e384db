import { createHash } from "node:crypto";
import type { Channel, ExtensionName, UserInput } from "@asterite/aster-protocol";
import type { Access } from "../access.ts";
import type { AddressedPacket } from "../hub/hub.ts";
import { push } from "../hub/outgoing-packet.ts";
import type { StoredUser } from "../store/store.ts";

/** Returns the SHA-256 of a picture in hexadecimal digits; empty for none. */
export const pictureHashOf = (pfp: string): string =>
  pfp === "" ? "" : createHash("sha256").update(Buffer.from(pfp, "base64")).digest("hex");

/** What the data of an account contain on a connection, by its extensions. */
export interface UserForm {
  /** Whether they name bots. */
  readonly hasBots: boolean;
  /** Whether they have the hash of the picture in place of the picture. */
  readonly hasHashes: boolean;
}

/** Returns the form of accounts for connections with these extensions. */
export const userFormFor = (extensions: ReadonlySet<ExtensionName>): UserForm => ({
  hasBots: extensions.has("bots"),
  hasHashes: extensions.has("pictures"),
});

/** Returns a text that identifies a form. */
export const keyOfForm = ({ hasBots, hasHashes }: UserForm): string =>
  `${hasBots ? "bots" : "plain"} ${hasHashes ? "hashes" : "pictures"}`;

/** Converts an account to its wire format. `group_uuid` is obsolete, but a deployed client crashes without it. */
export const toWireUser = (user: StoredUser, { hasBots, hasHashes }: UserForm): UserInput => ({
  uuid: user.uuid,
  name: user.name,
  ...(hasHashes ? { pfp_hash: pictureHashOf(user.pfp) } : { pfp: user.pfp }),
  groups: [...user.groups],
  group_uuid: 0,
  ...(hasBots && user.isBot && { is_bot: true }),
});

/**
 * Returns the pushes of a changed account: with its picture and with the hash, each once for all connections, or,
 * for a bot, once for each side of the extension `bots`.
 */
export const userPushes = (user: StoredUser, seq: number): AddressedPacket[] =>
  [false, true].flatMap((hasHashes) =>
    (user.isBot ? [false, true] : [undefined]).map((hasBots): AddressedPacket => {
      const form = { hasBots: hasBots ?? false, hasHashes };
      const audience = { type: "everyone", pictures: hasHashes ? "hashed" : "included" } as const;
      const packet = push("get_metadata", { data: [toWireUser(user, form)] }, seq);
      if (hasBots === undefined) return { audience, packet };
      return {
        audience: { ...audience, ...(hasBots ? { extension: "bots" } : { lacking: "bots" }) },
        packet,
      };
    }),
  );

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
