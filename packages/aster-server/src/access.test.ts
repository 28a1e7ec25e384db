import { Permissions } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { Access, operatorId } from "./access.ts";
import type { AccessRules } from "./store/store.ts";

const group = (uuid: number, position: number, permissions: Permissions) => ({
  uuid,
  position,
  permissions,
  name: `group ${uuid}`,
  colour: 0,
});

const rules = (changes: Partial<AccessRules> = {}): AccessRules => ({
  base: Permissions.initialBase,
  channels: [
    { uuid: 12, name: "second", position: 1, slowSeconds: 0 },
    { uuid: 11, name: "first", position: 0, slowSeconds: 0 },
  ],
  groups: [],
  overrides: [],
  memberships: new Map(),
  ...changes,
});

it("lists channels by position", () => {
  expect(new Access(rules()).channels.map(({ name }) => name)).toEqual(["first", "second"]);
});

it("applies the base permissions to every user", () => {
  const access = new Access(rules());
  expect(access.allows(1, "modify_channels")).toBe(false);
  expect(access.allowsIn(11, 1, "send_messages")).toBe(true);
});

it("applies the permissions of a group to its members", () => {
  const staff = group(7, 0, Permissions.of({ modify_channels: "allow" }));
  const access = new Access(rules({ groups: [staff], memberships: new Map([[1, [7]]]) }));
  expect(access.allows(1, "modify_channels")).toBe(true);
  expect(access.allows(2, "modify_channels")).toBe(false);
});

it("ignores memberships in deleted groups and counts duplicates once", () => {
  const staff = group(7, 0, Permissions.of({ ban_users: "allow" }));
  const access = new Access(rules({ groups: [staff], memberships: new Map([[1, [99, 7, 7]]]) }));
  expect(access.allows(1, "ban_users")).toBe(true);
});

it("applies overrides only in their channel and to their user or group", () => {
  const staff = group(7, 3, Permissions.none);
  const silent = Permissions.of({ send_messages: "deny" });
  const access = new Access(
    rules({
      groups: [staff],
      memberships: new Map([[1, [7]]]),
      overrides: [
        { channel: 11, entity: { type: "group", uuid: 7 }, permissions: silent },
        { channel: 11, entity: { type: "user", uuid: 2 }, permissions: silent },
      ],
    }),
  );
  expect(access.allowsIn(11, 1, "send_messages")).toBe(false);
  expect(access.allowsIn(12, 1, "send_messages")).toBe(true);
  expect(access.allowsIn(11, 2, "send_messages")).toBe(false);
  expect(access.allowsIn(11, 3, "send_messages")).toBe(true);
  expect(access.overridesOf(11)).toEqual({ "group:7": [0, 8, 0], "user:2": [0, 8, 0] });
  expect(access.overridesOf(12)).toEqual({});
});

it("takes an override of a group for no user of the same uuid, and the other way round", () => {
  const silent = Permissions.of({ send_messages: "deny" });
  const access = new Access(
    rules({
      groups: [group(7, 0, Permissions.none), group(8, 1, Permissions.none)],
      memberships: new Map([
        [1, [8]],
        [2, [7]],
      ]),
      overrides: [
        { channel: 11, entity: { type: "group", uuid: 7 }, permissions: silent },
        { channel: 11, entity: { type: "user", uuid: 8 }, permissions: silent },
      ],
    }),
  );
  expect([1, 2, 7, 8].map((user) => access.allowsIn(11, user, "send_messages"))).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect([access.group(7)?.name, access.group(9), access.base]).toEqual([
    "group 7",
    undefined,
    Permissions.initialBase,
  ]);
});

/** User 1 is in groups 7 and 8, of which 8 ranks higher, user 2 in 7, and user 3 in none. */
const ranked = () =>
  new Access(
    rules({
      groups: [group(7, 3, Permissions.none), group(8, 1, Permissions.none)],
      memberships: new Map([
        [1, [7, 8]],
        [2, [7]],
        [3, []],
      ]),
    }),
  );

it("ranks users by their highest group, and the operator above all", () => {
  const access = ranked();
  expect([1, 2, 3, operatorId].map((user) => access.rankOf(user))).toEqual([
    1,
    3,
    Number.POSITIVE_INFINITY,
    -1,
  ]);
  expect([1, 2, 3, operatorId].map((user) => access.isTopRank(user))).toEqual([true, false, false, true]);
  expect(access.allows(operatorId, "ban_users")).toBe(true);
  expect(access.allowsIn(11, operatorId, "send_messages")).toBe(true);
});

it("lists the members of a group", () => {
  const access = ranked();
  expect([7, 8, 9].map((uuid) => access.membersOf(uuid))).toEqual([[1, 2], [1], []]);
});

it("lets users read no channel that they cannot see or that does not exist", () => {
  const deny = (name: "view_channel" | "read_messages", user: number) => ({
    channel: 11,
    entity: { type: "user" as const, uuid: user },
    permissions: Permissions.of({ [name]: "deny" }),
  });
  const access = new Access(rules({ overrides: [deny("view_channel", 1), deny("read_messages", 2)] }));
  const views = [1, 2, 3].map((user) => [access.canSee(11, user), access.canRead(11, user)]);
  expect(views).toEqual([
    [false, false],
    [true, false],
    [true, true],
  ]);
  expect([access.canSee(99, 3), access.canRead(99, 3), access.canRead(99, operatorId)]).toEqual([
    false,
    false,
    false,
  ]);
  // Topmost channel first; each user keeps the key that was computed at first.
  for (let round = 0; round < 2; round++) {
    expect([1, 2, 3, 4].map((user) => access.visibilityKey(user))).toEqual(["-r", "sr", "rr", "rr"]);
  }
});
