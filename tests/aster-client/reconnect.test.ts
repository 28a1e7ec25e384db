import { Client, type Message, Server, type ServerOptions } from "@asterite/aster";
import { FaultProxy } from "@asterite/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReferenceOptions, ReferenceServer } from "../support/reference-server.ts";

const quick = { reconnect: { firstDelayMs: 10, longestDelayMs: 50 } } as const;
const account = { username: "ann", password: "secret", tls: false, ...quick } as const;
const everything = ["cursor", "nonce", "tokens"];

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
  /** Cuts the connection, lets something happen, and waits until the server object is back. */
  const away = async (meanwhile: () => unknown) => {
    proxy.inject({ type: "refuse" });
    const lost = server.once("status");
    proxy.cut();
    await lost;
    // The server has to notice too, or it would still hand out the news.
    await expect.poll(() => reference.peers.size).toBe(0);
    await meanwhile();
    const ready = server.once("ready");
    proxy.heal();
    await ready;
  };
  const channel = server.channels[0];
  if (!channel) throw new Error("no channel");
  return { reference, proxy, server, seen, away, channel };
}

const numbers = (count: number, prefix = "m") =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe.each([
  ["by its sequence of events", { extensions: everything }],
  ["by paging the history, without extensions", {}],
  [
    "by paging the history, because the sequence does not reach back",
    { extensions: everything, keptEvents: 3 },
  ],
  ["although every push comes twice", { duplicatesPushes: true }],
  ["although every push comes twice, with a sequence", { extensions: everything, duplicatesPushes: true }],
])("what was missed comes %s", (_name, options: ReferenceOptions) => {
  it("in order and once each, after what was there and before what follows", async () => {
    const { reference, seen, away } = await setUp(options);
    reference.say("before");
    await away(() => numbers(250).map((content) => reference.say(content)));
    reference.say("after");
    await expect.poll(() => seen.at(-1)).toBe("after");
    expect(seen).toEqual(["before", ...numbers(250), "after"]);
    await away(() => {});
    await away(() => reference.say("later"));
    expect(seen.slice(252)).toEqual(["later"]);
  });

  it("from every channel, also one that was quiet, was empty, or is new", async () => {
    const { reference, seen, away } = await setUp(options);
    await away(() => {
      reference.channels.push({ uuid: 299, name: "new", position: 2, permissions: {} });
      reference.say("general");
      reference.say("music", reference.accounts[0], 202);
      reference.say("new", reference.accounts[0], 299);
    });
    expect(seen.toSorted()).toEqual(["general", "music", "new"]);
  });

  it("from people who were not known, with their names", async () => {
    const { reference, server, away } = await setUp(options);
    const authors: string[] = [];
    server.on("message", ({ author }) => authors.push(author.username));
    await away(() => reference.say("hello", reference.addAccount("bob")));
    expect(authors).toEqual(["bob"]);
  });
});

describe("a message that was there before", () => {
  it("is not told again, even if the last ones were deleted meanwhile", async () => {
    const { reference, seen, away, server } = await setUp();
    for (const content of numbers(5)) reference.say(content);
    await expect.poll(() => seen.length).toBe(5);
    await away(() => {
      reference.messages.splice(3, 2);
      reference.say("new");
    });
    expect(seen).toEqual([...numbers(5), "new"]);
    expect(server.status).toBe("ready");
  });

  it("from before the first connection is never told", async () => {
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

it("edits and deletions that were missed are told too, where the server has a sequence", async () => {
  const { reference, server, away, channel } = await setUp({ extensions: everything });
  const edited = await channel.send("first");
  const deleted = await channel.send("gone soon");
  const told: string[] = [];
  server.on("messageEdit", ({ previousContent, content }) => told.push(`${previousContent} → ${content}`));
  server.on("messageDelete", ({ message }) => told.push(`${message?.content} is gone`));
  await away(() => {
    reference.push({ command: "message_edited", message: edited.uuid, new_content: "second" });
    reference.push({ command: "message_deleted", message: deleted.uuid });
  });
  expect(told).toEqual(["first → second", "gone soon is gone"]);
  expect([edited.content, deleted.isDeleted]).toEqual(["second", true]);
});

it("what happens while the past is fetched waits for it", async () => {
  const { reference, seen, away } = await setUp({ extensions: everything });
  await away(() => {
    for (const content of numbers(3)) reference.say(content);
    reference.intercept = (_peer, { command }) => {
      if (command === "get_metadata") reference.say("meanwhile");
      if (command === "events_after") reference.intercept = () => undefined;
      return undefined;
    };
  });
  expect(seen).toEqual([...numbers(3), "meanwhile"]);
});

it("a connection that breaks again while the past is fetched loses and doubles nothing", async () => {
  const { reference, seen, away } = await setUp({ extensions: everything });
  let cuts = 0;
  await away(() => {
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

it("a message that is deleted while the history is read does not hide what is older", async () => {
  const { reference, seen, away } = await setUp();
  reference.say("known");
  await expect.poll(() => seen.length).toBe(1);
  await away(() => {
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

it("a long absence is cut at the limit, and that is told", async () => {
  const { reference, seen, away, server } = await setUp({}, { catchUpMessages: 150 });
  const errors: unknown[] = [];
  server.on("error", (error) => errors.push(error));
  reference.say("known");
  await expect.poll(() => seen.length).toBe(1);
  await away(() => numbers(400).map((content) => reference.say(content)));
  expect(seen).toEqual(["known", ...numbers(400).slice(250)]);
  expect(errors).toMatchObject([{ code: "EVENTS_MISSED" }]);
});

it("a server that gives the same page again and again does not keep the client for ever", async () => {
  const { reference, away, server, seen } = await setUp();
  await away(() => {
    const page = numbers(100).map((content, index) => {
      const place = { author_uuid: 1, channel_uuid: 201, date: reference.now() };
      return { uuid: 5000 + index, content, ...place, edited: false, reply: null };
    });
    reference.intercept = (_peer, { command, channel }) =>
      command === "history" ? { data: channel === 201 ? page : [] } : undefined;
  });
  expect([server.status, seen.length]).toEqual(["ready", 100]);
});

describe("sending over a loss", () => {
  it("stores each message once where the server knows nonces, whether the loss ate the request or the reply", async () => {
    const { reference, channel, proxy } = await setUp({ extensions: everything });
    for (const eats of ["request", "reply"]) {
      reference.intercept = (peer, packet) => {
        if (packet["command"] !== "send") return undefined;
        reference.intercept = () => undefined;
        if (eats === "reply") reference.run(peer, packet);
        peer.socket.destroy();
        return null;
      };
      expect((await channel.send(eats)).content).toBe(eats);
    }
    proxy.inject({ type: "refuse" });
    proxy.cut();
    const sent = channel.send("while away");
    await expect.poll(() => proxy.counts.refused).toBeGreaterThan(0);
    proxy.heal();
    await sent;
    expect(reference.messages.map(({ content }) => content)).toEqual(["request", "reply", "while away"]);
  });

  it("rejects where it does not, since nobody can know whether the message was stored", async () => {
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

  it("gives up after its time, with its signal, and when the connection is closed", async () => {
    const { channel, proxy, server } = await setUp({ extensions: everything }, { sendRetryMs: 50 });
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

  it("lets a program name its message, so that it can repeat it itself", async () => {
    const { channel, reference } = await setUp({ extensions: everything });
    const [one, two] = [await channel.send("x", { nonce: "n" }), await channel.send("x", { nonce: "n" })];
    expect(one).toBe(two);
    expect(reference.messages).toHaveLength(1);
    await expect(channel.send("x", { nonce: "n".repeat(65) })).rejects.toThrow(/nonce/);
  });
});

describe("tokens", () => {
  it("log in again without the password, also in another process", async () => {
    const { reference, server, away } = await setUp({ extensions: everything }, { wantToken: true });
    expect(server.token).toMatch(/^token-/);
    await away(() => {});
    const logins = () =>
      reference.everyPeer.flatMap(({ received }) => received).filter(({ command }) => command === "login");
    expect(logins().at(-1)).toEqual({ command: "login", token: server.token });
    const { token } = server;
    await using other = new Server("127.0.0.1", reference.port, { token, tls: false });
    await other.connect();
    expect(other.selfUuid).toBe(server.selfUuid);
  });

  it("that are refused leave the password, if there is one", async () => {
    const reference = await ReferenceServer.start({ extensions: everything });
    opened.push(reference);
    await using fallback = new Server("127.0.0.1", reference.port, { ...account, token: "old" });
    await fallback.connect();
    await using bare = new Server("127.0.0.1", reference.port, { token: "old", tls: false });
    await expect(bare.connect()).rejects.toThrow(/login was answered with 403: the token is not valid/);
  });

  it("are not asked for where the server has none", async () => {
    const { reference, server } = await setUp({}, { wantToken: true });
    expect(server.token).toBeUndefined();
    expect(reference.peer.received).toContainEqual({ command: "login", uname: "ann", passwd: "secret" });
  });
});

describe("hello", () => {
  it("is sent once, first, and 400 means that there are no extensions", async () => {
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

  it("is left out if no extension is wanted", async () => {
    const { reference } = await setUp({ extensions: everything }, { extensions: [] });
    expect(reference.peer.received[0]).toMatchObject({ command: "login" });
  });
});

it("a stalled connection is found and replaced", async () => {
  // Client and server share a thread here, and one that stands still for so long answers no ping in it.
  const { reference, proxy, server, seen } = await setUp({}, { idlePingMs: 50, pingTimeoutMs: 1_000 });
  const lost = server.once("status");
  proxy.inject({ type: "stall" });
  const [status, , error] = await lost;
  expect([status, error?.code]).toEqual(["waiting", "CONNECTION_LOST"]);
  expect(error?.message).toMatch(/silent for \d+ ms/);
  reference.say("missed");
  const ready = server.once("ready");
  proxy.heal();
  proxy.cut();
  await ready;
  await expect.poll(() => seen).toEqual(["missed"]);
});

it("one client holds a hundred servers, and all come back", async () => {
  const references = await Promise.all(Array.from({ length: 10 }, () => ReferenceServer.start()));
  opened.push(...references);
  const client = new Client(account);
  opened.push(client);
  for (let index = 0; index < 100; index++) {
    client.addServer("127.0.0.1", references[index % 10]?.port ?? 0);
  }
  let readies = 0;
  client.event(function onReady() {
    readies++;
  });
  await client.connect();
  expect(readies).toBe(1);
  expect(client.servers.every(({ status }) => status === "ready")).toBe(true);
  const messages: Message[] = [];
  client.on("message", (message) => messages.push(message));
  for (const reference of references) reference.say("to all");
  await expect.poll(() => messages.length).toBe(100);
  await Promise.all(references.map((reference) => reference.restart()));
  await expect.poll(() => client.servers.filter(({ status }) => status === "ready").length).toBe(100);
  for (const reference of references) reference.say("again");
  await expect.poll(() => messages.length).toBe(200);
  expect(readies).toBe(1);
  await client.disconnect();
  await client.closed;
  await expect.poll(() => references.reduce((sum, { peers }) => sum + peers.size, 0)).toBe(0);
});
