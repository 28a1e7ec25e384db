import { createHash } from "node:crypto";
import { type Permissions, permissionNames } from "@asterite/aster-protocol";
import { isRecord } from "@asterite/util";
import type { AuditDetails } from "../store/audit-store.ts";
import type { AccessRules, StoreAccess } from "../store/store.ts";

/** Object that an audited action changes. */
export interface AuditTarget {
  readonly type: "user" | "group" | "channel" | "emoji" | "invite" | "message" | "server" | "overrides";
  /** UUID or id; absent for the server and for the overrides of all channels. */
  readonly id?: number;
}

/** Returns the text of a target, such as `user:5` or `server`. */
export const targetText = ({ type, id }: AuditTarget): string => (id === undefined ? type : `${type}:${id}`);

/** Returns a short hash, which shows that a picture changed without its data. */
const pictureHash = (data: string | Uint8Array): string =>
  createHash("sha256").update(data).digest("hex").slice(0, 16);

/** Returns the permissions that a set decides. */
const describePermissions = (permissions: Permissions): AuditDetails =>
  Object.fromEntries(
    permissionNames
      .map((name) => [name, permissions.get(name)] as const)
      .filter(([, value]) => value !== "default"),
  );

async function describeUser(tx: StoreAccess, uuid: number): Promise<AuditDetails | undefined> {
  const user = await tx.accounts.get(uuid);
  const credentials = await tx.accounts.findCredentialsByUuid(uuid);
  if (!user || !credentials) return undefined;
  const tokens = await tx.tokens.list(uuid);
  return {
    name: user.name,
    groups: [...user.groups],
    bot: user.isBot,
    banned: credentials.isBanned,
    picture: pictureHash(user.pfp),
    tokens: Object.fromEntries(tokens.map(({ id, client }) => [id, client])),
  };
}

function describeOverrides({ overrides }: AccessRules, channel?: number): AuditDetails {
  const selected = overrides.filter((override) => channel === undefined || override.channel === channel);
  return Object.fromEntries(
    selected.map(({ channel: uuid, entity, permissions }) => {
      const key = `${entity.type}:${entity.uuid}`;
      return [channel === undefined ? `channel:${uuid} ${key}` : key, describePermissions(permissions)];
    }),
  );
}

/** Returns the present state of a target without secrets and texts of messages; undefined if it does not exist. */
async function describe(tx: StoreAccess, { type, id = 0 }: AuditTarget): Promise<AuditDetails | undefined> {
  switch (type) {
    case "user":
      return await describeUser(tx, id);
    case "group": {
      const group = (await tx.readAccessRules()).groups.find(({ uuid }) => uuid === id);
      if (!group) return undefined;
      const { name, colour, position, permissions } = group;
      return { name, colour, position, permissions: describePermissions(permissions) };
    }
    case "channel": {
      const rules = await tx.readAccessRules();
      const channel = rules.channels.find(({ uuid }) => uuid === id);
      if (!channel) return undefined;
      const { name, position, slowSeconds } = channel;
      return { name, position, slow_seconds: slowSeconds, overrides: describeOverrides(rules, id) };
    }
    case "emoji": {
      const emoji = await tx.server.getEmoji(id);
      return emoji && { name: emoji.name, picture: pictureHash(emoji.data) };
    }
    case "invite": {
      const invite = (await tx.invites.list()).find((each) => each.id === id);
      if (!invite) return undefined;
      const { author, groups, expires, usesLeft } = invite;
      return { author, groups: [...groups], expires, uses_left: usesLeft };
    }
    case "message": {
      const message = await tx.messages.get(id);
      return message && { author: message.author_uuid, channel: message.channel_uuid, date: message.date };
    }
    case "server": {
      const { name, icon } = await tx.server.get();
      const { base } = await tx.readAccessRules();
      return { name, icon: pictureHash(icon), base_permissions: describePermissions(base) };
    }
    case "overrides":
      return describeOverrides(await tx.readAccessRules());
  }
}

/** Describes a target before or after an action; undefined if it does not exist. */
export const describeTarget = (tx: StoreAccess, target: AuditTarget | undefined) =>
  target ? describe(tx, target) : Promise.resolve(undefined);

/** Returns the fields of `one` that differ in `other`; undefined if none does. */
export function differences(
  one: AuditDetails | undefined,
  other: AuditDetails | undefined,
): AuditDetails | undefined {
  const changed = Object.entries(one ?? {}).flatMap(([key, value]): [string, unknown][] => {
    const counterpart = other?.[key];
    if (JSON.stringify(value) === JSON.stringify(counterpart)) return [];
    if (!(isRecord(value) && isRecord(counterpart))) return [[key, value]];
    const inner = differences(value, counterpart);
    return inner ? [[key, inner]] : [];
  });
  return changed.length > 0 ? Object.fromEntries(changed) : undefined;
}
