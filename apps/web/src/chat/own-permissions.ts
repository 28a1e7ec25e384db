import {
  type Channel,
  type Group,
  type PermissionName,
  Permissions,
  resolveChannelPermissions,
  resolveServerPermissions,
  type User,
} from "@asterite/aster";

/** What is needed to tell what an account may do. */
export interface RightsFacts {
  /** What accounts may do that are in no group. */
  readonly base: Permissions;
  readonly groups: readonly Group[];
  readonly self: User | undefined;
}

/** What the account may do; the server has the last word, this only decides what is offered. */
export class Rights {
  readonly #facts: RightsFacts;
  readonly #own: readonly Group[];
  readonly #server: Permissions;

  constructor(facts: RightsFacts) {
    this.#facts = facts;
    const member = new Set(facts.self?.groups);
    this.#own = facts.groups.filter(({ uuid }) => member.has(uuid));
    this.#server = resolveServerPermissions(facts.base, this.#own);
  }

  /** The highest rank: the smallest position of an own group; infinite without one. */
  get rank(): number {
    return Math.min(...this.#own.map(({ position }) => position));
  }

  may(permission: PermissionName): boolean {
    return this.#server.allows(permission);
  }

  /** Whether there is anything to administer. */
  get isAdministrator(): boolean {
    const names = ["modify_channels", "modify_icon_name", "modify_groups", "modify_user_groups", "ban_users"];
    return (names as readonly PermissionName[]).some((name) => this.may(name));
  }

  mayIn(channel: Channel, permission: PermissionName): boolean {
    const { self } = this.#facts;
    const overridden = this.#own.map(({ uuid, position }) => ({
      uuid,
      position,
      permissions: channel.overrides[`group:${uuid}`] ?? Permissions.none,
    }));
    const user = channel.overrides[`user:${self?.uuid}`];
    return resolveChannelPermissions(this.#server, overridden, user).allows(permission);
  }
}
