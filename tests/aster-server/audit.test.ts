import { join } from "node:path";
import type { AuditEntry } from "@asterite/aster-protocol";
import { openAdministration } from "@asterite/aster-server";
import { type PacketClient, PostgresServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { temporaryFolder } from "../support/asterite.ts";
import {
  ask,
  firstChannel,
  openClient,
  register,
  registered,
  startServer,
  statusOf,
} from "../support/server.ts";

async function auditOf(client: PacketClient, query: object = {}): Promise<AuditEntry[]> {
  const { reply } = await ask(client, "list_audit", { limit: 100, ...query });
  expect(reply.status).toBe(200);
  return reply["data"] as AuditEntry[];
}

it("records who changed what, from where, and the values before and after", async () => {
  const { server, admin, adminUuid } = await startAdministered();
  const { uuid } = await registered(server.port, "ann");
  const channel = await firstChannel(admin);
  await ask(admin, "update_channel", {
    uuid: channel,
    name: "hall",
    permissions: { [`user:${uuid}`]: [0, 8] },
  });
  const created = await ask(admin, "create_group", {
    name: "staff",
    colour: 3,
    permissions: [1],
    position: 1,
  });
  const group = Number(created.reply["uuid"]);
  await ask(admin, "update_user_groups", { user: uuid, groups: [group] });
  await ask(admin, "ban_user", { user: uuid });
  const [banned, joined, made, renamed] = await auditOf(admin);
  const common = { actor: adminUuid, address: "127.0.0.1", result: "ok", count: 1 };
  expect(banned).toMatchObject({ ...common, action: "ban_user", target: `user:${uuid}` });
  expect(banned).toMatchObject({ before: { banned: false }, after: { banned: true } });
  expect(joined).toMatchObject({
    action: "update_user_groups",
    before: { groups: [] },
    after: { groups: [group] },
  });
  expect(made).toMatchObject({
    ...common,
    target: `group:${group}`,
    before: null,
    after: { name: "staff", position: 1, permissions: { modify_channels: "allow" } },
  });
  expect(renamed).toMatchObject({
    action: "update_channel",
    target: `channel:${channel}`,
    before: { name: "general" },
    after: { name: "hall", overrides: { [`user:${uuid}`]: { send_messages: "deny" } } },
  });
});

it("records accounts, sessions and deletions of others, but no secret, no text and no message", async () => {
  const { server, admin } = await startAdministered();
  const ann = await openClient(server.port);
  await ask(ann, "hello", { client: "test/1", extensions: ["tokens"] });
  const { reply } = await ask(ann, "register", { uname: "ann", passwd: "first secret", want_token: true });
  const uuid = Number(reply["uuid"]);
  await ask(ann, "nick", { nick: "anna" });
  await ask(ann, "set_bot", { bot: true });
  const channel = await firstChannel(ann);
  const sent = await ask(ann, "send", { content: "a deleted text", channel });
  const own = await ask(ann, "send", { content: "taken back", channel });
  await ask(ann, "delete", { message: own.reply["message"] });
  await ask(admin, "delete", { message: sent.reply["message"] });
  await ask(ann, "change_password", { new_password: "second secret", old_password: "first secret" });
  const again = await openClient(server.port);
  await ask(again, "login", { uname: "anna", passwd: "second secret", want_token: true });
  for (let count = 0; count < 3; count++) {
    await ask(await openClient(server.port), "login", { uname: "anna", passwd: "second secret" });
  }
  await ask(again, "delete_account", { user: uuid, password: "second secret" });
  const entries = (await auditOf(admin)).toReversed();
  const about = entries.filter(({ actor, target }) => actor === uuid || target?.startsWith("message:"));
  expect(about.map(({ action }) => action)).toEqual([
    "register",
    "nick",
    "set_bot",
    "delete",
    "change_password",
    "login",
    "login",
    "delete_account",
  ]);
  expect(about[0]).toMatchObject({ before: null, after: { name: "ann", tokens: { [1]: "test/1" } } });
  expect(about[1]).toMatchObject({ before: { name: "ann" }, after: { name: "anna" } });
  expect(about[3]).toMatchObject({ before: { author: uuid, channel }, after: null });
  expect(about[4]).toMatchObject({ before: { tokens: { [1]: "test/1" } } });
  expect(about[5]).toMatchObject({ after: { tokens: { [2]: "" } }, count: 1 });
  expect(about[6]).toMatchObject({ before: null, after: null, count: 3 });
  expect(about[7]).toMatchObject({ before: { name: "anna" }, after: { name: "deleted user", bot: false } });
  expect(JSON.stringify(entries)).not.toMatch(/secret|text|taken|scrypt|argon|\$/);
});

it("records who took a channel state from whom, without its value", async () => {
  const { server, admin, adminUuid } = await startAdministered();
  const { client: ann, uuid } = await registered(server.port, "ann");
  const channel = await firstChannel(admin);
  const set = (client: PacketClient, value: unknown) =>
    statusOf(client, "set_channel_state", { channel, key: "music", value });
  expect(await set(ann, "first song")).toBe(200);
  expect(await set(admin, "second song")).toBe(200);
  expect(await set(admin, "third song")).toBe(200);
  expect(await set(ann, "first song")).toBe(409);
  expect(await set(admin, null)).toBe(200);
  expect(await set(ann, "first song")).toBe(200);
  expect(await set(admin, null)).toBe(200);
  const entries = await auditOf(admin, { action: "set_channel_state" });
  const common = { actor: adminUuid, address: "127.0.0.1", target: `channel:${channel}`, result: "ok" };
  const before = { key: "music", author: uuid };
  expect(entries).toMatchObject([
    { ...common, before, after: null },
    { ...common, before, after: { key: "music", author: adminUuid } },
  ]);
  expect(JSON.stringify(entries)).not.toContain("song");
});

it("records refused escalations and failed logins with their address, merged", async () => {
  const { server, admin } = await startAdministered({ logins: { refusalDelayMs: 1 } });
  const { client: ann, uuid } = await registered(server.port, "ann");
  for (let count = 0; count < 3; count++) {
    await ask(ann, "create_group", { name: "x", colour: 0, permissions: [85], position: 0 });
  }
  for (let count = 0; count < 12; count++) {
    await ask(await openClient(server.port), "login", { uname: "ann", passwd: "wrong" });
  }
  await ask(await openClient(server.port), "login", { uname: "my password", passwd: "ann" });
  const refused = async () =>
    (await auditOf(admin)).filter(({ result }) => result !== "ok").toSorted((a, b) => a.id - b.id);
  await expect.poll(refused, { timeout: 5000 }).toMatchObject([
    {
      action: "create_group",
      actor: uuid,
      result: "permission:modify_groups",
      count: 3,
      address: "127.0.0.1",
    },
    {
      action: "login",
      actor: null,
      result: "wrong_password",
      count: 10,
      after: { accounts: [`user:${uuid}`] },
    },
    { action: "login", result: "rate_limited", count: 2, address: "127.0.0.1" },
    { action: "login", result: "unknown:uname", target: null },
  ]);
  expect(JSON.stringify(await refused())).not.toContain("my password");
});

it("shows the log only to the highest rank with the right to assign groups", async () => {
  const { server, admin, adminGroup } = await startAdministered();
  const { client: ann, uuid } = await registered(server.port, "ann");
  expect(await statusOf(ann, "list_audit", { limit: 10 })).toBe(403);
  const created = await ask(admin, "create_group", {
    name: "x",
    colour: 0,
    permissions: [85, 85, 5],
    position: 1,
  });
  await ask(admin, "update_user_groups", { user: uuid, groups: [created.reply["uuid"]] });
  expect(await statusOf(ann, "list_audit", { limit: 10 })).toBe(403);
  await ask(admin, "update_user_groups", { user: uuid, groups: [adminGroup] });
  expect(await statusOf(ann, "list_audit", { limit: 10 })).toBe(200);
  expect(await statusOf(await openClient(server.port), "list_audit", { limit: 10 })).toBe(401);
});

it("pages and filters the log, and keeps as many entries as configured", async () => {
  const { admin, adminUuid } = await startAdministered({ audit: { entries: 5 } });
  for (let count = 0; count < 8; count++) await ask(admin, "set_server", { name: `Name ${count}` });
  const { reply } = await ask(admin, "list_audit", { limit: 3, action: "set_server" });
  const data = reply["data"] as AuditEntry[];
  expect(reply["more"]).toBe(true);
  expect(data.map(({ after }) => after?.["name"])).toEqual(["Name 7", "Name 6", "Name 5"]);
  const rest = await ask(admin, "list_audit", { limit: 3, before: data.at(-1)?.id, actor: adminUuid });
  expect(rest.reply["data"]).toHaveLength(3);
  expect(await auditOf(admin, { target: "server", since: 1 })).toHaveLength(8);
  expect(await auditOf(admin, { actor: 1 })).toEqual([]);
  for (let count = 0; count < 120; count++) admin.send({ command: "set_server", name: `Many ${count}` });
  await ask(admin, "ping");
  await expect.poll(async () => (await auditOf(admin, { action: "set_server" })).length).toBeLessThan(100);
});

describe.each(["SQLite", "PostgreSQL"] as const)("the operator on %s", (kind) => {
  let postgres: PostgresServer | undefined;
  beforeAll(async () => {
    if (kind === "PostgreSQL" && PostgresServer.isInstalled) postgres = await PostgresServer.start();
  }, 60_000);
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
  });

  it.skipIf(kind === "PostgreSQL" && !PostgresServer.isInstalled)(
    "is recorded with every change",
    async () => {
      const database = postgres?.createDatabase() ?? join(await temporaryFolder(), "aster.db");
      const first = await startServer({ database });
      const annUuid = await register(await openClient(first.port), "ann");
      await first.close();
      const connection = await openAdministration(database);
      const { execute } = connection;
      await execute({ command: "create_user", name: "bob", password: "a long secret" });
      await execute({ command: "set_password", user: annUuid, password: "another secret" });
      const { token } = await execute({ command: "create_token", user: annUuid, client: "a bot" });
      await execute({ command: "ban_user", user: annUuid });
      await execute({ command: "list_user_tokens", user: annUuid });
      await expect(execute({ command: "ban_user", user: 1 })).rejects.toThrow("not found");
      const { data } = await execute({ command: "list_audit", limit: 100, actor: -1 });
      await connection.close();
      expect((data as AuditEntry[]).map(({ action, target }) => [action, target])).toEqual([
        ["ban_user", `user:${annUuid}`],
        ["create_token", `user:${annUuid}`],
        ["set_password", `user:${annUuid}`],
        ["create_user", expect.stringMatching(/^user:\d+$/)],
      ]);
      expect((data as AuditEntry[])[1]).toMatchObject({ address: null, after: { tokens: { 1: "a bot" } } });
      expect(JSON.stringify(data)).not.toContain("secret");
      expect(JSON.stringify(data)).not.toContain(token);
    },
  );
});
