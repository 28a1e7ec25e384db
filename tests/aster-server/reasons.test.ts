import { readFileSync } from "node:fs";
import { commands, isCommandName } from "@asterite/aster-protocol";
import type { PacketClient, ReceivedPacket } from "@asterite/testkit";
import { expect, it } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { ask, firstChannel, openClient, register, startServer } from "../support/server.ts";

const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const missing = 5;
const permissions = [0, 0, 0];

async function openWith(port: number, ...extensions: string[]): Promise<PacketClient> {
  const client = await openClient(port);
  if (extensions.length > 0) await ask(client, "hello", { client: "test/1", extensions });
  return client;
}

const replyTo = async (client: PacketClient, command: string, fields: object = {}): Promise<ReceivedPacket> =>
  (await ask(client, command, fields)).reply;

/** Status and reason of a refusal. */
const refusalOf = async (client: PacketClient, command: string, fields: object = {}): Promise<unknown[]> => {
  const { status, reason } = await replyTo(client, command, fields);
  return [status, reason];
};

/** Kinds of reasons in the documentation's table. */
const documented = Array.from(
  readFileSync(new URL("../../docs/aster-extensions.md", import.meta.url), "utf8").matchAll(
    /^\| `(\w+)[^`]*` +\| \d{3}/gm,
  ),
  ([, kind]) => kind,
);

type Refused = readonly [command: string, fields: object, status: number, reason: string];

/** Sends each request with and without the extension: the replies differ in the reason only. */
async function expectRefusals(
  extended: PacketClient,
  plain: PacketClient,
  refused: readonly Refused[],
): Promise<void> {
  for (const [command, fields, status, reason] of refused) {
    const text = JSON.stringify({ command, ...fields }).slice(0, 200);
    const reply = await replyTo(extended, command, fields);
    expect([reply.status, reply["reason"]], text).toEqual([status, reason]);
    const { reason: _, ...rest } = reply;
    expect(await replyTo(plain, command, fields), text).toEqual(rest);
    const [kind = "", field] = reason.split(":");
    expect(documented, text).toContain(kind);
    if (kind === "invalid" || kind === "empty" || kind === "too_long") {
      expect(isCommandName(command) && Object.keys(commands[command].request), text).toContain(field);
    }
  }
}

it("names the reason of a malformed request and of a wrong login state", async () => {
  const { port } = await startServer();
  const [extended, plain] = [await openWith(port, "reasons"), await openWith(port)];
  const garbage = ["not json", "[]", "{}"];
  for (const client of [extended, plain]) {
    // The first byte of a connection selects the framing.
    await ask(client, "ping");
    for (const text of garbage) client.send(text);
    await ask(client, "ping");
    expect(client.packets.filter(({ command }) => command === "unknown")).toEqual(
      garbage.map(() => ({
        command: "unknown",
        status: 400,
        ...(client === extended && { reason: "malformed" }),
      })),
    );
  }
  await expectRefusals(extended, plain, [
    ["fly", {}, 400, "unsupported"],
    ["get_user", {}, 400, "invalid:uuid"],
    ["get_user", { uuid: "x" }, 400, "invalid:uuid"],
    ["sync_set_servers", { servers: [{ uname: 5 }] }, 400, "invalid:servers"],
    ["create_channel", { name: "x", permissions: { "user:x:y": [] } }, 400, "invalid:permissions"],
    ["login", {}, 400, "invalid:passwd"],
    ["login", { passwd: "x" }, 400, "invalid:uname"],
    ["get_user", { uuid: missing }, 404, "unknown:uuid"],
    ["get_emoji", { uuid: missing }, 404, "unknown:uuid"],
    ["register", { uname: " ", passwd: "x" }, 400, "empty:uname"],
    ["register", { uname: "x".repeat(65), passwd: "x" }, 400, "too_long:uname:64"],
    ["login", { uname: "ann", passwd: "x" }, 404, "unknown:uname"],
    ["login", { uuid: missing, passwd: "x" }, 404, "unknown:uuid"],
    ["login", { token: "x" }, 403, "invalid_token"],
    ["nick", { nick: "x" }, 401, "login_required"],
    ["change_password", { new_password: "x" }, 405, "login_required"],
    ["send", { content: "x", channel: 1 }, 401, "login_required"],
  ]);
});

it("names the reason of every refusal to a user without permissions", async () => {
  const { port } = await startServer();
  const [extended, plain] = [await openWith(port, "reasons"), await openWith(port)];
  await register(plain, "ann");
  const uuid = await register(extended, "bob");
  const channel = await firstChannel(extended);
  const message = (await replyTo(plain, "send", { content: "x", channel }))["message"];
  const bobs = (await replyTo(extended, "send", { content: "x", channel }))["message"];
  const colour = { name: "x", colour: 0, position: 0, permissions };
  await expectRefusals(extended, plain, [
    ["register", { uname: "x", passwd: "x" }, 405, "logged_in"],
    ["login", { uname: "ann", passwd: "secret" }, 405, "logged_in"],
    ["nick", { nick: "" }, 400, "empty:nick"],
    ["nick", { nick: "x".repeat(65) }, 400, "too_long:nick:64"],
    ["nick", { nick: "ann" }, 409, "taken:name"],
    ["pfp", { data: "x" }, 400, "picture:invalid"],
    ["pfp", { data: "A".repeat(40_961) }, 400, "picture:too_large:40960"],
    ["send", { content: "\n", channel }, 400, "empty:content"],
    ["send", { content: "x".repeat(10_001), channel }, 400, "too_long:content:10000"],
    ["send", { content: "x", channel: missing }, 404, "unknown:channel"],
    ["send", { content: "x", channel, reply: missing }, 404, "unknown:reply"],
    ["history", { num: 1, channel: missing }, 404, "unknown:channel"],
    ["history", { num: 1, channel, before_message: missing }, 404, "unknown:before_message"],
    ["edit", { message: missing, new_content: "x" }, 404, "unknown:message"],
    ["delete", { message: missing }, 404, "unknown:message"],
    ["get_message", { message: missing }, 404, "unknown:message"],
    ["mark_as_read", { message: missing }, 404, "unknown:message"],
    ["search", { query: " ", limit: 1 }, 400, "empty:query"],
    ["search", { query: "x", limit: 1, channel: missing }, 404, "unknown:channel"],
    ["search", { query: "x", limit: 1, before: missing }, 404, "unknown:before"],
    ["sync_get", {}, 404, "unknown:profile"],
    ["revoke_token", { id: missing }, 404, "unknown:id"],
    ["events_after", { cursor: 999, limit: 1 }, 404, "unknown:cursor"],
    ["typing", { channel: missing }, 404, "unknown:channel"],
    ["list_channel_state", { channel: missing }, 404, "unknown:channel"],
    ["set_channel_state", { channel: missing, key: "k", value: 1 }, 404, "unknown:channel"],
    ["set_channel_state", { channel, key: "k", value: "x".repeat(16_385) }, 400, "too_long:value:16384"],
    ["set_channel_state", { channel, key: "x".repeat(33), value: 1 }, 400, "invalid:key"],
    ["create_channel", { name: "x", permissions: {} }, 403, "permission:modify_channels"],
    ["create_group", colour, 403, "permission:modify_groups"],
    ["update_user_groups", { user: uuid, groups: [] }, 403, "permission:modify_user_groups"],
    ["set_server", { name: "x" }, 403, "permission:modify_icon_name"],
    ["set_server", {}, 400, "invalid:name"],
    ["ban_user", { user: missing }, 403, "permission:ban_users"],
    ["delete_account", { user: missing }, 403, "permission:ban_users"],
    ["set_bot", {}, 400, "invalid:bot"],
    ["set_bot", { bot: true, user: missing }, 403, "permission:modify_user_groups"],
  ]);
  expect(await refusalOf(extended, "edit", { message, new_content: "y" })).toEqual([403, "not_author"]);
  expect(await refusalOf(extended, "delete", { message })).toEqual([403, "permission:manage_messages"]);
  const long = { message: bobs, new_content: "x".repeat(10_001) };
  expect(await refusalOf(extended, "edit", long)).toEqual([400, "too_long:new_content:10000"]);
  expect(await refusalOf(extended, "change_password", { new_password: "x" })).toEqual([
    400,
    "invalid:old_password",
  ]);
  const wrong = { new_password: "x", old_password: "y" };
  expect(await refusalOf(extended, "change_password", wrong)).toEqual([403, "wrong_password"]);
});

it("names the reason of every refusal to an administrator", async () => {
  const { server, admin: plain, adminUuid, adminGroup } = await startAdministered();
  const extended = await openWith(server.port, "reasons");
  await ask(extended, "login", { uname: "admin", passwd: "secret" });
  const channel = await firstChannel(extended);
  const group = { name: "x", colour: 0, position: 1, permissions };
  await expectRefusals(extended, plain, [
    ["create_channel", { name: "", permissions: {} }, 400, "empty:name"],
    ["create_channel", { name: "x", permissions: {}, position: 9 }, 400, "invalid:position"],
    ["update_channel", { uuid: missing }, 404, "unknown:uuid"],
    ["update_channel", { uuid: channel, name: "x".repeat(65) }, 400, "too_long:name:64"],
    ["update_channel", { uuid: channel, position: 9 }, 400, "invalid:position"],
    ["delete_channel", { channel: missing }, 404, "unknown:channel"],
    ["create_group", { ...group, position: 0 }, 403, "rank"],
    ["create_group", { ...group, position: 9 }, 400, "invalid:position"],
    ["create_group", { ...group, name: "" }, 400, "empty:name"],
    ["update_group", { uuid: missing }, 404, "unknown:uuid"],
    ["update_group", { uuid: adminGroup }, 403, "rank"],
    ["delete_group", { uuid: missing }, 404, "unknown:uuid"],
    ["delete_group", { uuid: adminGroup }, 403, "rank"],
    ["update_user_groups", { user: missing, groups: [] }, 404, "unknown:user"],
    ["update_user_groups", { user: adminUuid, groups: [missing] }, 404, "unknown:groups"],
    ["set_server", { name: "" }, 400, "empty:name"],
    ["set_server", { icon: "x" }, 400, "picture:invalid"],
    ["create_emoji", { name: "", data: png }, 400, "empty:name"],
    ["create_emoji", { name: "x", data: "x" }, 400, "picture:invalid"],
    ["delete_emoji", { uuid: missing }, 404, "unknown:uuid"],
    ["ban_user", { user: missing }, 404, "unknown:user"],
    ["ban_user", { user: adminUuid }, 403, "rank"],
    ["unban_user", { user: missing }, 404, "unknown:user"],
    ["delete_account", { user: missing }, 404, "unknown:user"],
    ["set_bot", { bot: true, user: missing }, 404, "unknown:user"],
  ]);
});

it("names a held key and a full channel", async () => {
  const { port } = await startServer();
  const [ann, bob] = [await openWith(port, "reasons"), await openWith(port, "reasons")];
  await register(ann, "ann");
  await register(bob, "bob");
  const channel = await firstChannel(ann);
  const set = (client: PacketClient, key: string) =>
    refusalOf(client, "set_channel_state", { channel, key, value: 1 });
  for (let key = 0; key < 32; key++) expect(await set(ann, `${key}`)).toEqual([200, undefined]);
  expect(await set(bob, "0")).toEqual([409, "taken:key"]);
  expect(await set(bob, "more")).toEqual([409, "quota:channel_keys:32"]);
});

it("names slow mode and missing channel permissions, with the wait for every client that sent hello", async () => {
  const { server, admin } = await startAdministered();
  const client = await openWith(server.port, "reasons");
  await register(client, "ann");
  const channel = await firstChannel(client);
  await ask(admin, "update_channel", { uuid: channel, slow_seconds: 60 });
  await ask(client, "send", { content: "1", channel });
  expect(await replyTo(client, "send", { content: "2", channel })).toEqual({
    command: "send",
    status: 403,
    message: 0,
    reason: "slow_mode",
    retry_after_ms: expect.any(Number),
  });
  // Denies send_messages and read_messages to all.
  await ask(admin, "set_base_permissions", { permissions: [0, 0b10_1000, 0b0100] });
  const send = await refusalOf(client, "send", { content: "3", channel });
  expect(send).toEqual([403, "permission:send_messages"]);
  const history = await refusalOf(client, "history", { channel, num: 1 });
  expect(history).toEqual([403, "permission:read_messages"]);
  expect(await refusalOf(client, "typing", { channel })).toEqual([403, "permission:send_messages"]);
});

it("distinguishes a ban from a wrong password, only with the right password and the extension", async () => {
  const { server, admin } = await startAdministered();
  const uuid = await register(await openClient(server.port), "ann");
  await ask(admin, "ban_user", { user: uuid });
  const logIn = async (passwd: string, ...extensions: string[]) =>
    await replyTo(await openWith(server.port, ...extensions), "login", { uname: "ann", passwd });
  expect(await logIn("secret", "reasons")).toEqual({ command: "login", status: 403, reason: "banned" });
  expect(await logIn("wrong", "reasons")).toEqual({
    command: "login",
    status: 403,
    reason: "wrong_password",
  });
  for (const passwd of ["secret", "wrong"]) {
    expect(await logIn(passwd, "tokens")).toEqual({ command: "login", status: 403 });
    expect(await logIn(passwd)).toEqual({ command: "login", status: 403 });
  }
});

const throttled = { failuresPerAddressAndAccount: 1, refusalDelayMs: 1 };

it("names a refused guess and its wait only with the extension", async () => {
  const { port } = await startServer({ logins: throttled });
  await register(await openClient(port), "ann");
  const logIn = async (...extensions: string[]) =>
    await replyTo(await openWith(port, ...extensions), "login", { uname: "ann", passwd: "x" });
  expect(await logIn("reasons")).toMatchObject({ reason: "wrong_password" });
  const refused = await logIn("reasons");
  expect(refused).toEqual({
    command: "login",
    status: 403,
    reason: "rate_limited",
    retry_after_ms: expect.any(Number),
  });
  expect(refused["retry_after_ms"]).toBeGreaterThan(25_000);
  expect(refused["retry_after_ms"]).toBeLessThanOrEqual(30_000);
  expect(await logIn("tokens")).toEqual({ command: "login", status: 403 });
});

it("gives the reply of a wrong password, throttled in the same way, for unknown accounts if asked to", async () => {
  const { port } = await startServer({ hideUnknownAccounts: true, logins: throttled });
  const known = await register(await openClient(port), "ann");
  const client = await openWith(port, "reasons");
  const plain = await openClient(port);
  const names = [{ uname: "ann" }, { uname: "bob" }, { uname: "carl" }];
  for (const account of names) {
    expect(await replyTo(client, "login", { ...account, passwd: "x" })).toEqual({
      command: "login",
      status: 403,
      reason: "wrong_password",
    });
  }
  for (const account of names) {
    expect(await refusalOf(client, "login", { ...account, passwd: "x" })).toEqual([403, "rate_limited"]);
    const reply = await replyTo(plain, "login", { ...account, passwd: "x" });
    expect(reply).toEqual({ command: "login", status: 403 });
  }
  expect(await refusalOf(client, "login", { uuid: known, passwd: "x" })).toEqual([403, "rate_limited"]);
  expect(await refusalOf(client, "login", { uuid: missing, passwd: "x" })).toEqual([403, "wrong_password"]);
});

it("checks a password for an unknown account too, in the order of all logins, so that the time of the reply does not show it", async () => {
  const { port } = await startServer({ hideUnknownAccounts: true });
  await register(await openClient(port), "ann");
  const known = await Promise.all(Array.from({ length: 8 }, () => openClient(port)));
  const unknown = await openClient(port);
  const replies: string[] = [];
  const logIn = async (client: PacketClient, uname: string): Promise<void> => {
    await ask(client, "login", { uname, passwd: "secret" });
    replies.push(uname);
  };
  const logins = known.map((client) => logIn(client, "ann"));
  // The server has received all of them, and checks one or two at a time.
  await Promise.race(logins);
  await Promise.all([...logins, logIn(unknown, "bob")]);
  // A reply without a check overtakes all that wait; a check ends at most one place early.
  expect(replies.indexOf("bob")).toBeGreaterThanOrEqual(known.length - 1);
});
