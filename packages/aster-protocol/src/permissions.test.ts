import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Permissions,
  permissionNames,
  resolveChannelPermissions,
  resolveServerPermissions,
} from "./permissions.ts";

const value = fc.constantFrom("default", "allow", "deny");
const set = fc.record(Object.fromEntries(permissionNames.map((name) => [name, value]))).map(Permissions.of);

describe("Permissions", () => {
  it("matches the example values of the protocol", () => {
    expect(Permissions.all.toBytes()).toEqual([85, 85, 5]);
    expect(Permissions.initialBase.toBytes()).toEqual([170, 150, 5]);
    expect(Permissions.none.toBytes()).toEqual([0, 0, 0]);
    expect(Permissions.initialBase.get("modify_channels")).toBe("deny");
    expect(Permissions.initialBase.allows("send_messages")).toBe(true);
    expect(Permissions.initialBase.allows("manage_messages")).toBe(false);
  });

  it("refuses names and values that do not exist, instead of checking or changing another permission", () => {
    const misspelt = "manage_mesages" as never;
    expect(() => Permissions.all.allows(misspelt)).toThrow(
      /^permission is "manage_mesages"; allowed: modify_/,
    );
    expect(() => Permissions.all.get("toString" as never)).toThrow(RangeError);
    expect(() => Permissions.of({ [misspelt]: "allow" })).toThrow(RangeError);
    expect(() => Permissions.of({ ban_users: true as never })).toThrow(
      "permission ban_users is true; allowed: default, allow, deny",
    );
  });

  it("round-trips through bytes", () => {
    fc.assert(fc.property(set, (one) => Permissions.fromBytes(one.toBytes()).equals(one)));
  });

  it("accepts any length and ignores bits after the tenth permission", () => {
    expect(Permissions.fromBytes([]).equals(Permissions.none)).toBe(true);
    expect(Permissions.fromBytes([85]).toBytes()).toEqual([85, 0, 0]);
    expect(Permissions.fromBytes([85, 85, 0xf5, 255, 255]).equals(Permissions.all)).toBe(true);
  });

  it.each([[[3]], [[0, 0, 12]], [[256]], [[-1]], [[1.5]]])("rejects %j", (bytes) => {
    expect(() => Permissions.fromBytes(bytes)).toThrow(RangeError);
  });

  it("names the permission with the invalid value", () => {
    expect(() => Permissions.fromBytes([0, 12])).toThrow("send_messages");
  });

  it("overrides with allow and deny, and keeps with default", () => {
    fc.assert(
      fc.property(set, set, (earlier, later) => {
        const combined = earlier.combine(later);
        for (const name of permissionNames) {
          const expected = later.get(name) === "default" ? earlier.get(name) : later.get(name);
          expect(combined.get(name)).toBe(expected);
        }
      }),
    );
  });

  it("combines associatively, with none as the identity", () => {
    fc.assert(
      fc.property(set, set, set, (a, b, c) => {
        expect(
          a
            .combine(b)
            .combine(c)
            .equals(a.combine(b.combine(c))),
        ).toBe(true);
        expect(a.combine(Permissions.none).equals(a)).toBe(true);
        expect(Permissions.none.combine(a).equals(a)).toBe(true);
      }),
    );
  });
});

describe("permission resolution", () => {
  const allow = Permissions.of({ ban_users: "allow" });
  const deny = Permissions.of({ ban_users: "deny" });

  it("gives precedence to the highest rank, regardless of the input order", () => {
    const groups = [
      { uuid: 1, position: 0, permissions: allow },
      { uuid: 2, position: 5, permissions: deny },
    ];
    expect(resolveServerPermissions(Permissions.none, groups).allows("ban_users")).toBe(true);
    expect(resolveServerPermissions(Permissions.none, groups.toReversed()).allows("ban_users")).toBe(true);
  });

  it("breaks ties of positions by uuid", () => {
    const groups = [
      { uuid: 1, position: 3, permissions: allow },
      { uuid: 2, position: 3, permissions: deny },
    ];
    expect(resolveServerPermissions(Permissions.none, groups).get("ban_users")).toBe("allow");
    expect(resolveServerPermissions(Permissions.none, groups.toReversed()).get("ban_users")).toBe("allow");
  });

  it("applies the override for the user after a group override at position 0", () => {
    const top = [{ uuid: 1, position: 0, permissions: allow }];
    expect(resolveChannelPermissions(Permissions.none, top, deny).get("ban_users")).toBe("deny");
    expect(resolveChannelPermissions(deny, top).get("ban_users")).toBe("allow");
  });
});
