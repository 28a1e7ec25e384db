import {
  type PermissionName,
  Permissions,
  resolveChannelPermissions,
  resolveServerPermissions,
} from "@asterite/aster-protocol";
import type { AccessRules, StoredChannel, StoredGroup, StoredOverride } from "./store/store.ts";

const byPosition = (a: StoredChannel, b: StoredChannel): number => a.position - b.position;

/** User id of the local operator, who ranks above every group and is not in the database. */
export const operatorId = -1;
/** User id in place of one for connections without a login: a member of no group, and not in the database. */
export const guestId = -2;
/** User id of the authors of set-up invites, which create the first administrator; not in the database. */
export const setupId = -3;

/**
 * Permissions of all users, resolved in memory. Immutable: a change replaces the object, so that a cached
 * resolution cannot outlive the rules behind it.
 */
export class Access {
  /** All channels, topmost first. */
  readonly channels: readonly StoredChannel[];
  /** All groups in table order. */
  readonly groups: readonly StoredGroup[];
  readonly #channels: ReadonlyMap<number, StoredChannel>;
  readonly #groups: ReadonlyMap<number, StoredGroup>;
  readonly #overrides = new Map<number, StoredOverride[]>();
  /** Rules that the permissions are resolved from. */
  readonly rules: AccessRules;
  readonly #byUser = new Map<number, Permissions>();
  readonly #byChannel = new Map<number, Map<number, Permissions>>();
  readonly #visibilityKeys = new Map<number, string>();

  constructor(rules: AccessRules) {
    this.rules = rules;
    this.channels = rules.channels.toSorted(byPosition);
    this.groups = rules.groups;
    this.#channels = new Map(rules.channels.map((channel) => [channel.uuid, channel]));
    this.#groups = new Map(rules.groups.map((group) => [group.uuid, group]));
    for (const override of rules.overrides) {
      const others = this.#overrides.get(override.channel);
      if (others) others.push(override);
      else this.#overrides.set(override.channel, [override]);
    }
  }

  /** Returns a channel, if it exists. */
  channel(uuid: number): StoredChannel | undefined {
    return this.#channels.get(uuid);
  }

  /** Returns a channel's overrides in their wire format, keyed by `user:<uuid>` or `group:<uuid>`. */
  overridesOf(channel: number): Record<string, number[]> {
    const overrides = this.#overrides.get(channel) ?? [];
    return Object.fromEntries(
      overrides.map(({ entity, permissions }) => [`${entity.type}:${entity.uuid}`, permissions.toBytes()]),
    );
  }

  /** Returns a group, if it exists. */
  group(uuid: number): StoredGroup | undefined {
    return this.#groups.get(uuid);
  }

  /** Permissions of users without a group. */
  get base(): Permissions {
    return this.rules.base;
  }

  /**
   * Returns the smallest position of the user's groups, which is the highest rank; infinite without a group.
   */
  rankOf(user: number): number {
    if (user === operatorId) return -1;
    return Math.min(...this.#groupsOf(user).map(({ position }) => position));
  }

  /** Returns whether the user's highest group is the highest of all. */
  isTopRank(user: number): boolean {
    const rank = this.rankOf(user);
    return Number.isFinite(rank) && this.groups.every(({ position }) => position >= rank);
  }

  /** Returns the members of a group. */
  membersOf(group: number): number[] {
    return [...this.rules.memberships].filter(([, groups]) => groups.includes(group)).map(([user]) => user);
  }

  /** Returns whether the channel exists and is visible to the user. */
  canSee(channel: number, user: number): boolean {
    return this.#channels.has(channel) && this.allowsIn(channel, user, "view_channel");
  }

  /** Returns whether the user may read the messages of the channel. */
  canRead(channel: number, user: number): boolean {
    return this.canSee(channel, user) && this.allowsIn(channel, user, "read_messages");
  }

  /** Returns a key that is equal for users who can see and read the same channels. */
  visibilityKey(user: number): string {
    let key = this.#visibilityKeys.get(user);
    if (key === undefined) {
      const letters = this.channels.map(({ uuid }) =>
        this.canRead(uuid, user) ? "r" : this.canSee(uuid, user) ? "s" : "-",
      );
      key = letters.join("");
      this.#visibilityKeys.set(user, key);
    }
    return key;
  }

  /** Returns whether the user has a server-level permission. */
  allows(user: number, permission: PermissionName): boolean {
    return this.#onServer(user).allows(permission);
  }

  /** Returns whether the user has a permission in a channel. */
  allowsIn(channel: number, user: number, permission: PermissionName): boolean {
    return this.#inChannel(channel, user).allows(permission);
  }

  #onServer(user: number): Permissions {
    if (user === operatorId) return Permissions.all;
    let resolved = this.#byUser.get(user);
    if (!resolved) {
      resolved = resolveServerPermissions(this.rules.base, this.#groupsOf(user));
      this.#byUser.set(user, resolved);
    }
    return resolved;
  }

  #inChannel(channel: number, user: number): Permissions {
    if (user === operatorId) return Permissions.all;
    let byUser = this.#byChannel.get(channel);
    if (!byUser) {
      byUser = new Map();
      this.#byChannel.set(channel, byUser);
    }
    let resolved = byUser.get(user);
    if (!resolved) {
      resolved = this.#resolveInChannel(channel, user);
      byUser.set(user, resolved);
    }
    return resolved;
  }

  #resolveInChannel(channel: number, user: number): Permissions {
    const overrides = this.#overrides.get(channel) ?? [];
    const memberOf = new Map(this.#groupsOf(user).map((group) => [group.uuid, group]));
    const groups = overrides.flatMap(({ entity, permissions }) => {
      const group = entity.type === "group" ? memberOf.get(entity.uuid) : undefined;
      return group ? { uuid: group.uuid, position: group.position, permissions } : [];
    });
    const own = overrides.find(({ entity }) => entity.type === "user" && entity.uuid === user);
    return resolveChannelPermissions(this.#onServer(user), groups, own?.permissions);
  }

  /** Returns the user's groups. Memberships in a group that no longer exists are ignored. */
  #groupsOf(user: number): StoredGroup[] {
    const uuids = new Set(this.rules.memberships.get(user));
    return [...uuids].flatMap((uuid) => this.#groups.get(uuid) ?? []);
  }
}
