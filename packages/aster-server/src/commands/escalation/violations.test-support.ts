import { type PermissionName, permissionNames } from "@asterite/aster-protocol";
import { Access } from "../../access.ts";
import { actorPosition, type Fixture, type Snapshot } from "./fixture.test-support.ts";
import type { Fields } from "./requests.test-support.ts";

const permissionsIn = (access: Access, channel: number | undefined, user: number): Set<PermissionName> =>
  new Set(
    permissionNames.filter((name) =>
      channel === undefined ? access.allows(user, name) : access.allowsIn(channel, user, name),
    ),
  );

/** Returns what a request changed that the actor must not change. */
export function findViolations(
  fixture: Fixture,
  before: Snapshot,
  after: Snapshot,
  fields: Fields,
): string[] {
  const { actor, users, hidden, actorGroup } = fixture;
  // No client can log in to a deleted account.
  const erased = fields.command === "delete_account" ? fields["user"] : undefined;
  const [old, current] = [new Access(before.rules), new Access(after.rules)];
  const violations: string[] = [];
  const own = permissionsIn(old, undefined, actor);
  const gains = new Map<number, Set<PermissionName>>();
  for (const user of [actor, ...users].filter((uuid) => uuid !== erased)) {
    const gained = permissionsIn(current, undefined, user).difference(permissionsIn(old, undefined, user));
    gains.set(user, gained);
    for (const name of gained.difference(own)) violations.push(`user ${user} gains ${name}`);
  }
  for (const { uuid } of current.channels) {
    const ownHere = old.channel(uuid) ? permissionsIn(old, uuid, actor) : own;
    for (const user of [actor, ...users].filter((uuid) => uuid !== erased)) {
      const was = old.channel(uuid)
        ? permissionsIn(old, uuid, user)
        : permissionsIn(current, undefined, user);
      const gained = permissionsIn(current, uuid, user).difference(was);
      // A permission of the whole server also counts where the actor lacks it.
      const lacking = gained.difference(ownHere).difference(gains.get(user) ?? new Set());
      for (const name of lacking) violations.push(`user ${user} gains ${name} in ${uuid}`);
    }
  }
  for (const name of permissionNames) {
    if (own.has(name)) continue;
    if (after.rules.base.allows(name) && !before.rules.base.allows(name))
      violations.push(`base gains ${name}`);
    for (const group of current.groups) {
      if (group.permissions.allows(name) && !old.group(group.uuid)?.permissions.allows(name))
        violations.push(`group ${group.name} gains ${name}`);
    }
  }
  const protectedGroups = (access: Access) =>
    access.groups.filter(({ position }) => position <= actorPosition).sort((a, b) => a.position - b.position);
  if (JSON.stringify(protectedGroups(old)) !== JSON.stringify(protectedGroups(current)))
    violations.push("groups of the actor's rank and above changed");
  if (!before.rules.base.equals(after.rules.base)) violations.push("base permissions changed");
  const isBanned = ({ bans }: Snapshot, user: number) => bans.some((ban) => ban.user === user);
  const accountOf = ({ accounts }: Snapshot, user: number) =>
    JSON.stringify((accounts as { uuid: number }[]).find(({ uuid }) => uuid === user));
  for (const user of users) {
    if (old.rankOf(user) > actorPosition) continue;
    if (isBanned(before, user) !== isBanned(after, user)) violations.push(`ban of ${user} changed`);
    const groupsOf = (access: Access) =>
      access.groups
        .filter(({ uuid, position }) => position <= actorPosition && access.membersOf(uuid).includes(user))
        .map(({ uuid }) => uuid)
        .join();
    if (groupsOf(old) !== groupsOf(current)) violations.push(`groups of ${user} changed`);
    if (!("groups" in fields) && accountOf(before, user) !== accountOf(after, user))
      violations.push(`account ${user} changed`);
  }
  for (const user of users.filter((uuid) => old.rankOf(uuid) < actorPosition)) {
    for (const { uuid } of current.channels) {
      const lost = permissionsIn(old, old.channel(uuid) ? uuid : undefined, user).difference(
        permissionsIn(current, uuid, user),
      );
      for (const name of lost) violations.push(`user ${user} of higher rank loses ${name} in ${uuid}`);
    }
  }
  const [was, is] = [old.channel(hidden), current.channel(hidden)];
  if (was?.name !== is?.name || was?.slowSeconds !== is?.slowSeconds)
    violations.push("hidden channel changed");
  const overridesIn = (access: Access): string => {
    const { [`user:${erased}`]: _, ...overrides } = access.overridesOf(hidden);
    return JSON.stringify(overrides);
  };
  if (is && old.groups.length === current.groups.length) {
    if (overridesIn(old) !== overridesIn(current)) violations.push("overrides of the hidden channel changed");
  }
  const [ofActor = 0, ofOwner = 0, ofLow = 0, hiddenOwn = 0, ...hiddenOthers] = fixture.messages;
  const isChanged = (uuid: number) =>
    before.messages.get(uuid)?.content !== after.messages.get(uuid)?.content;
  for (const uuid of hiddenOthers) if (isChanged(uuid)) violations.push("hidden message changed");
  const isEdited = (uuid: number) => isChanged(uuid) && after.messages.has(uuid);
  if (isEdited(hiddenOwn)) violations.push("own hidden message edited");
  if (isEdited(ofActor) && !old.allowsIn(fixture.open, actor, "send_messages"))
    violations.push("edited while muted");
  for (const uuid of [ofOwner, ofLow]) {
    if (isEdited(uuid)) violations.push("message of another user edited");
    if (isChanged(uuid) && !old.allowsIn(fixture.open, actor, "manage_messages"))
      violations.push("message of another user deleted");
  }
  if (!current.group(actorGroup)) violations.push("the actor's group is gone");
  return violations;
}
