import {
  type PermissionName,
  Permissions,
  resolveChannelPermissions,
  resolveServerPermissions,
} from "@asterite/aster-protocol";
import type { AccessRules, StoredChannel, StoredGroup, StoredOverride } from "./store/store.ts";

const byPosition = (a: StoredChannel, b: StoredChannel): number => a.position - b.position;

/** Who administers the server from its own machine: above every rank, and in no database. */
export const operator = -1;

/**
 * Who may do what, answered from memory. It is loaded whole and replaced whole when a fact changes, so that
 * nothing resolved can outlive the facts behind it.
 */
export class Access {
  /** Every channel, topmost first. */
  readonly channels: readonly StoredChannel[];
  /** Every group in table order. */
  readonly groups: readonly StoredGroup[];
  readonly #channels: ReadonlyMap<number, StoredChannel>;
  readonly #groups: ReadonlyMap<number, StoredGroup>;
  readonly #overrides = new Map<number, StoredOverride[]>();
  readonly #facts: AccessRules;
  readonly #byUser = new Map<number, Permissions>();
  readonly #byChannel = new Map<number, Map<number, Permissions>>();
  readonly #views = new Map<number, string>();

  constructor(facts: AccessRules) {
    this.#facts = facts;
    this.channels = facts.channels.toSorted(byPosition);
    this.groups = facts.groups;
    this.#channels = new Map(facts.channels.map((channel) => [channel.uuid, channel]));
    this.#groups = new Map(facts.groups.map((group) => [group.uuid, group]));
    for (const override of facts.overrides) {
      const others = this.#overrides.get(override.channel);
      if (others) others.push(override);
      else this.#overrides.set(override.channel, [override]);
    }
  }

  /** The channel, if it exists. */
  channel(uuid: number): StoredChannel | undefined {
    return this.#channels.get(uuid);
  }

  /** The channel's overrides as they travel: keyed by `user:<uuid>` or `group:<uuid>`. */
  overridesOf(channel: number): Record<string, number[]> {
    const overrides = this.#overrides.get(channel) ?? [];
    return Object.fromEntries(
      overrides.map(({ entity, permissions }) => [`${entity.type}:${entity.uuid}`, permissions.toBytes()]),
    );
  }

  /** The group, if it exists. */
  group(uuid: number): StoredGroup | undefined {
    return this.#groups.get(uuid);
  }

  /** What accounts may do that are in no group. */
  get base(): Permissions {
    return this.#facts.base;
  }

  /** The user's highest rank: the smallest position of a group. Infinite without a group, the lowest of all. */
  rankOf(user: number): number {
    if (user === operator) return -1;
    return Math.min(...this.#groupsOf(user).map(({ position }) => position));
  }

  /** Everybody who is in a group. */
  membersOf(group: number): number[] {
    return [...this.#facts.memberships].filter(([, groups]) => groups.includes(group)).map(([user]) => user);
  }

  /** Whether the channel is there for the user at all. */
  sees(channel: number, user: number): boolean {
    return this.#channels.has(channel) && this.allowsIn(channel, user, "view_channel");
  }

  /** Whether the user gets to know what is said in the channel. */
  mayRead(channel: number, user: number): boolean {
    return this.sees(channel, user) && this.allowsIn(channel, user, "read_messages");
  }

  /** Which channels the user sees and may read, as a text that is the same for all to whom this is the same. */
  viewOf(user: number): string {
    let view = this.#views.get(user);
    if (view === undefined) {
      const signs = this.channels.map(({ uuid }) =>
        this.mayRead(uuid, user) ? "r" : this.sees(uuid, user) ? "s" : "-",
      );
      view = signs.join("");
      this.#views.set(user, view);
    }
    return view;
  }

  /** Whether the user has a server-level permission. */
  allows(user: number, permission: PermissionName): boolean {
    return this.#onServer(user).allows(permission);
  }

  /** Whether the user has a permission in a channel. */
  allowsIn(channel: number, user: number, permission: PermissionName): boolean {
    return this.#inChannel(channel, user).allows(permission);
  }

  #onServer(user: number): Permissions {
    if (user === operator) return Permissions.all;
    let resolved = this.#byUser.get(user);
    if (!resolved) {
      resolved = resolveServerPermissions(this.#facts.base, this.#groupsOf(user));
      this.#byUser.set(user, resolved);
    }
    return resolved;
  }

  #inChannel(channel: number, user: number): Permissions {
    if (user === operator) return Permissions.all;
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

  /** Memberships in a group that no longer exists count for nothing. */
  #groupsOf(user: number): StoredGroup[] {
    const uuids = new Set(this.#facts.memberships.get(user));
    return [...uuids].flatMap((uuid) => this.#groups.get(uuid) ?? []);
  }
}
