import { type PermissionName, Permissions } from "@asterite/aster-protocol";
import { openAdministration } from "@asterite/aster-server";
import { type PacketClient, PostgresServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { asterite, temporaryFolder } from "../support/asterite.ts";
import { ask, openClient, startServer, statusOf } from "../support/server.ts";

const hello = { client: "test/1", extensions: ["reasons", "invites", "groups", "admin"] };

async function open(port: number): Promise<PacketClient> {
  const client = await openClient(port);
  await ask(client, "hello", hello);
  return client;
}

type Reply = Readonly<Record<string, unknown>> & { readonly status: number };

const replyTo = async (client: PacketClient, command: string, fields: object = {}) =>
  (await ask(client, command, fields)).reply as Reply;

const outcome = async (client: PacketClient, command: string, fields: object): Promise<unknown[]> => {
  const { status, reason } = await replyTo(client, command, fields);
  return reason === undefined ? [status] : [status, reason];
};

it.each(["open", "invite", "closed"] as const)("announces and applies the mode %s", async (registration) => {
  const { port } = await startServer({ registration });
  const client = await openClient(port);
  expect(await replyTo(client, "hello", hello)).toMatchObject({ registration });
  const account = { uname: "ann", passwd: "secret" };
  const expected = { open: [200], invite: [403, "invite_required"], closed: [403, "registration_closed"] };
  // A legacy client, which knows no invites.
  const legacy = await openClient(port);
  expect(await statusOf(legacy, "register", { ...account, uname: "legacy" })).toBe(expected[registration][0]);
  expect(await outcome(client, "register", account)).toEqual(expected[registration]);
  if (registration === "closed") {
    expect(await outcome(client, "register", { ...account, invite: "x" })).toEqual(expected.closed);
  }
});

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  if (PostgresServer.isInstalled) postgres = await PostgresServer.start();
}, 60_000);
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

for (const backEnd of ["SQLite", "PostgreSQL"] as const) {
  const isMissing = backEnd === "PostgreSQL" && !PostgresServer.isInstalled;
  describe.skipIf(isMissing)(`invites, ${backEnd}`, () => {
    const serve = async () => {
      const database = backEnd === "SQLite" ? ":memory:" : postgres?.createDatabase();
      const adminUser = { name: "admin", password: "secret" };
      const { port } = await startServer({
        registration: "invite",
        adminUser,
        ...(database && { database }),
      });
      const admin = await open(port);
      await ask(admin, "login", { uname: "admin", passwd: "secret" });
      const group = { name: "guests", colour: 0, permissions: [0, 0, 0], position: 1 };
      const { uuid } = await replyTo(admin, "create_group", group);
      return { port, admin, guests: Number(uuid) };
    };

    it("register as many accounts as they have uses, with their groups", async () => {
      const { port, admin, guests } = await serve();
      const created = await replyTo(admin, "create_invite", { uses: 2, groups: [guests] });
      expect(created).toMatchObject({ status: 200, uses_left: 2 });
      const { invite, id } = created;
      const join = async (uname: string) =>
        outcome(await open(port), "register", { uname, passwd: "secret", invite });
      // Both registrations and a third one run at the same time: only two may succeed.
      const outcomes = await Promise.all(["ann", "bob", "carl"].map(join));
      expect(outcomes.toSorted()).toEqual([[200], [200], [403, "invite_invalid"]]);
      const users = (await replyTo(admin, "get_metadata"))["data"] as { groups?: number[]; name: string }[];
      const joined = users.filter(({ name }) => name !== "admin");
      expect(joined).toHaveLength(2);
      expect((await replyTo(admin, "list_invites"))["data"]).toEqual([]);
      expect(await outcome(admin, "revoke_invite", { id })).toEqual([404, "unknown:id"]);
      for (const user of joined) expect(user.groups).toEqual([guests]);
    });

    it("end by revocation and when they expire", async () => {
      const { port, admin } = await serve();
      const now = Math.floor(Date.now() / 1000);
      const [short, long] = [
        await replyTo(admin, "create_invite", { expires: now + 2 }),
        await replyTo(admin, "create_invite"),
      ];
      const join = async ({ invite }: Reply) =>
        outcome(await open(port), "register", { uname: "ann", passwd: "secret", invite });
      expect((await replyTo(admin, "list_invites"))["data"]).toMatchObject([
        { id: short["id"] },
        { id: long["id"] },
      ]);
      expect(await outcome(admin, "revoke_invite", { id: long["id"] })).toEqual([200]);
      expect(await join(long)).toEqual([403, "invite_invalid"]);
      const listed = async () => (await replyTo(admin, "list_invites"))["data"];
      await expect.poll(listed, { timeout: 10_000 }).toEqual([]);
      expect(await join(short)).toEqual([403, "invite_invalid"]);
      expect(await outcome(admin, "create_invite", { expires: now - 1 })).toEqual([400, "invalid:expires"]);
      expect(await outcome(admin, "create_invite", { uses: 0 })).toEqual([400, "invalid:uses"]);
      expect(await outcome(admin, "create_invite", { groups: [1] })).toEqual([404, "unknown:groups"]);
    });
  });
}

it("invites grant no group that their author could not assign, then or later", async () => {
  const { server, admin, adminGroup } = await startAdministered({ registration: "open" });
  await ask(admin, "hello", hello);
  const member = await open(server.port);
  const { uuid } = await replyTo(member, "register", { uname: "mod", passwd: "secret" });
  expect(await outcome(member, "create_invite", {})).toEqual([403, "permission:modify_user_groups"]);
  const create = async (name: string, position: number, permissions: number[]) =>
    Number((await replyTo(admin, "create_group", { name, colour: 0, permissions, position }))["uuid"]);
  const allow = (name: PermissionName) => Permissions.of({ [name]: "allow" }).toBytes();
  const moderators = await create("moderators", 1, allow("modify_user_groups"));
  const banners = await create("banners", 2, allow("ban_users"));
  const guests = await create("guests", 3, [0, 0, 0]);
  await ask(admin, "update_user_groups", { user: uuid, groups: [moderators] });
  const invite = async (...groups: number[]) => outcome(member, "create_invite", { groups });
  const allowed = (await replyTo(member, "create_invite", { groups: [guests] })) as Reply;
  expect(allowed).toMatchObject({ status: 200 });
  expect(await invite(adminGroup)).toEqual([403, "rank"]);
  expect(await invite(moderators)).toEqual([403, "rank"]);
  expect(await invite(guests, banners)).toEqual([403, "permission:ban_users"]);
  await ask(admin, "update_user_groups", { user: uuid, groups: [] });
  const join = { uname: "new", passwd: "secret", invite: allowed["invite"] };
  expect(await outcome(await open(server.port), "register", join)).toEqual([403, "invite_invalid"]);
  await ask(admin, "update_user_groups", { user: uuid, groups: [moderators] });
  expect(await outcome(await open(server.port), "register", join)).toEqual([200]);
});

it("limits the accounts of an address, but not those by invite", async () => {
  const adminUser = { name: "admin", password: "secret" };
  const { port } = await startServer({ capacity: { registrationsPerHour: 2 }, adminUser });
  const register = async (uname: string, invite?: unknown) =>
    await replyTo(await open(port), "register", { uname, passwd: "secret", invite });
  expect((await register("a")).status).toBe(200);
  expect((await register("a")).status).toBe(409);
  expect((await register("b")).status).toBe(200);
  const refused = await register("c");
  expect(refused).toMatchObject({ status: 403, reason: "rate_limited" });
  expect(refused["retry_after_ms"]).toBeGreaterThan(1_700_000);
  expect(refused["retry_after_ms"]).toBeLessThanOrEqual(1_800_000);
  const admin = await open(port);
  await ask(admin, "login", { uname: "admin", passwd: "secret" });
  const { invite } = await replyTo(admin, "create_invite");
  expect((await register("c", invite)).status).toBe(200);
});

it("the operator creates invites, with the link to the page", async () => {
  const data = await temporaryFolder();
  const database = `${data}/aster.db`;
  const { port } = await startServer({ database, registration: "invite", adminSocket: `${data}/admin.sock` });
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await asterite(["admin", "--data", data, ...args]);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  const printed = await run("invite", "create", "--uses", "3", "--address", "chat.example.org");
  const [, code] = /https:\/\/chat\.example\.org:2345\/#invite=([\w-]{43})/.exec(printed) ?? [];
  const registration = { uname: "ann", passwd: "a long secret", invite: code };
  expect(await outcome(await open(port), "register", registration)).toEqual([200]);
  expect(await run("invite", "list")).toMatch(/operator +2 /);
  await run("invite", "revoke", "1");
  const operator = await openAdministration(database);
  expect((await operator.execute({ command: "list_invites" }))["data"]).toEqual([]);
  await operator.close();
});
