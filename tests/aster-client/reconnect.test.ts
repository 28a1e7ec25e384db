import { Client, type Message, Server, type ServerOptions } from "@asterite/aster";
import { FaultProxy } from "@asterite/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReferenceOptions, ReferenceServer } from "../support/reference-server.ts";

const quick = { reconnect: { firstDelayMs: 10, longestDelayMs: 50 } } as const;
const account = { username: "ann", password: "secret", tls: false, ...quick } as const;
const allExtensions = ["cursor", "nonce", "tokens"];

let opened: AsyncDisposable[];

beforeEach(() => {
  opened = [];
});

afterEach(async () => {
  for (const one of opened.reverse()) await one[Symbol.asyncDispose]();
});

async function setUp(options: ReferenceOptions = {}, more: ServerOptions = {}) {
  const reference = await ReferenceServer.start(options);
  opened.push(reference);
  const proxy = await FaultProxy.start({ port: reference.port });
  opened.push(proxy);
  const server = new Server("127.0.0.1", proxy.port, { ...account, ...more });
  opened.push(server);
  const seen: string[] = [];
  server.on("message", ({ content }) => seen.push(content));
  await server.connect();
  /** Cuts the connection, runs a task, and waits until the client has reconnected. */
  const whileDisconnected = async (task: () => unknown) => {
    proxy.inject({ type: "refuse" });
    const lost = server.once("status");
    proxy.cut();
    await lost;
    // Until the server notices the loss, it would still send pushes.
    await expect.poll(() => reference.peers.size).toBe(0);
    await task();
    const ready = server.once("ready");
    proxy.heal();
    await ready;
  };
  const channel = server.channels[0];
  if (!channel) throw new Error("no channel");
  return { reference, proxy, server, seen, whileDisconnected, channel };
}

const numbers = (count: number, prefix = "m") =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe.each([
  ["by the event sequence", { extensions: allExtensions }],
  ["by the history, on a server without extensions", {}],
  [
    "by the history, because the event sequence does not reach back far enough",
    { extensions: allExtensions, keptEvents: 3 },
  ],
  ["although every push is sent twice", { duplicatesPushes: true }],
  [
    "although every push is sent twice, by the event sequence",
    { extensions: allExtensions, duplicatesPushes: true },
  ],
])("catching up %s", (_name, options: ReferenceOptions) => {
  it("emits missed messages in order and exactly once, before later ones", async () => {
    const { reference, seen, whileDisconnected } = await setUp(options);
    reference.say("before");
    await whileDisconnected(() => numbers(250).map((content) => reference.say(content)));
    reference.say("after");
    await expect.poll(() => seen.at(-1)).toBe("after");
    expect(seen).toEqual(["before", ...numbers(250), "after"]);
    await whileDisconnected(() => {});
    await whileDisconnected(() => reference.say("later"));
    expect(seen.slice(252)).toEqual(["later"]);
  });

  it("covers every channel, including quiet, empty and new ones", async () => {
    const { reference, seen, whileDisconnected } = await setUp(options);
    await whileDisconnected(() => {
      reference.channels.push({ uuid: 299, name: "new", position: 2, permissions: {} });
      reference.say("general");
      reference.say("music", reference.accounts[0], 202);
      reference.say("new", reference.accounts[0], 299);
    });
    expect(seen.toSorted()).toEqual(["general", "music", "new"]);
  });

  it("fetches the names of unknown authors", async () => {
    const { reference, server, whileDisconnected } = await setUp(options);
    const authors: string[] = [];
    server.on("message", ({ author }) => authors.push(author.username));
    await whileDisconnected(() => reference.say("hello", reference.addAccount("bob")));
    expect(authors).toEqual(["bob"]);
  });
});

describe("a message from before the loss", () => {
  it("is not emitted again, even if the last messages were deleted", async () => {
    const { reference, seen, whileDisconnected, server } = await setUp();
    for (const content of numbers(5)) reference.say(content);
    await expect.poll(() => seen.length).toBe(5);
    await whileDisconnected(() => {
      reference.messages.splice(3, 2);
      reference.say("new");
    });
    expect(seen).toEqual([...numbers(5), "new"]);
    expect(server.status).toBe("ready");
  });

  it("is never emitted if it is older than the first connection", async () => {
    const reference = await ReferenceServer.start();
    opened.push(reference);
    reference.messages.push(
      ...numbers(30).map((content, index) => {
        const place = { author_uuid: 1, channel_uuid: 201, date: 1000 + index };
        return { uuid: index + 1, content, ...place, edited: false, reply: null };
      }),
    );
    await using server = new Server("127.0.0.1", reference.port, account);
    const seen: string[] = [];
    server.on("message", ({ content }) => seen.push(content));
    await server.connect();
    const ready = server.once("ready");
    await reference.restart();
    await ready;
    reference.say("new");
    await expect.poll(() => seen).toEqual(["new"]);
  });
});

it("emits missed edits and deletions on a server with an event sequence", async () => {
  const { reference, server, whileDisconnected, channel } = await setUp({ extensions: allExtensions });
  const edited = await channel.send("first");
  const deleted = await channel.send("gone soon");
  const events: string[] = [];
  server.on("messageEdit", ({ previousContent, content }) => events.push(`${previousContent} → ${content}`));
  server.on("messageDelete", ({ message }) => events.push(`${message?.content} is gone`));
  await whileDisconnected(() => {
    reference.push({ command: "message_edited", message: edited.uuid, new_content: "second" });
    reference.push({ command: "message_deleted", message: deleted.uuid });
  });
  expect(events).toEqual(["first → second", "gone soon is gone"]);
  expect([edited.content, deleted.isDeleted]).toEqual(["second", true]);
});

it("holds back pushes until the catch-up is complete", async () => {
  const { reference, seen, whileDisconnected } = await setUp({ extensions: allExtensions });
  await whileDisconnected(() => {
    for (const content of numbers(3)) reference.say(content);
    reference.intercept = (_peer, { command }) => {
      if (command === "get_metadata") reference.say("during catch-up");
      if (command === "events_after") reference.intercept = () => undefined;
      return undefined;
    };
  });
  expect(seen).toEqual([...numbers(3), "during catch-up"]);
});

it("neither loses nor duplicates messages when the connection is lost during the catch-up", async () => {
  const { reference, seen, whileDisconnected } = await setUp({ extensions: allExtensions });
  let cuts = 0;
  await whileDisconnected(() => {
    for (const content of numbers(1200)) reference.say(content);
    reference.intercept = (peer, { command }) => {
      if (command !== "events_after" || ++cuts > 4 || cuts % 2 === 1) return undefined;
      reference.say(`while away ${cuts}`);
      peer.socket.destroy();
      return null;
    };
  });
  expect(seen).toEqual([...numbers(1200), "while away 2", "while away 4"]);
});

it("continues paging when the message at a page boundary is deleted", async () => {
  const { reference, seen, whileDisconnected } = await setUp();
  reference.say("known");
  await expect.poll(() => seen.length).toBe(1);
  await whileDisconnected(() => {
    for (const content of numbers(300)) reference.say(content);
    reference.intercept = (_peer, { command, before_message: before }) => {
      if (command !== "history" || typeof before !== "number") return undefined;
      reference.intercept = () => undefined;
      reference.messages.splice(
        reference.messages.findIndex(({ uuid }) => uuid === before),
        1,
      );
      return undefined;
    };
  });
  expect(seen).toEqual(["known", ...numbers(300).filter((content) => content !== "m200")]);
});

it("limits the catch-up to catchUpMessages and reports EVENTS_MISSED", async () => {
  const { reference, seen, whileDisconnected, server } = await setUp({}, { catchUpMessages: 150 });
  const errors: unknown[] = [];
  server.on("error", (error) => errors.push(error));
  reference.say("known");
  await expect.poll(() => seen.length).toBe(1);
  await whileDisconnected(() => numbers(400).map((content) => reference.say(content)));
  expect(seen).toEqual(["known", ...numbers(400).slice(250)]);
  expect(errors).toMatchObject([{ code: "EVENTS_MISSED" }]);
});

it("stops paging when the server repeats the same page", async () => {
  const { reference, whileDisconnected, server, seen } = await setUp();
  await whileDisconnected(() => {
    const page = numbers(100).map((content, index) => {
      const place = { author_uuid: 1, channel_uuid: 201, date: reference.now() };
      return { uuid: 5000 + index, content, ...place, edited: false, reply: null };
    });
    reference.intercept = (_peer, { command, channel }) =>
      command === "history" ? { data: channel === 201 ? page : [] } : undefined;
  });
  expect([server.status, seen.length]).toEqual(["ready", 100]);
});

describe("sending across a lost connection", () => {
  it("stores each message once with nonces, whether the request or the reply was lost", async () => {
    const { reference, channel, proxy } = await setUp({ extensions: allExtensions });
    for (const lostPart of ["request", "reply"]) {
      reference.intercept = (peer, packet) => {
        if (packet["command"] !== "send") return undefined;
        reference.intercept = () => undefined;
        if (lostPart === "reply") reference.run(peer, packet);
        peer.socket.destroy();
        return null;
      };
      expect((await channel.send(lostPart)).content).toBe(lostPart);
    }
    proxy.inject({ type: "refuse" });
    proxy.cut();
    const sent = channel.send("while away");
    await expect.poll(() => proxy.counts.refused).toBeGreaterThan(0);
    proxy.heal();
    await sent;
    expect(reference.messages.map(({ content }) => content)).toEqual(["request", "reply", "while away"]);
  });

  it("rejects without nonces, because the message may or may not have been stored", async () => {
    const { reference, channel, server } = await setUp();
    reference.intercept = (peer, { command }) => {
      if (command !== "send") return undefined;
      peer.socket.destroy();
      return null;
    };
    await expect(channel.send("x")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await expect(channel.send("y")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await server.once("ready");
    expect(reference.messages).toEqual([]);
  });

  it("sends messages and commands of every state before ready, also without nonces", async () => {
    const { reference, channel, proxy, server } = await setUp();
    const states = new Set<string>();
    const requests: Promise<unknown>[] = [];
    server.on("status", (status) => {
      if (states.has(status) || status === "ready" || status === "closed") return;
      states.add(status);
      requests.push(channel.send(status), channel.fetchHistory({ count: 1 }));
    });
    proxy.cut();
    await server.once("ready");
    await Promise.all(requests);
    expect([...states]).toEqual(["waiting", "connecting", "authenticating", "loading"]);
    expect(reference.messages.map(({ content }) => content).toSorted()).toEqual([...states].toSorted());
  });

  it("rejects after sendRetryMs, on abort, and when the connection is closed", async () => {
    const { channel, proxy, server } = await setUp({ extensions: allExtensions }, { sendRetryMs: 50 });
    proxy.inject({ type: "refuse" });
    const lost = server.once("status");
    proxy.cut();
    await lost;
    await expect(channel.send("too long")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    const abort = new AbortController();
    const cancelled = channel.send("cancelled", { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(cancelled).rejects.toThrow("enough");
    const closed = channel.send("closed");
    await server.disconnect();
    await expect(closed).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("sends a message once for two calls with the same nonce", async () => {
    const { channel, reference } = await setUp({ extensions: allExtensions });
    const [one, two] = [await channel.send("x", { nonce: "n" }), await channel.send("x", { nonce: "n" })];
    expect(one).toBe(two);
    expect(reference.messages).toHaveLength(1);
    await expect(channel.send("x", { nonce: "n".repeat(65) })).rejects.toThrow(/nonce/);
  });
});

describe("tokens", () => {
  it("log in without the password on reconnection and in another process", async () => {
    const { reference, server, whileDisconnected } = await setUp(
      { extensions: allExtensions },
      { wantToken: true },
    );
    expect(server.token).toMatch(/^token-/);
    await whileDisconnected(() => {});
    const logins = () =>
      reference.everyPeer.flatMap(({ received }) => received).filter(({ command }) => command === "login");
    expect(logins().at(-1)).toEqual({ command: "login", token: server.token });
    const { token } = server;
    await using other = new Server("127.0.0.1", reference.port, { token, tls: false });
    await other.connect();
    expect(other.selfUuid).toBe(server.selfUuid);
  });

  it("fall back to the password when refused, if there is one", async () => {
    const reference = await ReferenceServer.start({ extensions: allExtensions });
    opened.push(reference);
    await using fallback = new Server("127.0.0.1", reference.port, { ...account, token: "old" });
    await fallback.connect();
    await using bare = new Server("127.0.0.1", reference.port, { token: "old", tls: false });
    await expect(bare.connect()).rejects.toThrow(/login failed with status 403: the token is invalid/);
  });

  it("are not requested from a server without the extension", async () => {
    const { reference, server } = await setUp({}, { wantToken: true });
    expect(server.token).toBeUndefined();
    expect(reference.peer.received).toContainEqual({ command: "login", uname: "ann", passwd: "secret" });
  });
});

describe("hello", () => {
  it("is sent once, first; status 400 means no extensions", async () => {
    const { reference, server } = await setUp();
    const [first, ...others] = reference.peer.received;
    expect(first).toMatchObject({ command: "hello", client: expect.stringMatching(/^asterite\/\d/) });
    expect(others.filter(({ command }) => command === "hello")).toEqual([]);
    expect([...server.extensions]).toEqual([]);
    const [channel] = server.channels;
    for (const lacking of [
      channel?.sendTyping(),
      channel?.setState("key", 1),
      channel?.fetchState(),
      channel?.search("x"),
      channel?.edit({ slowSeconds: 3 }),
      server.fetchMessage(1),
      server.account.listTokens(),
      server.admin.listBans(),
    ]) {
      await expect(lacking).rejects.toMatchObject({ code: "EXTENSION_MISSING", name: "ExtensionError" });
    }
  });

  it("is not sent if the extensions option is empty", async () => {
    const { reference } = await setUp({ extensions: allExtensions }, { extensions: [] });
    expect(reference.peer.received[0]).toMatchObject({ command: "login" });
  });
});

it("detects a stalled connection and reconnects", async () => {
  // Client and server share a thread, so a blocked thread delays the response to the ping too.
  const { reference, proxy, server, seen } = await setUp({}, { idlePingMs: 50, pingTimeoutMs: 1_000 });
  const lost = server.once("status");
  proxy.inject({ type: "stall" });
  const [status, , error] = await lost;
  expect([status, error?.code]).toEqual(["waiting", "CONNECTION_LOST"]);
  expect(error?.message).toMatch(/no packet from the server for \d+ ms/);
  reference.say("missed");
  const ready = server.once("ready");
  proxy.heal();
  proxy.cut();
  await ready;
  await expect.poll(() => seen).toEqual(["missed"]);
});

it("reconnects to a hundred servers of one client", async () => {
  const references = await Promise.all(Array.from({ length: 10 }, () => ReferenceServer.start()));
  opened.push(...references);
  const client = new Client(account);
  opened.push(client);
  for (let index = 0; index < 100; index++) {
    client.addServer("127.0.0.1", references[index % 10]?.port ?? 0);
  }
  let readyCount = 0;
  client.event(function onReady() {
    readyCount++;
  });
  await client.connect();
  expect(readyCount).toBe(1);
  expect(client.servers.every(({ status }) => status === "ready")).toBe(true);
  const messages: Message[] = [];
  client.on("message", (message) => messages.push(message));
  for (const reference of references) reference.say("to all");
  await expect.poll(() => messages.length).toBe(100);
  await Promise.all(references.map((reference) => reference.restart()));
  await expect.poll(() => client.servers.filter(({ status }) => status === "ready").length).toBe(100);
  for (const reference of references) reference.say("again");
  await expect.poll(() => messages.length).toBe(200);
  expect(readyCount).toBe(1);
  await client.disconnect();
  await client.closed;
  await expect.poll(() => references.reduce((sum, { peers }) => sum + peers.size, 0)).toBe(0);
});
