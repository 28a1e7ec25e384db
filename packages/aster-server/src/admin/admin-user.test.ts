import { Permissions } from "@asterite/aster-protocol";
import { type Logger, silentLogger } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import { verifyPassword } from "../auth/password.ts";
import { openSqliteStore } from "../store/sqlite/sqlite-store.ts";
import type { StoreAccess } from "../store/store.ts";
import { ensureAdminUser } from "./admin-user.ts";

function setUp() {
  const store = openSqliteStore(":memory:", { name: "Test", icon: new Uint8Array([1]) });
  onTestFinished(() => store.close());
  const logged: object[] = [];
  const logger: Logger = { ...silentLogger, info: (fields) => logged.push(fields) };
  return {
    store,
    logged,
    ensure: (name: string, password = "secret") =>
      ensureAdminUser({ name, password }, { store, picture: "cGlj", logger }),
    write: (run: (tx: StoreAccess) => Promise<unknown>) => store.transact({ run, onCommit: () => {} }),
    groups: async () =>
      (await store.read.readAccessRules()).groups
        .toSorted((a, b) => a.position - b.position)
        .map((group) => ({ ...group, permissions: group.permissions.toBytes() })),
  };
}

it("creates the group above all others and the account, once", async () => {
  const { store, ensure, write, groups, logged } = setUp();
  const staff = { name: "staff", colour: 5, permissions: Permissions.none, position: 0 };
  await write((tx) => tx.groups.add(staff));
  await ensure("ann");
  await ensure("ann", "another");
  const [admin, ...others] = await groups();
  expect(admin).toMatchObject({ name: "admin", colour: 0, permissions: [85, 85, 5], position: 0 });
  expect(others).toEqual([{ ...staff, permissions: [0, 0, 0], uuid: expect.any(Number), position: 1 }]);
  expect(await store.read.accounts.list()).toEqual([
    { uuid: expect.any(Number), name: "ann", pfp: "cGlj", groups: [admin?.uuid], isBot: false },
  ]);
  const account = await store.read.accounts.findCredentialsByName("ann");
  expect(await verifyPassword(account?.password ?? "", "secret")).toBe(true);
  expect(logged).toEqual([
    { name: "ann", groupMade: true, accountMade: true, passwordSet: true, joined: true },
    { name: "ann", groupMade: false, accountMade: false, passwordSet: false, joined: false },
  ]);
  expect(JSON.stringify(logged)).not.toContain("secret");
});

it("keeps the groups and the password of an existing account", async () => {
  const { store, ensure, write } = setUp();
  let staff = 0;
  await write(async (tx) => {
    staff = await tx.groups.add({ name: "staff", colour: 5, permissions: Permissions.none, position: 0 });
    const ann = await tx.accounts.add({ name: "ann", pfp: "", password: "hash" });
    await tx.accounts.setGroups(ann, [staff]);
  });
  await ensure("ann");
  const [ann] = await store.read.accounts.list();
  expect(ann?.groups).toEqual([staff, expect.any(Number)]);
  expect((await store.read.accounts.findCredentialsByName("ann"))?.password).toBe("hash");
});

it("sets the password of an account without one", async () => {
  const { store, ensure, write } = setUp();
  await write((tx) => tx.accounts.add({ name: "ann", pfp: "", password: "" }));
  await ensure("ann");
  const account = await store.read.accounts.findCredentialsByName("ann");
  expect(await verifyPassword(account?.password ?? "", "secret")).toBe(true);
});

it("does not add permissions to an existing group with the same name", async () => {
  const { ensure, write, groups } = setUp();
  const weak = { name: "admin", colour: 1, permissions: Permissions.none, position: 0 };
  await write((tx) => tx.groups.add(weak));
  await ensure("ann");
  await ensure("ben");
  expect((await groups()).map(({ colour, permissions }) => [colour, permissions])).toEqual([
    [0, [85, 85, 5]],
    [1, [0, 0, 0]],
  ]);
});
