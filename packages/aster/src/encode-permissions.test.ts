import { Permissions } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { encodePermissions } from "./encode-permissions.ts";
import { Server } from "./server.ts";

it("returns the bytes of a set, and names the argument for anything else", () => {
  expect(encodePermissions("permissions", Permissions.all)).toEqual([85, 85, 5]);
  expect(() => encodePermissions("permissions", { ban_users: "allow" })).toThrow(
    /^permissions is \{"ban_users":"allow"\}; allowed: a set, such as Permissions.of/,
  );
});

it("names what a new group lacks, instead of failing within the library", async () => {
  const server = new Server("test", 1, { token: "t" });
  const create = (group: unknown) => server.createGroup("helpers", group as never);
  await expect(create(undefined)).rejects.toThrow(
    /group is undefined; allowed: an object with permissions, colour, position/,
  );
  await expect(create({ colour: 1, position: 1 })).rejects.toThrow(
    /permissions is undefined; allowed: a set/,
  );
  await expect(create({ color: 1 })).rejects.toThrow(
    /group has no color; known: permissions, colour, position/,
  );
});
