// Correct behaviour for each bug of asterpy 0.4.0, by its number in section 9.4 of the protocol.

import {
  AsterError,
  CertificateError,
  Client,
  CommandError,
  ConnectionMode,
  fetchEmoji,
  fetchPfp,
  type Message,
  type Packet,
  Server,
  type ServerOptions,
  SyncData,
  SyncServer,
  User,
} from "@asterite/aster";
import { selfSigned, settled } from "@asterite/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Json, ReferenceServer } from "../support/reference-server.ts";

const png = "iVBORw0KGgo=";
const pngBytes = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

let reference: ReferenceServer;
let opened: AsyncDisposable[];

beforeEach(async () => {
  reference = await ReferenceServer.start();
  opened = [];
});

afterEach(async () => {
  for (const one of opened) await one[Symbol.asyncDispose]();
  await reference.stop();
});

const account = { username: "ann", password: "secret", tls: false } as const;

function newServer(options: ServerOptions = {}): Server {
  const server = new Server("127.0.0.1", reference.port, { ...account, ...options });
  opened.push(server);
  return server;
}

async function connected(options: ServerOptions = {}): Promise<Server> {
  const server = newServer(options);
  await server.connect();
  return server;
}

const general = (server: Server) => {
  const channel = server.getChannelByName("general");
  if (!channel) throw new Error("no channel");
  return channel;
};

const commandsOf = (list: readonly Json[]) => list.map(({ command }) => command);

it("1: requires only the options that the connect mode needs", async () => {
  const of = (options: ServerOptions) => () => new Server("127.0.0.1", 1, options);
  expect(of({ password: "x", username: "a" })).not.toThrow();
  expect(of({ password: "x", uuid: 1 })).not.toThrow();
  expect(of({ username: "a" })).toThrow(/password/);
  expect(of({ password: "x" })).toThrow(/username/);
  expect(of({ connectMode: ConnectionMode.Register, username: "a", password: "" })).not.toThrow();
  expect(of({ connectMode: ConnectionMode.Register, uuid: 1, password: "x" })).toThrow(/username/);
  expect(of({ connectMode: ConnectionMode.Neither })).not.toThrow();
  const server = await connected({ connectMode: ConnectionMode.Register, username: "new", password: "pw" });
  expect(server.self?.username).toBe("new");
  expect(reference.accounts.at(-1)).toMatchObject({ name: "new", password: "pw" });
});

it("2: takes the own uuid from the reply", async () => {
  expect((await connected()).selfUuid).toBe(reference.accounts[0]?.uuid);
});

it("3: sends the public requests without an account", async () => {
  const server = await connected({
    connectMode: ConnectionMode.Neither,
    username: undefined,
    password: undefined,
  });
  expect(server.name).toBe("Reference");
  expect(server.peers.size).toBe(1);
  expect(server.channels).toEqual([]);
  expect(commandsOf(reference.peer.received)).not.toContain("login");
});

it("4: sends initial commands to every server after the login", async () => {
  const other = await ReferenceServer.start();
  opened.push(other);
  const client = new Client(account);
  opened.push(client);
  client.addServer("127.0.0.1", reference.port);
  client.addServer("127.0.0.1", other.port);
  await client.connect({ initCommands: [{ command: "ping" }, { command: "mark_as_read", message: 1 }] });
  for (const { received } of [reference.peer, other.peer]) {
    const commands = commandsOf(received);
    expect(commands.indexOf("mark_as_read")).toBeGreaterThan(commands.indexOf("login"));
  }
  const server = newServer();
  await server.connect({ initCommands: [{ command: "mark_as_read", message: 2 }] });
  expect(commandsOf(reference.peer.received)).toContain("mark_as_read");
});

it("5: returns the user from fetchUser", async () => {
  const server = await connected();
  const bob = reference.addAccount("bob");
  const user = await server.fetchUser(bob.uuid);
  expect(user).toBeInstanceOf(User);
  expect(user).toMatchObject({ uuid: bob.uuid, username: "bob", pfp: pngBytes });
  expect(await server.fetchUser(999_999)).toBeUndefined();
});

it("6: rejects fetchEmoji by the status", async () => {
  reference.emoji.push({ uuid: 69_420, name: "smile", data: png });
  const server = await connected();
  expect((await server.fetchEmoji(69_420)).name).toBe("smile");
  await expect(server.fetchEmoji(1)).rejects.toMatchObject({ command: "get_emoji", status: 404 });
});

it("7: decodes the data of an emoji to bytes", async () => {
  reference.emoji.push({ uuid: 1, name: "smile", data: png });
  expect((await (await connected()).fetchEmoji(1)).data).toEqual(pngBytes);
});

it("8: lists emoji by name and uuid, and fetches images on demand", async () => {
  reference.emoji.push({ uuid: 1, name: "smile", data: png }, { uuid: 2, name: "frown", data: png });
  const emoji = await (await connected()).listEmojis();
  expect(emoji.map(({ name, uuid }) => [name, uuid])).toEqual([
    ["smile", 1],
    ["frown", 2],
  ]);
  expect(emoji[0]?.data).toEqual(new Uint8Array());
  expect(await emoji[0]?.fetchData()).toEqual(pngBytes);
  expect(emoji[0]?.data).toEqual(pngBytes);
});

it("9: reads a sync server from entries with missing fields", async () => {
  const entry = { ip: "example.org", port: 2345, uname: "ann", name: null, pfp: png, uuid: null, idx: 0 };
  const server = SyncServer.fromJson(entry);
  expect(server).toMatchObject({ ip: "example.org", port: 2345, name: "", pfp: pngBytes, uuid: undefined });
  expect(SyncServer.fromJson({ ...entry, uuid: 7, pfp: null, name: "X" })).toMatchObject({
    uuid: 7,
    name: "X",
    pfp: new Uint8Array(),
  });
  const connection = await connected();
  await connection.setSync({ uname: "Ann", pfp: pngBytes });
  await connection.setSyncServers([server, new SyncServer({ ip: "::1", port: 1, name: "Y", uuid: 5 })]);
  const sync = await connection.fetchSync();
  expect(sync).toMatchObject({ uname: "Ann", pfp: pngBytes });
  expect(sync?.servers.map(({ ip, name, uuid }) => [ip, name, uuid])).toEqual([
    ["example.org", "", undefined],
    ["::1", "Y", 5],
  ]);
});

it("10: returns the complete message from send", async () => {
  const server = await connected();
  const first = await general(server).send("one");
  const message = await general(server).send("two", { replyTo: first.uuid });
  const stored = reference.messages.at(-1);
  expect(message.author).toBe(server.self);
  expect(message.channel).toBe(general(server));
  expect(message.server).toBe(server);
  expect(message).toMatchObject({
    uuid: stored?.uuid,
    date: stored?.date,
    content: "two",
    replyUuid: first.uuid,
  });
  // Without read permission there is no push, and the date comes from the local clock.
  const { push } = reference;
  reference.push = () => {};
  const before = Math.floor(Date.now() / 1000);
  const unseen = await general(server).send("three");
  reference.push = push;
  expect(unseen).toMatchObject({ content: "three", author: server.self, replyUuid: undefined });
  expect(unseen.date).toBeGreaterThanOrEqual(before);
});

it("11: rejects fetchHistory by the status, and fetches unknown authors", async () => {
  const server = await connected();
  const bob = reference.addAccount("bob");
  reference.messages.push(
    { uuid: 1, content: "a", author_uuid: bob.uuid, channel_uuid: 201, date: 1, edited: false, reply: null },
    { uuid: 2, content: "b", author_uuid: 31_337, channel_uuid: 201, date: 2, edited: true, reply: 1 },
  );
  const history = await general(server).fetchHistory();
  expect(history.map(({ author, content }) => [author.username, content])).toEqual([
    ["bob", "a"],
    ["", "b"],
  ]);
  reference.intercept = (_peer, { command }) => (command === "history" ? 403 : undefined);
  await expect(general(server).fetchHistory()).rejects.toMatchObject({ command: "history", status: 403 });
});

it("12: fetches the unknown author of a message and keeps the order", async () => {
  const server = await connected();
  const seen: Message[] = [];
  server.on("message", (message) => seen.push(message));
  const bob = reference.addAccount("bob");
  reference.say("from bob", bob);
  reference.say("from ann");
  reference.push({
    command: "content",
    uuid: 5,
    content: "from unknown",
    author_uuid: 31_337,
    channel_uuid: 201,
    date: 1,
    edited: false,
    reply: null,
  });
  reference.say("again");
  await expect.poll(() => seen.length).toBe(4);
  expect(seen.map(({ author, content }) => [author.username, content])).toEqual([
    ["bob", "from bob"],
    ["ann", "from ann"],
    ["", "from unknown"],
    ["ann", "again"],
  ]);
  expect(server.getUser(bob.uuid)).toBe(seen[0]?.author);
});

it("13: rejects edit and delete by the status of the reply", async () => {
  const server = await connected();
  const message = await general(server).send("first");
  await message.edit("second");
  expect([message.content, message.edited, reference.messages[0]?.content]).toEqual([
    "second",
    true,
    "second",
  ]);
  await message.delete();
  expect(reference.messages).toEqual([]);
  expect(message.isDeleted).toBe(true);
  await expect(message.edit("third")).rejects.toMatchObject({ command: "edit", status: 404 });
  await expect(message.delete()).rejects.toMatchObject({ command: "delete", status: 404 });
});

it("14: returns the new message from reply", async () => {
  const server = await connected();
  const message = await general(server).send("question");
  expect(await message.reply("answer")).toMatchObject({ content: "answer", replyUuid: message.uuid });
});

it("15: serialises a message to JSON", async () => {
  const server = await connected();
  const message = await general(server).send("text");
  expect(JSON.parse(JSON.stringify(message))).toEqual(reference.messages[0]);
});

it("16: rejects a request on timeout, abort and connection loss, without affecting others", async () => {
  const server = await connected({ reconnect: false });
  let requests = 0;
  reference.intercept = (peer, { command }) => {
    if (command !== "history" || ++requests > 3) return undefined;
    if (requests < 3) return null;
    // All three replies at once, in order.
    for (const name of ["late", "cancelled"]) {
      reference.tell(peer, { command: "history", status: 200, data: [], name });
    }
    return { data: [], name: "mine" };
  };
  const request = (options: object) =>
    server.getResponse({ command: "history", num: 1, channel: 201 }, options);
  await expect(request({ timeoutMs: 20 })).rejects.toMatchObject({ code: "TIMED_OUT" });
  const abort = new AbortController();
  const cancelled = request({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(cancelled).rejects.toThrow("enough");
  expect(await request({})).toMatchObject({ name: "mine" });
  reference.intercept = () => null;
  const waiting = server.getResponse({ command: "ping" });
  await reference.stop();
  await expect(waiting).rejects.toMatchObject({ code: "CONNECTION_LOST" });
});

it("17: rejects connect with command and status when the login is refused", async () => {
  const wrong = newServer({ password: "wrong" });
  await expect(wrong.connect()).rejects.toMatchObject({
    command: "login",
    status: 403,
    code: "COMMAND_FAILED",
  });
  await expect(wrong.closed).rejects.toThrow(/wrong password/);
  await expect(newServer({ username: "nobody" }).connect()).rejects.toThrow(/404: no such account/);
  const taken = newServer({ connectMode: ConnectionMode.Register });
  await expect(taken.connect()).rejects.toMatchObject({ command: "register", status: 409 });
});

it("18: emits every packet, errors included", async () => {
  const client = new Client(account);
  opened.push(client);
  const packets: Packet[] = [];
  client.event(function onPacket(packet: Packet) {
    packets.push(packet);
  });
  const server = client.addServer("127.0.0.1", reference.port);
  await client.connect();
  await server.getResponse({ command: "edit", message: 1, new_content: "" });
  expect(packets[0]?.command).toBe("API_version");
  expect(packets).toContainEqual({ command: "hello", status: 400 });
  expect(packets.at(-1)).toEqual({ command: "edit", status: 404 });
});

it("19: replaces the channel list and keeps the identity of channels", async () => {
  const server = await connected();
  const before = general(server);
  const channels = server.once("channels");
  reference.channels.splice(1, 1, { uuid: 203, name: "new", position: 1, permissions: {} });
  reference.channels[0] = { uuid: 201, name: "renamed", position: 0, permissions: {} };
  reference.push({ command: "list_channels", data: reference.channels });
  await channels;
  expect(server.channels.map(({ name }) => name)).toEqual(["renamed", "new"]);
  expect(server.channels[0]).toBe(before);
  expect(server.getChannel(202)).toBeUndefined();
});

it("20: becomes ready on a server without icon, name and channels", async () => {
  reference.channels.length = 0;
  reference.intercept = (_peer, { command }) =>
    command === "get_name" || command === "get_icon" ? { data: "" } : undefined;
  const server = await connected();
  expect([server.status, server.name, server.icon.length, server.channels.length]).toEqual([
    "ready",
    "",
    0,
    0,
  ]);
});

it("21: rejects connect on an unsupported version and names both", async () => {
  await using odd = await ReferenceServer.start({ version: [7, 0, 0] });
  const server = new Server("127.0.0.1", odd.port, account);
  await expect(server.connect()).rejects.toMatchObject({
    code: "VERSION_UNSUPPORTED",
    message: expect.stringMatching(/7\.0\.0.*0\.x and 1\.x/),
  });
  await using old = await ReferenceServer.start({ version: [0, 1, 0] });
  await using fine = new Server("127.0.0.1", old.port, account);
  await fine.connect();
});

it("22: runs the helper functions without an account", async () => {
  reference.emoji.push({ uuid: 69_420, name: "smile", data: png });
  const emoji = await fetchEmoji(`<:127.0.0.1:${reference.port}:69420:>`, { tls: false });
  expect([emoji.name, emoji.data]).toEqual(["smile", pngBytes]);
  const uuid = reference.accounts[0]?.uuid ?? 0;
  expect(await fetchPfp("127.0.0.1", reference.port, uuid, { tls: false })).toEqual(pngBytes);
  expect(await fetchPfp("127.0.0.1", reference.port, 1, { tls: false })).toBeUndefined();
  await expect(fetchEmoji(`<:127.0.0.1:${reference.port}:1:>`, { tls: false })).rejects.toMatchObject({
    status: 404,
  });
  for (const bad of ["", "<:host:1:2>", "<:host:99999:2:>", "<::1:2345:3:>", "<:host:x:3:>", " <:h:1:2:>"]) {
    await expect(fetchEmoji(bad)).rejects.toMatchObject({ code: "ARGUMENT_INVALID" });
  }
  expect(reference.everyPeer.flatMap(({ received }) => commandsOf(received))).not.toContain("login");
  await expect.poll(() => reference.peers.size).toBe(0);
});

it("23: sends leave as the last packet on disconnect", async () => {
  const server = await connected();
  const { peer } = reference;
  reference.intercept = () => null;
  await server.disconnect();
  await expect.poll(() => reference.peers.size).toBe(0);
  expect(commandsOf(peer.received).at(-1)).toBe("leave");
  expect(server.status).toBe("closed");
  await server.closed;
});

it("24: stays connected on an invalid picture", async () => {
  const [ann] = reference.accounts;
  if (ann) ann.pfp = "%%% not base64 %%%";
  const server = await connected();
  expect(server.self?.pfp).toEqual(new Uint8Array());
  reference.push({ command: "get_metadata", data: [{ uuid: 5, name: "eve", pfp: "\u0000", groups: [] }] });
  await expect.poll(() => server.getUser(5)?.username).toBe("eve");
  expect(server.getUser(5)?.pfp).toEqual(new Uint8Array());
  expect(server.status).toBe("ready");
});

it("25: verifies the certificate, with options for self-signed ones", async () => {
  const certificate = await selfSigned();
  const { fingerprint256, ca } = certificate;
  await using secure = await ReferenceServer.start({ certificate });
  const connect = (tls: NonNullable<ServerOptions["tls"]>) => {
    const server = new Server("127.0.0.1", secure.port, { ...account, tls });
    opened.push(server);
    return server.connect();
  };
  await expect(connect({ verify: true })).rejects.toMatchObject({
    code: "CERTIFICATE_UNTRUSTED",
    fingerprint256,
  });
  await expect(connect({ verify: true })).rejects.toBeInstanceOf(CertificateError);
  await connect({ fingerprint256 });
  await connect({ ca });
  await connect({ verify: false });
});

it("26: accepts only the three handler names, and reports errors of handlers", async () => {
  const client = new Client(account);
  opened.push(client);
  expect(() => client.event(function connect() {})).toThrow(/connect.*onMessage.*on_ready/);
  expect(() => client.event(function onEverything() {})).toThrow(AsterError);
  const calls: string[] = [];
  client.event(function onMessage() {
    calls.push("replaced");
  });
  client.event(function on_message(message: Message) {
    calls.push(message.content);
    throw new Error("from the handler");
  });
  client.event(async function on_ready() {
    calls.push("ready");
    await Promise.reject(new Error("from on_ready"));
  });
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  const server = client.addServer("127.0.0.1", reference.port);
  await client.connect();
  await general(server).send("hi");
  await general(server).send("still alive");
  expect(calls).toEqual(["ready", "hi", "still alive"]);
  const texts = errors.map((error) => (error as Error).message);
  expect(texts).toEqual(["from on_ready", "from the handler", "from the handler"]);
});

it("27: rejects fetchSync by the status, and returns undefined without sync data", async () => {
  const server = await connected();
  expect(await server.fetchSync()).toBeUndefined();
  reference.intercept = (_peer, { command }) => (command === "sync_get" ? 500 : undefined);
  await expect(server.fetchSync()).rejects.toBeInstanceOf(CommandError);
  expect(
    SyncData.fromJson({ command: "sync_get", status: 404 }, { command: "x", status: 200 }),
  ).toBeUndefined();
  expect(() =>
    SyncData.fromJson({ command: "sync_get", status: 401 }, { command: "x", status: 200 }),
  ).toThrow(/401/);
});

it("28: updates cached messages and users on edits, deletions and changes", async () => {
  const server = await connected();
  const message = await general(server).send("first");
  expect(server.getMessage(message.uuid)).toBe(message);
  const edited = server.once("messageEdit");
  reference.push({ command: "message_edited", message: message.uuid, new_content: "second" });
  expect((await edited)[0]).toEqual({
    uuid: message.uuid,
    content: "second",
    previousContent: "first",
    message,
    channel: general(server),
  });
  expect([message.content, message.edited]).toEqual(["second", true]);
  expect((await general(server).fetchHistory())[0]).toBe(message);
  const deleted = server.once("messageDelete");
  reference.push({ command: "message_deleted", message: message.uuid });
  expect((await deleted)[0].message).toBe(message);
  expect([message.isDeleted, server.getMessage(message.uuid)]).toEqual([true, undefined]);
  const self = server.self;
  const updated = server.once("userUpdate");
  reference.push({
    command: "get_metadata",
    data: [{ uuid: self?.uuid, name: "Anna", pfp: png, groups: [4] }],
  });
  expect((await updated)[0]).toBe(self);
  expect([self?.username, self?.groups, message.author.username]).toEqual(["Anna", [4], "Anna"]);
  // Unchanged data emit no event.
  let repeated = 0;
  server.on("userUpdate", () => repeated++);
  reference.push({
    command: "get_metadata",
    data: [{ uuid: self?.uuid, name: "Anna", pfp: png, groups: [4] }],
  });
  await settled(() => repeated);
  expect(repeated).toBe(0);
});
