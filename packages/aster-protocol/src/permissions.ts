/** The ten permissions in wire order: the first sits in the lowest two bits of the first byte. */
export const permissionNames = [
  "modify_channels",
  "modify_icon_name",
  "modify_groups",
  "modify_user_groups",
  "ban_users",
  "send_messages",
  "read_messages",
  "manage_messages",
  "join_voice",
  "view_channel",
] as const;

/** Name of one permission. */
export type PermissionName = (typeof permissionNames)[number];

/** What a set says about one permission; `default` leaves the decision to what came before. */
export type PermissionValue = "default" | "allow" | "deny";

const values: readonly PermissionValue[] = ["default", "allow", "deny"];
const lowBits = 0x55555;
const allBits = 0xfffff;

/**
 * An immutable set of ten permission values, each `default`, `allow` or `deny`.
 *
 * On the wire and in databases it is a string of bytes with four two-bit values in each
 * (0 default, 1 allow, 2 deny, 3 illegal).
 */
export class Permissions {
  /** Every permission `default`. */
  static readonly none = new Permissions(0);
  /** Every permission `allow`: `[85, 85, 5]`. */
  static readonly all = new Permissions(lowBits);
  /** What a fresh database starts with: talking is allowed, administration denied: `[170, 150, 5]`. */
  static readonly initialBase = new Permissions(0x596aa);

  readonly #bits: number;

  private constructor(bits: number) {
    this.#bits = bits;
  }

  /**
   * Reads the wire form. Missing bytes mean `default`, bytes after the third are ignored.
   *
   * @throws RangeError for an element that is no byte, and for the illegal two-bit value 3.
   */
  static fromBytes(bytes: ArrayLike<number>): Permissions {
    let bits = 0;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (!Number.isInteger(byte) || byte < 0 || byte > 255) {
        throw new RangeError(`permissions[${index}] must be an integer from 0 to 255`);
      }
      if (index < 3) bits |= byte << (8 * index);
    }
    bits &= allBits;
    const illegal = bits & (bits >> 1) & lowBits;
    if (illegal !== 0) {
      const name = permissionNames[(31 - Math.clz32(illegal)) >> 1];
      throw new RangeError(`permissions hold the illegal value 3 for ${name}`);
    }
    return new Permissions(bits);
  }

  /** Builds a set from names; those not named are `default`. */
  static of(named: Partial<Readonly<Record<PermissionName, PermissionValue>>>): Permissions {
    return Permissions.none.with(named);
  }

  /** What this set says about one permission. */
  get(name: PermissionName): PermissionValue {
    return values[(this.#bits >> shiftOf(name)) & 3] ?? "default";
  }

  /** Whether the permission is granted: only `allow` grants, `default` and `deny` both refuse. */
  allows(name: PermissionName): boolean {
    return ((this.#bits >> shiftOf(name)) & 3) === 1;
  }

  /** A copy in which the named permissions are replaced. */
  with(named: Partial<Readonly<Record<PermissionName, PermissionValue>>>): Permissions {
    let bits = this.#bits;
    for (const name of permissionNames) {
      const value = named[name];
      if (value === undefined) continue;
      bits = (bits & ~(3 << shiftOf(name))) | (values.indexOf(value) << shiftOf(name));
    }
    return new Permissions(bits);
  }

  /** Applies a later set over this one: its `allow` and `deny` replace, its `default` keeps what is here. */
  combine(later: Permissions): Permissions {
    const decided = (later.#bits | (later.#bits >> 1)) & lowBits;
    const mask = decided | (decided << 1);
    return new Permissions((this.#bits & ~mask) | (later.#bits & mask));
  }

  /** Whether both sets say the same about every permission. */
  equals(other: Permissions): boolean {
    return this.#bits === other.#bits;
  }

  /** The wire form: always three bytes. */
  toBytes(): [number, number, number] {
    return [this.#bits & 0xff, (this.#bits >> 8) & 0xff, (this.#bits >> 16) & 0xff];
  }

  /** What `JSON.stringify` writes: the wire form. */
  toJSON(): [number, number, number] {
    return this.toBytes();
  }
}

const shifts = Object.fromEntries(permissionNames.map((name, index) => [name, 2 * index]));
const shiftOf = (name: PermissionName): number => shifts[name] ?? 0;

/** A group as far as permissions are concerned. */
export interface RankedPermissions {
  /** Identifies the group; breaks ties between equal positions. */
  readonly uuid: number;
  /** Rank: 0 is the highest and has the last word. */
  readonly position: number;
  /** What the group, or an override for it, says. */
  readonly permissions: Permissions;
}

const lowestRankFirst = (a: RankedPermissions, b: RankedPermissions): number =>
  b.position - a.position || b.uuid - a.uuid;

/**
 * What a user may do on the server: the base set, then the user's groups from the lowest rank (largest
 * position) to the highest, each over the one before.
 */
export function resolveServerPermissions(
  base: Permissions,
  groups: Iterable<RankedPermissions>,
): Permissions {
  return [...groups]
    .sort(lowestRankFirst)
    .reduce((result, { permissions }) => result.combine(permissions), base);
}

/**
 * What a user may do in one channel: the server-level result, then the channel's overrides for the user's
 * groups by rank, then the override for the user, which always wins.
 */
export function resolveChannelPermissions(
  server: Permissions,
  groupOverrides: Iterable<RankedPermissions>,
  userOverride: Permissions = Permissions.none,
): Permissions {
  return resolveServerPermissions(server, groupOverrides).combine(userOverride);
}
