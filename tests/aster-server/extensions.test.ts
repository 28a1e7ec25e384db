import type { PacketClient } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { startAdministered } from "../support/admin.ts";
import {
  ask,
  firstChannel,
  openClient,
  register,
  registered,
  startServer,
  statusOf,
} from "../support/server.ts";

async function registeredWith(port: number, name: string, ...extensions: string[]): Promise<PacketClient> {
  const client = await openClient(port);
  await ask(client, "hello", { client: "test/1", extensions });
  await register(client, name);
  return client;
}

const replyTo = async (client: PacketClient, command: string, fields: object = {}) =>
  (await ask(client, command, fields)).reply;

it("lists its extensions in the reply to hello, and sends legacy clients no new packets or fields", async () => {
  const { port } = await startServer();
  const client = await openClient(port);
  const hello = await replyTo(client, "hello", { client: "test/1", extensions: ["cursor", "unheard-of"] });
  expect(hello).toMatchObject({
    status: 200,
    server: expect.stringMatching(/^asterite\/\d+\.\d+\.\d+$/),
    extensions: expect.arrayContaining(["tokens", "nonce", "cursor", "state", "typing", "slowmode"]),
    limits: { content: 10_000, line: 4_194_304, history: 1000, pfp: 40_960 },
    cursor: expect.any(Number),
  });
  const { client: legacy } = await registered(port, "legacy");
  const ann = await registeredWith(port, "ann", "typing", "state", "cursor", "groups", "admin", "markers");
  const channel = await firstChannel(ann);
  await ask(ann, "typing", { channel });
  await ask(ann, "set_channel_state", { channel, key: "song", value: { title: "x" } });
  await ask(ann, "send", { content: "hi", channel, nonce: "n" });
  await ask(legacy, "ping");
  const known = ["API_version", "get_metadata", "online", "register", "content", "ping"];
  expect(legacy.packets.filter(({ command }) => !known.includes(String(command)))).toEqual([]);
  expect(legacy.packets.filter((packet) => "seq" in packet || "nonce" in packet)).toEqual([]);
});

describe("tokens", () => {
  it("replace the password at login until they are revoked or the password changes", async () => {
    const { port } = await startServer();
    const client = await openClient(port);
    await ask(client, "hello", { client: "web/2", extensions: ["tokens"] });
    const { token, uuid } = await replyTo(client, "register", {
      uname: "ann",
      passwd: "secret",
      want_token: true,
    });
    expect(token).toMatch(/^[\w-]{43}$/);
    const login = async (given: unknown) => replyTo(await openClient(port), "login", { token: given });
    expect(await login(token)).toEqual({ command: "login", status: 200, uuid });
    expect((await login(`${token}x`)).status).toBe(403);
    const [listed] = (await replyTo(client, "list_tokens"))["data"] as { id: number; client: string }[];
    expect(listed).toEqual({
      id: expect.any(Number),
      client: "web/2",
      created: expect.any(Number),
      last_used: expect.any(Number),
    });
    expect(await statusOf(client, "revoke_token", { id: 99 })).toBe(404);
    expect(await statusOf(client, "revoke_token", { id: listed?.id })).toBe(200);
    expect((await login(token)).status).toBe(403);
    const again = await openClient(port);
    const second = await replyTo(again, "login", { uname: "ann", passwd: "secret", want_token: true });
    expect(await statusOf(client, "change_password", { new_password: "x" })).toBe(400);
    expect(await statusOf(client, "change_password", { new_password: "x", old_password: "y" })).toBe(403);
    expect(await statusOf(client, "change_password", { new_password: "x", old_password: "secret" })).toBe(
      200,
    );
    expect((await login(second["token"])).status).toBe(403);
  });
});

describe("nonce", () => {
  it("returns the first message when repeated, without storing a second one", async () => {
    const { port } = await startServer();
    const ann = await registeredWith(port, "ann", "nonce");
    const { client: bob } = await registered(port, "bob");
    const channel = await firstChannel(ann);
    const send = (client: PacketClient) => ask(client, "send", { content: "hi", channel, nonce: "n-1" });
    const first = await send(ann);
    expect(first.pushes.at(-1)).toMatchObject({ command: "content", nonce: "n-1" });
    expect(first.reply).toMatchObject({ status: 200, nonce: "n-1" });
    const second = await send(ann);
    expect(second.reply["message"]).toBe(first.reply["message"]);
    expect(second.pushes).toEqual([]);
    expect((await send(bob)).reply["message"]).not.toBe(first.reply["message"]);
    expect((await replyTo(ann, "history", { channel, num: 9 }))["data"]).toHaveLength(2);
  });
});

describe("cursor", () => {
  it("returns every missed event once, in order, as far as the user may read it", async () => {
    const { server, admin } = await startAdministered();
    const ann = await registeredWith(server.port, "ann", "cursor");
    const { uuid: annUuid } = (ann.packets.find(({ command }) => command === "register") ?? {}) as {
      uuid: number;
    };
    const channel = await firstChannel(ann);
    const { pushes } = await ask(ann, "send", { content: "before", channel });
    const cursor = pushes.at(-1)?.["seq"] as number;
    expect(cursor).toEqual(expect.any(Number));
    await ann.close();

    const hidden = await replyTo(admin, "create_channel", {
      name: "hidden",
      permissions: { [`user:${annUuid}`]: [0, 0, 8] },
    });
    const sent: unknown[] = [];
    for (const content of ["1", "2", "3"])
      sent.push((await replyTo(admin, "send", { content, channel }))["message"]);
    await ask(admin, "send", { content: "secret", channel: hidden["uuid"] });
    await ask(admin, "edit", { message: sent[0], new_content: "one" });
    await ask(admin, "delete", { message: sent[1] });

    const again = await openClient(server.port);
    await ask(again, "hello", { client: "test/1", extensions: ["cursor"] });
    const login = await replyTo(again, "login", { uname: "ann", passwd: "secret" });
    const missed: Record<string, unknown>[] = [];
    let at = cursor;
    for (let more = true; more; ) {
      const page = await replyTo(again, "events_after", { cursor: at, limit: 3 });
      missed.push(...(page["events"] as Record<string, unknown>[]));
      more = page["more"] as boolean;
      at = page["cursor"] as number;
    }
    expect(at).toBe(login["cursor"]);
    const seqs = missed.map(({ seq }) => seq as number);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
    const events = missed.filter(({ command }) => command !== "list_channels");
    expect(events.map(({ command }) => command)).toEqual([
      "content",
      "content",
      "message_edited",
      "message_deleted",
    ]);
    expect(events[0]).toMatchObject({ uuid: sent[0], content: "one", status: 200 });
    expect(events[3]).toMatchObject({ message: sent[1], channel_uuid: channel });
    expect(JSON.stringify(missed)).not.toContain("secret");
    expect(await statusOf(again, "events_after", { cursor: at + 1000, limit: 3 })).toBe(404);
    expect((await replyTo(again, "events_after", { cursor: at, limit: 3 }))["events"]).toEqual([]);
  });
});

describe("messages, search and markers", () => {
  it("returns one message by its uuid", async () => {
    const { port } = await startServer();
    const { client } = await registered(port, "ann");
    const channel = await firstChannel(client);
    const { message } = (await ask(client, "send", { content: "hi", channel })).reply;
    expect((await replyTo(client, "get_message", { message }))["data"]).toMatchObject({
      uuid: message,
      content: "hi",
    });
    expect(await statusOf(client, "get_message", { message: 1 })).toBe(404);
  });

  it("finds words, newest first, reflects edits and deletions, and has no operators", async () => {
    const { port } = await startServer();
    const { client, uuid } = await registered(port, "ann");
    const channel = await firstChannel(client);
    const sent: number[] = [];
    for (const content of ["The quick brown fox", "a BROWN dog", "nothing", 'say "OR brown" NEAR']) {
      sent.push((await ask(client, "send", { content, channel })).reply["message"] as number);
    }
    const find = async (query: string, fields: object = {}) =>
      (await replyTo(client, "search", { query, limit: 10, ...fields }))["data"] as {
        uuid: number;
        snippet: string;
      }[];
    expect((await find("brown")).map((found) => found.uuid)).toEqual([sent[3], sent[1], sent[0]]);
    expect((await find("brow"))[2]?.snippet).toContain("**brown**");
    expect(await find("brown fox")).toHaveLength(1);
    expect(await find('brown" OR "nothing')).toEqual([]);
    expect(await find("brown", { author: uuid + 1 })).toEqual([]);
    expect((await find("brown", { before: sent[3], limit: 1 })).map((found) => found.uuid)).toEqual([
      sent[1],
    ]);
    const now = Math.floor(Date.now() / 1000);
    expect(await find("brown", { since: now - 3600, until: now + 3600 })).toHaveLength(3);
    expect(await find("brown", { since: now + 3600 })).toEqual([]);
    expect(await find("brown", { until: now - 3600 })).toEqual([]);
    await ask(client, "edit", { message: sent[1], new_content: "a grey dog" });
    await ask(client, "delete", { message: sent[0] });
    expect((await find("brown")).map((found) => found.uuid)).toEqual([sent[3]]);
    expect(await find("grey")).toHaveLength(1);
    expect(await statusOf(client, "search", { query: " ", limit: 1 })).toBe(400);
    for (const query of ["*", "a*b", "(", "^x", "x:y", "-", '"', "NEAR(", "{", "'", "\0", "a\0b", "\ufeff"]) {
      expect([query, await statusOf(client, "search", { query, limit: 1 })]).toEqual([query, 200]);
    }
  });

  it("publishes a moved read marker to the user's other sessions", async () => {
    const { port } = await startServer();
    const phone = await registeredWith(port, "ann", "markers");
    const desk = await openClient(port);
    await ask(desk, "hello", { client: "test/1", extensions: ["markers"] });
    await ask(desk, "login", { uname: "ann", passwd: "secret" });
    const channel = await firstChannel(phone);
    const { message } = (await ask(phone, "send", { content: "1", channel })).reply;
    await ask(phone, "send", { content: "2", channel });
    const { pushes } = await ask(phone, "mark_as_read", { message });
    expect(pushes.filter(({ command }) => command === "read_marker")).toEqual([]);
    const { packet } = await desk.until(({ command }) => command === "read_marker");
    expect(packet).toMatchObject({ channel, message, unread: 1, status: 200 });
    expect((await replyTo(desk, "get_last_reads"))["last_reads"]).toEqual({
      [String(channel)]: [expect.any(Number), 1, message],
    });
  });
});

describe("administration", () => {
  it("changes the server's name, base permissions and emoji, with the permission only", async () => {
    const { server, admin } = await startAdministered();
    const ann = await registeredWith(server.port, "ann", "admin");
    const icon = (await replyTo(ann, "get_icon"))["data"];
    for (const [command, fields] of [
      ["set_server", { name: "x" }],
      ["set_base_permissions", { permissions: [] }],
      ["create_emoji", { name: "x", data: icon }],
      ["delete_emoji", { uuid: 1 }],
      ["ban_user", { user: 1 }],
      ["list_bans", {}],
    ] as const) {
      expect([command, await statusOf(ann, command, fields)]).toEqual([command, 403]);
    }
    expect(await statusOf(admin, "set_server", {})).toBe(400);
    expect(await statusOf(admin, "set_server", { name: "Renamed" })).toBe(200);
    expect((await ann.until(({ command }) => command === "get_name")).packet["data"]).toBe("Renamed");
    expect((await replyTo(await openClient(server.port), "get_name"))["data"]).toBe("Renamed");
    const { uuid } = await replyTo(admin, "create_emoji", { name: "smile", data: icon });
    expect((await ann.until(({ command }) => command === "list_emoji")).packet["data"]).toEqual([
      ["smile", uuid],
    ]);
    expect((await replyTo(ann, "get_emoji", { uuid }))["data"]).toEqual({ uuid, name: "smile", data: icon });
    expect(await statusOf(admin, "delete_emoji", { uuid })).toBe(200);
    expect(await statusOf(admin, "delete_emoji", { uuid })).toBe(404);
    const channel = await firstChannel(ann);
    expect(await statusOf(admin, "set_base_permissions", { permissions: [170, 154, 5] })).toBe(200);
    expect(await statusOf(ann, "send", { content: "x", channel })).toBe(403);
    expect(await statusOf(admin, "send", { content: "x", channel })).toBe(200);
  });

  it("ends the sessions and tokens of a banned user, refuses logins, and protects equal ranks", async () => {
    const { server, admin, adminUuid } = await startAdministered();
    const { client: ann, uuid } = await registered(server.port, "ann");
    expect(await statusOf(admin, "ban_user", { user: adminUuid })).toBe(403);
    expect(await statusOf(admin, "ban_user", { user: 1 })).toBe(404);
    expect(await statusOf(admin, "ban_user", { user: uuid })).toBe(200);
    await ann.closed;
    const login = async () =>
      statusOf(await openClient(server.port), "login", { uname: "ann", passwd: "secret" });
    expect(await login()).toBe(403);
    expect((await replyTo(admin, "list_bans"))["data"]).toEqual([{ user: uuid, date: expect.any(Number) }]);
    expect(await statusOf(admin, "unban_user", { user: uuid })).toBe(200);
    expect(await statusOf(admin, "unban_user", { user: uuid })).toBe(404);
    expect(await login()).toBe(200);
  });

  it("deletes an account but keeps its messages", async () => {
    const { server, admin } = await startAdministered();
    const { client: ann, uuid } = await registered(server.port, "ann");
    const { client: bob, uuid: bobUuid } = await registered(server.port, "bob");
    const channel = await firstChannel(ann);
    await ask(ann, "send", { content: "still here", channel });
    await ask(admin, "update_channel", { uuid: channel, permissions: { [`user:${uuid}`]: [0, 0, 4] } });
    expect(await statusOf(bob, "delete_account", { user: uuid })).toBe(403);
    expect(await statusOf(ann, "delete_account", { user: uuid })).toBe(403);
    expect(await statusOf(ann, "delete_account", { user: uuid, password: "x" })).toBe(403);
    expect(await statusOf(ann, "delete_account", { user: uuid, password: "secret" })).toBe(200);
    await ann.closed;
    expect((await replyTo(bob, "history", { channel, num: 9 }))["data"]).toMatchObject([
      { author_uuid: uuid },
    ]);
    expect((await replyTo(bob, "get_user", { uuid }))["data"]).toMatchObject({ name: "deleted user" });
    const listed = (await replyTo(bob, "list_channels"))["data"] as { permissions: object }[];
    expect(listed[0]?.permissions).toEqual({});
    const other = await openClient(server.port);
    expect(await statusOf(other, "login", { uuid, passwd: "secret" })).toBe(403);
    expect(await statusOf(other, "login", { uuid, passwd: "" })).toBe(403);
    expect(await statusOf(other, "register", { uname: "ann", passwd: "x" })).toBe(200);
    expect(bobUuid).not.toBe(uuid);
  });
});

describe("presence", () => {
  it("publishes a channel state until its writer leaves", async () => {
    const { port } = await startServer();
    const bot = await registeredWith(port, "bot", "state");
    const ann = await registeredWith(port, "ann", "state");
    const channel = await firstChannel(bot);
    const set = (client: PacketClient, value: unknown) =>
      statusOf(client, "set_channel_state", { channel, key: "song", value });
    expect(await set(bot, { title: "one", position: 1.5 })).toBe(200);
    const { packet } = await ann.until(({ command }) => command === "channel_state");
    expect(packet).toMatchObject({ channel, key: "song", value: { title: "one", position: 1.5 } });
    expect(await set(ann, "mine")).toBe(409);
    expect(await set(bot, "x".repeat(16_384))).toBe(400);
    expect((await replyTo(ann, "list_channel_state", { channel }))["data"]).toEqual([
      { channel, key: "song", value: { title: "one", position: 1.5 }, author_uuid: packet["author_uuid"] },
    ]);
    await bot.close();
    expect((await ann.until(({ command }) => command === "channel_state")).packet["value"]).toBeNull();
    expect((await replyTo(ann, "list_channel_state", { channel }))["data"]).toEqual([]);
  });

  it("publishes typing notifications to readers, at most one in three seconds", async () => {
    const { port } = await startServer();
    const ann = await registeredWith(port, "ann", "typing");
    const bob = await registeredWith(port, "bob", "typing");
    const channel = await firstChannel(ann);
    for (let count = 0; count < 5; count++) expect(await statusOf(ann, "typing", { channel })).toBe(200);
    await ask(bob, "ping");
    expect(bob.packets.filter(({ command }) => command === "typing")).toHaveLength(1);
    expect(ann.packets.filter(({ command, channel: typed }) => command === "typing" && typed)).toEqual([]);
  });

  it("enforces slow mode, except for users who manage messages", async () => {
    const { server, admin } = await startAdministered();
    const ann = await registeredWith(server.port, "ann", "slowmode");
    const { client: legacy } = await registered(server.port, "legacy");
    const channel = await firstChannel(ann);
    await ask(admin, "update_channel", { uuid: channel, slow_seconds: 60 });
    expect((await replyTo(ann, "list_channels"))["data"]).toMatchObject([{ slow_seconds: 60 }]);
    expect(await statusOf(ann, "send", { content: "1", channel })).toBe(200);
    const early = await replyTo(ann, "send", { content: "2", channel });
    expect(early).toMatchObject({ status: 403, message: 0, retry_after_ms: expect.any(Number) });
    expect(await statusOf(legacy, "send", { content: "1", channel })).toBe(200);
    expect(await replyTo(legacy, "send", { content: "2", channel })).toEqual({
      command: "send",
      status: 403,
      message: 0,
    });
    for (const content of ["1", "2"]) expect(await statusOf(admin, "send", { content, channel })).toBe(200);
  });
});
