// Reconnections in unfavourable order: traffic during the catch-up, servers that were set back, repeated losses.

import { Server, type ServerOptions } from "@asterite/aster";
import { FaultProxy } from "@asterite/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReferenceOptions, ReferenceServer } from "../support/reference-server.ts";

const account = {
  username: "ann",
  password: "secret",
  tls: false,
  reconnect: { firstDelayMs: 5, longestDelayMs: 20 },
} as const;
const extended = { extensions: ["cursor", "nonce"] };

let opened: AsyncDisposable[];

beforeEach(() => {
  opened = [];
});

afterEach(async () => {
  for (const one of opened.reverse()) await one[Symbol.asyncDispose]();
});

async function setUp(options: ReferenceOptions = extended, more: ServerOptions = {}) {
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
    await expect.poll(() => reference.peers.size).toBe(0);
    await task();
    const ready = server.once("ready");
    proxy.heal();
    await ready;
  };
  /** Runs a task when the first request of a name arrives, before its reply. */
  const beforeReplyTo = (name: string, task: () => void) => {
    reference.intercept = (_peer, { command }) => {
      if (command !== name) return undefined;
      reference.intercept = () => undefined;
      task();
      return undefined;
    };
  };
  const channel = server.channels[0];
  if (!channel) throw new Error("no channel");
  return { reference, proxy, server, seen, whileDisconnected, beforeReplyTo, channel };
}

const numbers = (count: number, prefix = "m") =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe("pushes before the reply of the catch-up that covers them", () => {
  it("do not take back the later of two edits", async () => {
    const { reference, server, channel, whileDisconnected, beforeReplyTo } = await setUp();
    const message = await channel.send("A");
    const edits: string[] = [];
    server.on("messageEdit", ({ content }) => edits.push(content));
    const edit = (content: string) =>
      reference.push({ command: "message_edited", message: message.uuid, new_content: content });
    await whileDisconnected(() => {
      beforeReplyTo("events_after", () => {
        edit("B");
        edit("C");
        // A server replays only the current state of an object.
        reference.forgetEvent(-2);
      });
    });
    expect([message.content, edits]).toEqual(["C", ["C"]]);
    edit("D");
    await expect.poll(() => message.content).toBe("D");
  });

  it("do not bring back a deleted message", async () => {
    const { reference, seen, whileDisconnected, beforeReplyTo } = await setUp();
    await whileDisconnected(() => {
      beforeReplyTo("events_after", () => {
        const { uuid } = reference.say("short-lived");
        reference.push({ command: "message_deleted", message: uuid });
        reference.forgetEvent(-2);
      });
    });
    reference.say("after");
    await expect.poll(() => seen).toEqual(["after"]);
  });

  it("are emitted once if the catch-up is longer than what is remembered of it", async () => {
    const { reference, seen, whileDisconnected, beforeReplyTo } = await setUp();
    await whileDisconnected(() => {
      beforeReplyTo("events_after", () => {
        for (const content of numbers(6000)) reference.say(content);
      });
    });
    expect(seen).toEqual(numbers(6000));
  });

  it("are emitted once if the history has them too", async () => {
    const { reference, seen, whileDisconnected, beforeReplyTo } = await setUp({});
    await whileDisconnected(() => {
      beforeReplyTo("history", () => {
        for (const content of numbers(400)) reference.say(content);
      });
    });
    reference.say("after");
    await expect.poll(() => seen.at(-1)).toBe("after");
    expect(seen).toEqual([...numbers(400), "after"]);
  });
});

describe("a server that was set back", () => {
  it("is caught up with by its new sequence, at this absence and the next", async () => {
    const { reference, seen, server, whileDisconnected } = await setUp();
    for (const content of numbers(20, "old")) reference.say(content);
    await expect.poll(() => seen.length).toBe(20);
    await whileDisconnected(() => {
      reference.setBack(5);
      reference.say("first absence");
    });
    reference.say("live");
    await expect.poll(() => seen.slice(20)).toEqual(["first absence", "live"]);
    let pages = 0;
    await whileDisconnected(() => {
      reference.say("second absence");
      reference.intercept = (_peer, { command }) => {
        if (command === "history") pages++;
        return undefined;
      };
    });
    expect([seen.slice(22), pages, server.status]).toEqual([["second absence"], 0, "ready"]);
  });
});

describe("a channel that appeared during an absence", () => {
  const addChannel = (reference: ReferenceServer) =>
    reference.channels.push({ uuid: 299, name: "new", position: 2, permissions: {} });

  /** Returns a clock with the timers of the platform and a date of its own. */
  const clockAt = (time: { readonly seconds: number }) => ({
    now: () => time.seconds * 1000,
    setTimeout: (callback: () => void, delayMs: number): unknown => setTimeout(callback, delayMs),
    clearTimeout: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout),
  });

  it("is read from the loss on, not from an earlier one that was caught up with", async () => {
    const time = { seconds: 1_800_000_000 };
    const { reference, seen, whileDisconnected } = await setUp({}, { clock: clockAt(time) });
    reference.now = () => time.seconds;
    await whileDisconnected(() => {});
    time.seconds += 10;
    await whileDisconnected(() => {
      addChannel(reference);
      reference.now = () => time.seconds - 5;
      reference.say("before the second loss", reference.accounts[0], 299);
      reference.now = () => time.seconds;
      reference.say("after it", reference.accounts[0], 299);
    });
    expect(seen).toEqual(["after it"]);
  });

  it("is read from the first loss on, although attempts to reconnect failed later", async () => {
    const time = { seconds: 1_800_000_000 };
    const { reference, proxy, seen, whileDisconnected } = await setUp({}, { clock: clockAt(time) });
    reference.now = () => time.seconds;
    await whileDisconnected(async () => {
      addChannel(reference);
      reference.say("in the new channel", reference.accounts[0], 299);
      time.seconds += 5;
      const { refused } = proxy.counts;
      await expect.poll(() => proxy.counts.refused).toBeGreaterThan(refused + 2);
    });
    expect(seen).toEqual(["in the new channel"]);
  });

  it("is read from the first loss on, although the catch-up was interrupted", async () => {
    const time = { seconds: 1_800_000_000 };
    const { reference, seen, whileDisconnected } = await setUp({}, { clock: clockAt(time) });
    reference.now = () => time.seconds;
    await whileDisconnected(() => {
      addChannel(reference);
      reference.say("in the new channel", reference.accounts[0], 299);
      time.seconds += 5;
      reference.intercept = (peer, { command }) => {
        if (command !== "history") return undefined;
        reference.intercept = () => undefined;
        peer.socket.destroy();
        return null;
      };
    });
    expect(seen).toEqual(["in the new channel"]);
  });
});

it("misses no message when the server's clock steps back by 100 seconds", async () => {
  const { reference, seen, whileDisconnected } = await setUp({});
  reference.say("before");
  await expect.poll(() => seen).toEqual(["before"]);
  await whileDisconnected(() => {
    const { now } = reference;
    reference.now = () => now() - 100;
    for (const content of numbers(150)) reference.say(content);
  });
  expect(seen).toEqual(["before", ...numbers(150)]);
});

it("gives up a catch-up whose cursor does not move", async () => {
  const { reference, server, whileDisconnected, seen } = await setUp();
  const errors: unknown[] = [];
  server.on("status", (_status, _server, error) => error && errors.push(error.message));
  let repeats = 0;
  await whileDisconnected(() => {
    reference.say("missed");
    reference.intercept = (_peer, { command, cursor }) => {
      if (command !== "events_after" || ++repeats > 3) return undefined;
      return { events: [], cursor, more: true };
    };
  });
  expect([seen, repeats]).toEqual([["missed"], 4]);
  expect(errors.filter((text) => String(text).includes("no higher cursor"))).toHaveLength(3);
});

it("sends the packets of initCommands once, not at every reconnection", async () => {
  const reference = await ReferenceServer.start();
  opened.push(reference);
  const server = new Server("127.0.0.1", reference.port, account);
  opened.push(server);
  await server.connect({ initCommands: [{ command: "get_last_reads" }] });
  const ready = server.once("ready");
  await reference.restart();
  await ready;
  const commands = reference.everyPeer.map(({ received }) => received.map(({ command }) => command));
  expect(commands).toHaveLength(2);
  expect(commands.flat().filter((command) => command === "get_last_reads")).toHaveLength(1);
});

it("fetches each of 40 unknown authors who write in turn", async () => {
  const { reference, server } = await setUp();
  const names: string[] = [];
  server.on("message", ({ author }) => names.push(author.username));
  for (const name of numbers(40, "user")) {
    reference.say("hello", reference.addAccount(name));
    await expect.poll(() => names.at(-1)).toBe(name);
  }
});

it("does not send again if the server has lost the extension nonce", async () => {
  const { reference, channel, server } = await setUp();
  reference.intercept = (peer, { command }) => {
    if (command === "hello") return 400;
    if (command !== "send") return undefined;
    peer.socket.destroy();
    return null;
  };
  const sent = channel.send("once");
  await expect(sent).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  await expect.poll(() => server.status).toBe("ready");
  const sends = reference.everyPeer.flatMap(({ received }) =>
    received.filter(({ command }) => command === "send"),
  );
  expect(sends).toHaveLength(1);
});
