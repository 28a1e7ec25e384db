// The client library against Asterite's server, with every extension, over both framings.

import {
  type CommandError,
  Permissions,
  type SearchOptions,
  Server,
  type ServerOptions,
  SyncServer,
} from "@asterite/aster";
import { FaultProxy } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { framings, startServer } from "../support/server.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

async function connect(port: number, username: string, options: ServerOptions = {}): Promise<Server> {
  const server = new Server("127.0.0.1", port, {
    username,
    password: "secret",
    registerIfMissing: true,
    ...options,
  });
  onTestFinished(() => server.disconnect());
  await server.connect();
  return server;
}

const general = (server: Server) => {
  const [channel] = server.channels;
  if (!channel) throw new Error("no channel");
  return channel;
};

describe.each(framings)("over %s", (framing) => {
  it("sends, edits, deletes, replies to and fetches messages, and emits their events to others", async () => {
    const { port } = await startServer();
    const [ann, bob] = [await connect(port, "ann", { framing }), await connect(port, "bob", { framing })];
    const received = bob.once("message");
    const sent = await general(ann).send("héllo 👋");
    const [message] = await received;
    expect(message).toMatchObject({ uuid: sent.uuid, content: "héllo 👋" });
    expect(message.author.username).toBe("ann");
    const answered = ann.once("message");
    const answer = await message.reply("hi");
    expect((await answered)[0].replyUuid).toBe(sent.uuid);
    const edited = bob.once("messageEdit");
    await sent.edit("hello");
    expect((await edited)[0]).toMatchObject({ message, previousContent: "héllo 👋", content: "hello" });
    const deleted = ann.once("messageDelete");
    await answer.delete();
    expect((await deleted)[0].message?.content).toBe("hi");
    expect((await general(bob).fetchHistory()).map(({ content }) => content)).toEqual(["hello"]);
    expect(await bob.fetchMessage(sent.uuid)).toBe(message);
    expect(await bob.fetchMessage(answer.uuid)).toBeUndefined();
    const search = async (span: SearchOptions) =>
      (await general(bob).search("hello", span)).map(({ message: found }) => found);
    const now = message.date;
    expect(await search({})).toEqual([message]);
    expect(await search({ since: now, until: now + 1 })).toEqual([message]);
    expect(await search({ since: now + 1 })).toEqual([]);
    expect(await search({ until: now })).toEqual([]);
    const messagesOf = async (author: Server) =>
      (await bob.search("", { author: author.selfUuid ?? 0 })).map(({ message: found }) => found);
    expect(await messagesOf(ann)).toEqual([message]);
    expect(await messagesOf(bob)).toEqual([]);
    await expect(bob.search("")).rejects.toMatchObject({ reason: "empty:query" });
  });

  it("has the nonce of a message for its author only, and not in the history", async () => {
    const { port } = await startServer();
    const [ann, bob] = [await connect(port, "ann", { framing }), await connect(port, "bob", { framing })];
    const events = [ann.once("message"), bob.once("message")];
    const sent = await general(ann).send("named", { nonce: "nonce-1" });
    const [own, other] = (await Promise.all(events)).map(([message]) => message);
    expect([sent.nonce, own?.nonce, other?.nonce]).toEqual(["nonce-1", "nonce-1", undefined]);
    const again = await connect(port, "ann", { framing });
    expect((await general(again).fetchHistory()).map(({ nonce }) => nonce)).toEqual([undefined]);
  });

  it("emits presence, typing, channel state, read markers and user updates", async () => {
    const { port } = await startServer();
    const ann = await connect(port, "ann", { framing });
    const came = ann.once("presence");
    const bob = await connect(port, "bob", { framing });
    expect((await came)[0].came).toEqual([bob.selfUuid]);
    const typing = ann.once("typing");
    await general(bob).sendTyping();
    expect((await typing)[0]).toEqual({ user: ann.getUser(bob.selfUuid ?? 0), channel: general(ann) });
    const state = ann.once("channelState");
    await general(bob).setState("playing", { title: "song" });
    expect((await state)[0]).toMatchObject({
      key: "playing",
      value: { title: "song" },
      authorUuid: bob.selfUuid,
    });
    expect(await general(ann).fetchState()).toMatchObject([{ channel: general(ann), key: "playing" }]);
    const other = await connect(port, "ann", { framing });
    const marker = other.once("readMarker");
    const message = await general(bob).send("read me");
    expect(await general(ann).fetchUnreadCount()).toBe(0);
    await (await general(ann).fetchHistory())[0]?.markAsRead();
    expect((await marker)[0]).toMatchObject({ messageUuid: message.uuid, unread: 0 });
    expect(await ann.fetchLastReads()).toMatchObject([
      { channelUuid: general(ann).uuid, messageUuid: message.uuid },
    ]);
    const renamed = ann.once("userUpdate");
    await bob.account.rename("bobby");
    expect((await renamed)[0].username).toBe("bobby");
    await bob.account.setPicture(png);
    expect(bob.self?.pfp).toEqual(new Uint8Array(png));
    const left = ann.once("presence");
    await bob.disconnect();
    expect((await left)[0].left).toEqual([bob.selfUuid]);
  });
});

it("administers channels, groups, emoji, overrides, slow mode, bans and the server", async () => {
  const { server } = await startAdministered();
  const admin = await connect(server.port, "admin");
  const ann = await connect(server.port, "ann");
  const channels = ann.once("channels");
  const quiet = await admin.createChannel("quiet", { position: 0 });
  await channels;
  expect(ann.channels.map(({ name }) => name)).toEqual(["quiet", "general"]);
  await quiet.edit({
    slowSeconds: 60,
    overrides: { [`user:${ann.selfUuid}`]: Permissions.of({ send_messages: "deny" }) },
  });
  expect(quiet.slowSeconds).toBe(60);
  expect(quiet.overrides[`user:${ann.selfUuid}`]?.get("send_messages")).toBe("deny");
  await expect(ann.getChannel(quiet)?.send("x")).rejects.toMatchObject({
    status: 403,
    retryAfterMs: undefined,
  });
  const bob = await connect(server.port, "bob");
  await bob.getChannel(quiet)?.send("x");
  const tooSoon = await bob
    .getChannel(quiet)
    ?.send("y")
    .catch((error: unknown) => error);
  expect(tooSoon).toMatchObject({ status: 403, retryAfterMs: expect.any(Number) });
  expect((tooSoon as CommandError).retryAfterMs).toBeLessThanOrEqual(60_000);

  const groups = ann.once("groups");
  const group = await admin.createGroup("staff", {
    permissions: Permissions.of({ manage_messages: "allow" }),
    colour: 0xff0000,
    position: 1,
  });
  await groups;
  const staff = ann.getGroup(group ?? 0);
  expect(staff).toMatchObject({ name: "staff", colour: 0xff0000 });
  const joined = ann.once("userUpdate");
  await admin.admin.setUserGroups(ann.selfUuid ?? 0, [group ?? 0]);
  expect((await joined)[0].groups).toEqual([group?.uuid]);
  const changed = ann.once("groups");
  await group?.edit({ name: "crew" });
  await changed;
  expect(staff?.name).toBe("crew");
  await group?.delete();

  const emoji = ann.once("emoji");
  const smile = await admin.admin.createEmoji("smile", png);
  expect((await emoji)[0].map(({ name }) => name)).toEqual(["smile"]);
  expect((await ann.fetchEmoji(smile)).data).toEqual(new Uint8Array(png));
  await admin.admin.deleteEmoji(smile);
  expect(await ann.listEmojis()).toEqual([]);

  const renamed = ann.once("serverUpdate");
  await admin.admin.setServer({ name: "Renamed" });
  expect(admin.name).toBe("Renamed");
  expect((await renamed)[0]).toBe(ann);
  expect(ann.name).toBe("Renamed");
  const newIcon = ann.once("serverUpdate");
  await admin.admin.setServer({ icon: png });
  await newIcon;
  expect(ann.icon).toEqual(new Uint8Array(png));
  expect((await ann.admin.fetchBasePermissions()).toBytes()).toEqual(Permissions.initialBase.toBytes());
  await admin.admin.setBasePermissions(Permissions.initialBase.with({ send_messages: "deny" }));
  await expect(general(ann).send("x")).rejects.toMatchObject({ status: 403 });
  await expect(ann.admin.listBans()).rejects.toMatchObject({ command: "list_bans", status: 403 });

  const gone = ann.once("status");
  await admin.admin.banUser(ann.selfUuid ?? 0);
  await gone;
  expect(await admin.admin.listBans()).toMatchObject([{ userUuid: ann.selfUuid }]);
  await admin.admin.unbanUser(ann.selfUuid ?? 0);
  await quiet.delete();
  expect(admin.getChannel(quiet)).toBeUndefined();
});

it("manages tokens, passwords and sync data of an account, and deletes it", async () => {
  const { port } = await startServer();
  const ann = await connect(port, "ann", { wantToken: true, clientName: "page/1" });
  const { token } = ann;
  const byToken = new Server("127.0.0.1", port, { token });
  onTestFinished(() => byToken.disconnect());
  await byToken.connect();
  expect(byToken.selfUuid).toBe(ann.selfUuid);
  const [known] = await ann.account.listTokens();
  expect(known?.client).toBe("page/1");
  await ann.account.revokeToken(known?.id ?? 0);
  await expect(new Server("127.0.0.1", port, { token }).connect()).rejects.toThrow(/token is invalid/);
  await expect(ann.account.changePassword("new", { oldPassword: "wrong" })).rejects.toMatchObject({
    status: 403,
  });
  await ann.account.changePassword("new");
  await expect(connect(port, "ann", { registerIfMissing: false })).rejects.toThrow(/wrong password/);
  const again = await connect(port, "ann", { password: "new" });
  await again.setSync({ uname: "Ann", pfp: png });
  await again.setSyncServers([new SyncServer({ ip: "example.org", port: 2345, name: "X" })]);
  expect(await again.fetchSync()).toMatchObject({
    uname: "Ann",
    servers: [{ ip: "example.org", name: "X" }],
  });
  // The server closes all connections of the account and may do so before it replies.
  await again.account.delete();
  await expect(connect(port, "ann", { password: "new", registerIfMissing: false })).rejects.toMatchObject({
    command: "login",
  });
});

it("walks the history back page by page, one page ahead of the reader", async () => {
  const { port } = await startServer();
  const ann = await connect(port, "ann");
  for (let index = 0; index < 25; index++) await general(ann).send(String(index));
  const seen: string[] = [];
  for await (const { content } of general(ann).history({ pageSize: 10 })) seen.push(content);
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => String(24 - index)));
  const few: string[] = [];
  const before = (await general(ann).fetchHistory({ count: 5 }))[0];
  for await (const { content } of general(ann).history({
    pageSize: 2,
    limit: 3,
    ...(before && { before }),
  })) {
    few.push(content);
  }
  expect(few).toEqual(["19", "18", "17"]);
  const abort = new AbortController();
  const walk = general(ann).history({ pageSize: 1, signal: abort.signal });
  await walk.next();
  abort.abort(new Error("enough"));
  await expect(walk.next()).rejects.toThrow("enough");
  for await (const _ of general(ann).history({ pageSize: 1 })) break;
  await expect(ann.getResponse({ command: "ping" })).resolves.toMatchObject({ status: 200 });
});

it("catches up on missed events by the event sequence", async () => {
  const { port } = await startServer();
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy.close());
  const [ann, bob] = [
    await connect(proxy.port, "ann", { reconnect: { firstDelayMs: 10 } }),
    await connect(port, "bob"),
  ];
  expect([...ann.extensions]).toContain("cursor");
  const events: string[] = [];
  ann.on("message", ({ content }) => events.push(content));
  ann.on("messageEdit", ({ content }) => events.push(`edit ${content}`));
  ann.on("messageDelete", ({ message }) => events.push(`delete ${message?.content}`));
  const first = await general(bob).send("first");
  const second = await general(bob).send("second");
  await expect.poll(() => events.length).toBe(2);
  proxy.inject({ type: "refuse" });
  const lost = ann.once("status");
  proxy.cut();
  await lost;
  await first.edit("FIRST");
  await second.delete();
  for (let index = 0; index < 60; index++) await general(bob).send(`missed ${index}`);
  const ready = ann.once("ready");
  proxy.heal();
  await ready;
  const missed = Array.from({ length: 60 }, (_, index) => `missed ${index}`);
  expect(events).toEqual(["first", "second", "edit FIRST", "delete second", ...missed]);
});

it.each(["lines", "websocket"] as const)(
  "never hangs or crashes when the connection is cut at any byte over %s",
  async (framing) => {
    const { port } = await startServer({ tls: "insecure-plaintext" });
    await connect(port, "ann", { tls: false });
    const proxy = await FaultProxy.start({ port });
    onTestFinished(() => proxy.close());
    for (const direction of ["toServer", "toClient"] as const) {
      for (const bytes of [0, 1, 20, 100, 150, 200, 300, 500, 1000, 5000]) {
        proxy.inject({ type: "cutAfter", direction, bytes, ending: bytes % 200 === 0 ? "end" : "reset" });
        const server = new Server("127.0.0.1", proxy.port, {
          username: "ann",
          password: "secret",
          tls: false,
          framing,
          reconnect: false,
        });
        const outcome = await server.connect().then(
          () => "ready",
          (error) => error.code,
        );
        expect(["ready", "CONNECTION_LOST", "CONNECT_FAILED"]).toContain(outcome);
        await server.disconnect();
        proxy.heal();
      }
    }
  },
);

it("loses nothing over a slow connection with a slow reader", async () => {
  const { port } = await startServer({ tls: "insecure-plaintext" });
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy.close());
  const [ann, bob] = [
    await connect(proxy.port, "ann", { tls: false }),
    await connect(port, "bob", { tls: false }),
  ];
  const iterator = ann.events("message");
  proxy.inject({ type: "slow", bytesPerSecond: 50_000 });
  const texts = Array.from({ length: 50 }, (_, index) => `${index} ${"x".repeat(500)}`);
  for (const text of texts) await general(bob).send(text);
  const received: string[] = [];
  for await (const [message] of iterator) {
    await new Promise((resolve) => setImmediate(resolve));
    received.push(message.content);
    if (received.length === texts.length) break;
  }
  expect(received).toEqual(texts);
});
