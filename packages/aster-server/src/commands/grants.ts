import {
  type PermissionName,
  Permissions,
  type PermissionValue,
  permissionNames,
} from "@asterite/aster-protocol";
import { Access } from "../access.ts";
import type { AccessRules, Entity, StoreAccess } from "../store/store.ts";
import { type Refusal, refuse } from "./refusals.ts";

const order: { readonly [value in PermissionValue]: number } = { deny: 0, default: 1, allow: 2 };

/** Returns the permissions whose value is larger after a change, of `deny`, `default` and `allow`. */
const increased = (before: Permissions, after: Permissions): PermissionName[] =>
  permissionNames.filter((name) => order[after.get(name)] > order[before.get(name)]);

/**
 * Permissions that the rules of one scope assign: the server, or one channel. Keys are `base`, `group:<uuid>`
 * and `user:<uuid>`.
 */
type Scope = ReadonlyMap<string, Permissions>;

const keyOf = ({ type, uuid }: Entity): string => `${type}:${uuid}`;
const groupKey = (uuid: number): string => keyOf({ type: "group", uuid });

const serverScope = ({ base, groups }: AccessRules): Scope =>
  new Map([["base", base], ...groups.map(({ uuid, permissions }) => [groupKey(uuid), permissions] as const)]);

const channelScope = ({ overrides }: AccessRules, uuid: number): Scope =>
  new Map(
    overrides
      .filter(({ channel }) => channel === uuid)
      .map(({ entity, permissions }) => [keyOf(entity), permissions]),
  );

const valuesOf = (scope: Scope, key: string): Permissions => scope.get(key) ?? Permissions.none;

/** Membership changes in groups that exist before and after. */
interface MembershipChanges {
  readonly joined: ReadonlySet<number>;
  readonly left: ReadonlySet<number>;
}

function membershipChanges(before: Access, after: Access): MembershipChanges {
  const joined = new Set<number>();
  const left = new Set<number>();
  const exists = (group: number): boolean =>
    before.group(group) !== undefined && after.group(group) !== undefined;
  const [old, current] = [before.rules.memberships, after.rules.memberships];
  for (const user of new Set([...old.keys(), ...current.keys()])) {
    const [was, is] = [new Set(old.get(user)), new Set(current.get(user))];
    for (const group of is.difference(was)) if (exists(group)) joined.add(group);
    for (const group of was.difference(is)) if (exists(group)) left.add(group);
  }
  return { joined, left };
}

/** Stands for an account that does not exist yet. */
const newUser = Number.MIN_SAFE_INTEGER;

/** Groups that exist before and after, highest rank first. */
const commonGroups = (access: Access, other: Access): number[] =>
  access.groups
    .filter(({ uuid }) => other.group(uuid))
    .toSorted((a, b) => a.position - b.position || a.uuid - b.uuid)
    .map(({ uuid }) => uuid);

/** The changed rules, and what all scopes need of them. */
class RuleChange {
  readonly before: Access;
  readonly after: Access;
  readonly #memberships: MembershipChanges;
  readonly #oldOrder: readonly number[];
  readonly #order: readonly number[];

  constructor(before: Access, after: Access) {
    this.before = before;
    this.after = after;
    this.#memberships = membershipChanges(before, after);
    this.#oldOrder = commonGroups(before, after);
    this.#order = commonGroups(after, before);
  }

  /**
   * Returns the permissions that some user could gain in a scope: by a larger value, by joining or leaving a
   * group, or because groups that disagree change their order.
   */
  grantsIn(old: Scope, current: Scope): Set<PermissionName> {
    const keys = new Set([...old.keys(), ...current.keys()]);
    const granted = [...keys].flatMap((key) => increased(valuesOf(old, key), valuesOf(current, key)));
    const { joined, left } = this.#memberships;
    const decidedBy = (groups: ReadonlySet<number>, value: PermissionValue): PermissionName[] =>
      permissionNames.filter((name) =>
        [...groups].some((uuid) => valuesOf(current, groupKey(uuid)).get(name) === value),
      );
    return new Set([
      ...granted,
      ...decidedBy(joined, "allow"),
      ...decidedBy(left, "deny"),
      ...permissionNames.filter((name) => this.#isReordered(name, current)),
    ]);
  }

  #isReordered(name: PermissionName, scope: Scope): boolean {
    const valueFor = (uuid: number): PermissionValue => valuesOf(scope, groupKey(uuid)).get(name);
    const decides = (uuid: number): boolean => valueFor(uuid) !== "default";
    const deciders = this.#order.filter(decides);
    return (
      new Set(deciders.map(valueFor)).size > 1 && deciders.join() !== this.#oldOrder.filter(decides).join()
    );
  }

  /** Returns whether an override takes a permission from a user or group of higher rank. */
  deniesHigherRank(rank: number, old: Scope, current: Scope): boolean {
    return [...new Set([...old.keys(), ...current.keys()])].some((key) => {
      const isDenied = increased(valuesOf(current, key), valuesOf(old, key)).length > 0;
      return isDenied && this.#rankOf(key) < rank;
    });
  }

  /** Returns the rank of a key of a scope before the change. */
  #rankOf(key: string): number {
    const [type, uuid] = key.split(":");
    return type === "user"
      ? this.before.rankOf(Number(uuid))
      : (this.before.group(Number(uuid))?.position ?? Number.POSITIVE_INFINITY);
  }
}

/** Access to accounts, for whether they are banned. */
type AccountAccess = { readonly accounts: Pick<StoreAccess["accounts"], "findCredentialsByUuid"> };

/** Returns the accounts that are members of a group with all permissions, banned ones included. */
const administratorsOf = (access: Access): readonly number[] =>
  access.groups
    .filter(({ permissions }) => permissions.equals(Permissions.all))
    .flatMap(({ uuid }) => access.membersOf(uuid));

async function isActive(user: number, { accounts }: AccountAccess): Promise<boolean> {
  const account = await accounts.findCredentialsByUuid(user);
  return account !== undefined && !account.isBanned;
}

/** Returns whether some account that is not banned is an administrator. */
export async function hasAdministrator(access: Access, tx: AccountAccess, except?: number): Promise<boolean> {
  for (const user of administratorsOf(access)) {
    if (user !== except && (await isActive(user, tx))) return true;
  }
  return false;
}

/** Returns whether an account is the only administrator that is not banned. */
export async function isLastAdministrator(access: Access, tx: AccountAccess, user: number): Promise<boolean> {
  if (!(administratorsOf(access).includes(user) && (await isActive(user, tx)))) return false;
  return !(await hasAdministrator(access, tx, user));
}

/**
 * Refuses a change of the rules that grants what its author lacks. Whichever command makes the change, the author
 * must have each permission that some user could gain by it, on the server or in the channel. Overrides must not take
 * permissions from users or groups of higher rank, which could then not undo it.
 */
function refuseEscalation(user: number, before: Access, after: Access): Refusal | undefined {
  const change = new RuleChange(before, after);
  for (const name of change.grantsIn(serverScope(before.rules), serverScope(after.rules))) {
    if (!before.allows(user, name)) return refuse.permission(name);
  }
  const rank = before.rankOf(user);
  for (const { uuid } of after.channels) {
    const [old, current] = [channelScope(before.rules, uuid), channelScope(after.rules, uuid)];
    const isNew = before.channel(uuid) === undefined;
    for (const name of change.grantsIn(old, current)) {
      const isAllowed = isNew ? before.allows(user, name) : before.allowsIn(uuid, user, name);
      if (!isAllowed) return refuse.permission(name);
    }
    if (change.deniesHigherRank(rank, old, current)) return refuse.rank();
  }
  return undefined;
}

/**
 * Refuses a change of the rules after it was written to the transaction, if it grants what its author lacks or leaves
 * the server without an administrator.
 */
export async function refuseGrants(
  user: number,
  before: Access,
  tx: AccountAccess & Pick<StoreAccess, "readAccessRules">,
): Promise<Refusal | undefined> {
  const after = new Access(await tx.readAccessRules());
  const escalation = refuseEscalation(user, before, after);
  if (escalation) return escalation;
  const isLeaderless = !(await hasAdministrator(after, tx)) && (await hasAdministrator(before, tx));
  return isLeaderless ? refuse.conflict("last_administrator") : undefined;
}

/**
 * Returns whether a user may add others to a group: one below their own highest group, or, for users of the
 * highest rank of all, one of their own rank.
 */
export const mayAppointTo = (access: Access, user: number, group: number): boolean => {
  const position = access.group(group)?.position ?? -1;
  const rank = access.rankOf(user);
  return position > rank || (access.isTopRank(user) && position === rank);
};

/** Refuses to make new accounts members of groups, unless the author may add others to each of them. */
export function refuseAppointment(
  author: number,
  groups: readonly number[],
  access: Access,
): Refusal | undefined {
  if (groups.some((uuid) => !access.group(uuid))) return refuse.unknown("groups");
  if (!groups.every((uuid) => mayAppointTo(access, author, uuid))) return refuse.rank();
  const { rules } = access;
  const memberships = new Map([...rules.memberships, [newUser, groups]]);
  return refuseEscalation(author, access, new Access({ ...rules, memberships }));
}
