import {
  type Channel,
  type Group,
  type PermissionName,
  Permissions,
  resolveChannelPermissions,
  resolveServerPermissions,
  type User,
} from "@asterite/aster";

/** Inputs of the permission resolution. */
export interface OwnPermissionsInput {
  /** Base permissions of every account. */
  readonly base: Permissions;
  readonly groups: readonly Group[];
  readonly self: User | undefined;
}

/**
 * Effective permissions of the signed-in account. They only decide which controls are shown; the server
 * enforces them.
 */
export class OwnPermissions {
  readonly #input: OwnPermissionsInput;
  readonly #own: readonly Group[];
  readonly #server: Permissions;

  constructor(input: OwnPermissionsInput) {
    this.#input = input;
    const member = new Set(input.self?.groups);
    this.#own = input.groups.filter(({ uuid }) => member.has(uuid));
    this.#server = resolveServerPermissions(input.base, this.#own);
  }

  /** Position of the account's highest group, where 0 is the top; infinite without a group. */
  get rank(): number {
    return Math.min(...this.#own.map(({ position }) => position));
  }

  /** Whether no group ranks above the account's highest one. */
  get isTopRank(): boolean {
    const { rank } = this;
    return Number.isFinite(rank) && this.#input.groups.every(({ position }) => position >= rank);
  }

  /**
   * Whether the account may add a user to a group, or remove a member. The top rank adds others to its own
   * groups, but does not remove them.
   */
  mayAssign({ position }: Pick<Group, "position">, isMember: boolean): boolean {
    return position > this.rank || (this.isTopRank && position === this.rank && !isMember);
  }

  has(permission: PermissionName): boolean {
    return this.#server.allows(permission);
  }

  /** Whether the account has any administrative permission. */
  get isAdministrator(): boolean {
    const names = ["modify_channels", "modify_icon_name", "modify_groups", "modify_user_groups", "ban_users"];
    return (names as readonly PermissionName[]).some((name) => this.has(name));
  }

  hasIn(channel: Channel, permission: PermissionName): boolean {
    const { self } = this.#input;
    const overridden = this.#own.map(({ uuid, position }) => ({
      uuid,
      position,
      permissions: channel.overrides[`group:${uuid}`] ?? Permissions.none,
    }));
    const user = channel.overrides[`user:${self?.uuid}`];
    return resolveChannelPermissions(this.#server, overridden, user).allows(permission);
  }
}
