/** The ten permissions in wire order; the first is in the lowest two bits of the first byte. */
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

/** Name of a permission. */
export type PermissionName = (typeof permissionNames)[number];

/** Value of a permission in a set. `default` inherits the value from the set before. */
export type PermissionValue = "default" | "allow" | "deny";

const values: readonly PermissionValue[] = ["default", "allow", "deny"];
const lowBits = 0x55555;
const allBits = 0xfffff;

/**
 * An immutable set of ten permission values, each `default`, `allow` or `deny`.
 *
 * The wire format, also used in databases, is an array of bytes with four two-bit values each (0 default, 1
 * allow, 2 deny, 3 invalid).
 */
export class Permissions {
  /** All permissions `default`. */
  static readonly none = new Permissions(0);
  /** All permissions `allow`: `[85, 85, 5]`. */
  static readonly all = new Permissions(lowBits);
  /** Base permissions of a new database: chatting is allowed, administration denied: `[170, 150, 5]`. */
  static readonly initialBase = new Permissions(0x596aa);

  readonly #bits: number;

  /** @throws RangeError for a caller without types that gives values by name; see {@link Permissions.of}. */
  private constructor(bits: number) {
    if (bits !== (bits & allBits)) {
      throw new RangeError("permissions are created with Permissions.of or Permissions.fromBytes");
    }
    this.#bits = bits;
  }

  /**
   * Creates a set from the wire format. Missing bytes mean `default`; bytes after the third are ignored.
   *
   * @throws RangeError for another value than an array, an element that is not a byte, and the invalid two-bit value 3.
   */
  static fromBytes(bytes: ArrayLike<number>): Permissions {
    if (typeof bytes?.length !== "number") throw wrongArgument("permissions", bytes, "an array of bytes");
    let bits = 0;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (!Number.isInteger(byte) || byte < 0 || byte > 255) {
        throw new RangeError(`permissions[${index}] must be an integer from 0 to 255`);
      }
      if (index < 3) bits |= byte << (8 * index);
    }
    bits &= allBits;
    const invalid = bits & (bits >> 1) & lowBits;
    if (invalid !== 0) {
      const name = permissionNames[(31 - Math.clz32(invalid)) >> 1];
      throw new RangeError(`permissions have the invalid value 3 for ${name}`);
    }
    return new Permissions(bits);
  }

  /**
   * Creates a set from values by name. Permissions that are left out are `default`.
   *
   * @throws RangeError naming a permission or value that does not exist.
   */
  static of(named: Partial<Readonly<Record<PermissionName, PermissionValue>>>): Permissions {
    return Permissions.none.with(named);
  }

  /** Returns the value of a permission. Throws a RangeError for a name that does not exist. */
  get(name: PermissionName): PermissionValue {
    return values[(this.#bits >> shiftOf(name)) & 3] ?? "default";
  }

  /**
   * Returns whether the permission is granted, i.e. whether its value is `allow`. Throws a RangeError for a
   * name that does not exist.
   */
  allows(name: PermissionName): boolean {
    return ((this.#bits >> shiftOf(name)) & 3) === 1;
  }

  /**
   * Returns a copy with the given permissions replaced.
   *
   * @throws RangeError naming a permission or value that does not exist.
   */
  with(named: Partial<Readonly<Record<PermissionName, PermissionValue>>>): Permissions {
    if (typeof named !== "object" || named === null)
      throw wrongArgument("permissions", named, "values by name");
    let bits = this.#bits;
    for (const name of Object.keys(named)) {
      const shift = shiftOf(name);
      const value = named[name as PermissionName];
      if (value === undefined) continue;
      const code = values.indexOf(value);
      if (code === -1) {
        throw wrongArgument(`permission ${name}`, value, values.join(", "));
      }
      bits = (bits & ~(3 << shift)) | (code << shift);
    }
    return new Permissions(bits);
  }

  /** Returns this set overridden by a later one, whose `allow` and `deny` replace the values here. */
  combine(later: Permissions): Permissions {
    const bits = Permissions.#bitsOf(later);
    const decided = (bits | (bits >> 1)) & lowBits;
    const mask = decided | (decided << 1);
    return new Permissions((this.#bits & ~mask) | (bits & mask));
  }

  /** Returns whether both sets have the same values. */
  equals(other: Permissions): boolean {
    return this.#bits === Permissions.#bitsOf(other);
  }

  static #bitsOf(set: Permissions): number {
    if (!(set instanceof Permissions)) throw wrongArgument("permissions", set, "a set");
    return set.#bits;
  }

  /** Returns the wire format: always three bytes. */
  toBytes(): [number, number, number] {
    return [this.#bits & 0xff, (this.#bits >> 8) & 0xff, (this.#bits >> 16) & 0xff];
  }

  /** Returns the wire format, for `JSON.stringify`. */
  toJSON(): [number, number, number] {
    return this.toBytes();
  }
}

const shifts: ReadonlyMap<string, number> = new Map(permissionNames.map((name, index) => [name, 2 * index]));

/** Returns where the two bits of a permission begin. A misspelt name must not check another permission. */
function shiftOf(name: string): number {
  const shift = shifts.get(name);
  if (shift !== undefined) return shift;
  throw wrongArgument("permission", name, permissionNames.join(", "));
}

const wrongArgument = (name: string, given: unknown, allowed: string): RangeError =>
  new RangeError(`${name} is ${JSON.stringify(given) ?? typeof given}; allowed: ${allowed}`);

/** Permissions of a group, with the fields that determine its rank. */
export interface RankedPermissions {
  /** Uuid of the group, which breaks ties between equal positions. */
  readonly uuid: number;
  /** Rank; 0 is the highest and takes precedence over all others. */
  readonly position: number;
  /** Permissions of the group, or of a channel override for it. */
  readonly permissions: Permissions;
}

const lowestRankFirst = (a: RankedPermissions, b: RankedPermissions): number =>
  b.position - a.position || b.uuid - a.uuid;

/**
 * Returns the permissions of a user on the server: the base permissions, overridden by the user's groups from
 * the lowest rank (largest position) to the highest.
 */
export function resolveServerPermissions(
  base: Permissions,
  groups: Iterable<RankedPermissions>,
): Permissions {
  if (typeof groups?.[Symbol.iterator] !== "function") throw wrongArgument("groups", groups, "an iterable");
  return [...groups]
    .sort(lowestRankFirst)
    .reduce((result, group) => result.combine(group?.permissions), Permissions.none.combine(base));
}

/**
 * Returns the permissions of a user in a channel: the permissions on the server, overridden by the channel's
 * overrides for the user's groups by rank, and then by the override for the user.
 */
export function resolveChannelPermissions(
  server: Permissions,
  groupOverrides: Iterable<RankedPermissions>,
  userOverride: Permissions = Permissions.none,
): Permissions {
  return resolveServerPermissions(server, groupOverrides).combine(userOverride);
}
