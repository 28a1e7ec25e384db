import { AsterError, CommandError } from "@asterite/aster";
import { expect, it } from "vitest";
import { memoryStorage } from "../lib/storage/memory-storage.test-support.ts";
import { Outbox, type OutboxContext, type PendingMessage } from "./outbox.ts";

const hour = 60 * 60 * 1000;

/** Returns locks like those of browsers: one task of a name at a time. */
function createLock(): NonNullable<OutboxContext["lock"]> {
  const queues = new Map<string, Promise<void>>();
  return (name, task) => {
    const done = (queues.get(name) ?? Promise.resolve()).then(task);
    queues.set(name, done);
    return done;
  };
}

/** Returns the contexts of tabs that share storage and locks, like those of one browser. */
function createTabs(count: number, overrides: Partial<OutboxContext> = {}) {
  const shared = memoryStorage();
  const listeners: ((key: string) => void)[] = [];
  const lock = createLock();
  const notify = (tab: number, key: string) => {
    listeners.forEach((listener, other) => {
      if (other !== tab) queueMicrotask(() => listener(key));
    });
  };
  return Array.from(
    { length: count },
    (_, tab): { -readonly [Key in keyof OutboxContext]: OutboxContext[Key] } => ({
      storage: {
        ...shared,
        setItem: (key, value) => {
          shared.setItem(key, value);
          notify(tab, key);
        },
        removeItem: (key) => {
          shared.removeItem(key);
          notify(tab, key);
        },
        subscribe: (listener) => {
          listeners[tab] = listener;
        },
      },
      server: "a:1",
      send: () => Promise.resolve(),
      isReady: () => true,
      isIdempotent: () => true,
      hasChannel: () => true,
      lock,
      now: () => 0,
      ...overrides,
    }),
  );
}

function outbox(overrides: Partial<OutboxContext> = {}) {
  const [context] = createTabs(1, overrides);
  if (!context) throw new Error("no tab");
  return { box: new Outbox(context), context };
}

const lostError = new AsterError("CONNECTION_LOST", "lost");
const refusal = () => Promise.reject(new CommandError("send", 403));
const states = (box: Outbox) => box.forChannel(1).map(({ nonce, state }) => `${nonce} ${state}`);
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A connection that breaks and returns, with the messages that the server has stored. */
function createLine(isThere = true) {
  const inFlight: (() => void)[] = [];
  const line = {
    isThere,
    isAnswering: true,
    stored: [] as string[],
    isReady: () => line.isThere,
    send: ({ nonce }: PendingMessage) => {
      if (!line.isThere) return Promise.reject(lostError);
      if (!line.stored.includes(nonce)) line.stored.push(nonce);
      if (line.isAnswering) return Promise.resolve();
      return new Promise<void>((_, reject) => inFlight.push(() => reject(lostError)));
    },
    cut: () => {
      line.isThere = false;
      for (const lose of inFlight.splice(0)) lose();
    },
  };
  return line;
}

it("sends the messages of a channel in the order of writing, whatever was in flight at a loss", async () => {
  const line = createLine();
  line.isAnswering = false;
  const { box } = outbox({ send: line.send, isReady: line.isReady });
  box.add(1, "one", undefined, "a");
  box.add(1, "two", undefined, "b");
  await settled();
  line.cut();
  await settled();
  box.add(1, "three", 7, "c");
  box.add(1, "four", undefined, "d");
  expect(states(box)).toEqual(["a waiting", "b waiting", "c waiting", "d waiting"]);
  Object.assign(line, { isThere: true, isAnswering: true });
  box.flush();
  await settled();
  expect([states(box), line.stored]).toEqual([[], ["a", "b", "c", "d"]]);
});

it("continues when the connection returns before the loss has been noticed", async () => {
  const line = createLine();
  line.isAnswering = false;
  const { box } = outbox({ send: line.send, isReady: line.isReady });
  box.add(1, "one", undefined, "a");
  await settled();
  line.cut();
  Object.assign(line, { isThere: true, isAnswering: true });
  box.flush();
  await settled();
  expect(states(box)).toEqual([]);
});

it("keeps pending messages and nonces across a reload", async () => {
  const { box, context } = outbox({ send: () => new Promise(() => {}) });
  box.add(1, "typed", undefined, "a");
  const sent: PendingMessage[] = [];
  const reloaded = {
    ...context,
    lock: createLock(),
    send: async (one: PendingMessage) => void sent.push(one),
  };
  const again = new Outbox(reloaded);
  again.flush();
  await settled();
  expect(sent).toMatchObject([{ nonce: "a", content: "typed", channel: 1 }]);
  expect(new Outbox(context).forChannel(1)).toEqual([]);
});

it("keeps and shows the messages of all tabs and sends each once", async () => {
  const line = createLine(false);
  const contexts = createTabs(2, { send: line.send, isReady: line.isReady, isIdempotent: () => false });
  const [one, two] = contexts.map((context) => new Outbox(context));
  if (!one || !two) throw new Error("no tabs");
  for (const nonce of ["a", "c", "e"]) {
    one.add(1, nonce, undefined, nonce);
    await settled();
    two.add(1, nonce, undefined, `${nonce}2`);
    await settled();
  }
  const all = ["a", "a2", "c", "c2", "e", "e2"];
  expect([states(one), states(two)]).toEqual(
    [all, all].map((list) => list.map((nonce) => `${nonce} waiting`)),
  );
  const sent: string[] = [];
  for (const context of contexts) context.send = async ({ nonce }) => void sent.push(nonce);
  line.isThere = true;
  one.flush();
  two.flush();
  await settled();
  expect([sent, states(one), states(two)]).toEqual([all, [], []]);
});

it("hands a message over to another tab when the first one loses its connection", async () => {
  const [first, second] = createTabs(2);
  const line = createLine();
  line.isAnswering = false;
  if (!first || !second) throw new Error("no tabs");
  const sent: string[] = [];
  const one = new Outbox({ ...first, send: line.send, isReady: line.isReady });
  const two = new Outbox({ ...second, send: async ({ nonce }) => void sent.push(nonce) });
  one.add(1, "x", undefined, "a");
  await settled();
  expect(sent).toEqual([]);
  line.cut();
  await settled();
  expect([sent, states(one), states(two)]).toEqual([["a"], [], []]);
});

it("does not retry refused sends automatically, and keeps the reason across a reload", async () => {
  const { box, context } = outbox({ send: refusal });
  box.add(1, "x", undefined, "a");
  await settled();
  for (const one of [box, new Outbox(context)]) {
    one.flush();
    await settled();
    expect(one.forChannel(1)).toMatchObject([{ state: "failed", error: { status: 403 } }]);
  }
  expect(box.remove("a")?.content).toBe("x");
  expect(box.forChannel(1)).toEqual([]);
});

it("repeats on a server without nonces only what was never sent", async () => {
  const line = createLine();
  line.isAnswering = false;
  const { box, context } = outbox({ send: line.send, isReady: line.isReady, isIdempotent: () => false });
  box.add(1, "sent", undefined, "a");
  await settled();
  // A tab that crashes leaves the message in the storage.
  const crashed = new Outbox({ ...context, lock: createLock() });
  line.cut();
  await settled();
  box.add(1, "written while away", undefined, "b");
  expect(states(box)).toEqual(["a failed", "b waiting"]);
  Object.assign(line, { isThere: true, isAnswering: true });
  crashed.flush();
  await settled();
  expect([states(crashed), line.stored]).toEqual([["a failed"], ["a", "b"]]);
});

it("does not send messages older than a day", () => {
  const { box, context } = outbox({ isReady: () => false });
  box.add(1, "x", undefined, "a");
  const later = new Outbox({ ...context, isReady: () => true, now: () => 21 * hour });
  later.flush();
  expect(states(later)).toEqual(["a failed"]);
});

it("resends a failed message on request", async () => {
  const { box, context } = outbox({ send: refusal });
  box.add(1, "x", undefined, "a");
  await settled();
  context.send = () => Promise.resolve();
  box.retry("a");
  box.retry("unknown");
  await settled();
  expect(box.forChannel(1)).toEqual([]);
});

it("sends another account's messages only on request, even after a reload", async () => {
  const line = createLine(false);
  const { box, context } = outbox({ send: line.send, isReady: line.isReady });
  box.add(1, "x", undefined, "a");
  box.holdAll();
  line.isThere = true;
  const again = new Outbox(context);
  again.flush();
  await settled();
  expect(states(again)).toEqual(["a failed"]);
  again.retry("a");
  await settled();
  expect([again.forChannel(1), line.stored]).toEqual([[], ["a"]]);
});

it("hides a message that seems to have arrived and shows it again if sending fails", async () => {
  const line = createLine();
  line.isAnswering = false;
  const { box } = outbox({ send: line.send, isReady: line.isReady });
  box.add(1, "hello", undefined, "a");
  box.add(1, "hello", undefined, "b");
  await settled();
  box.markSeen(2, "hello");
  box.markSeen(1, "other");
  expect(states(box)).toEqual(["a sending", "b sending"]);
  box.markSeen(1, "hello");
  expect(states(box)).toEqual(["b sending"]);
  await settled();
  line.cut();
  await settled();
  expect(states(box)).toEqual(["a waiting", "b waiting"]);
});

it("shows the texts of deleted channels in every channel", () => {
  const { box } = outbox({ hasChannel: (channel) => channel !== 2 });
  box.keep("draft-2", 2, "half a sentence", "unknown:channel");
  expect(box.forChannel(1)).toMatchObject([
    { content: "half a sentence", state: "failed", error: { status: 404 } },
  ]);
});

it("sends a reply to a deleted message as a message of its own on request", async () => {
  const refused = () => Promise.reject(new CommandError("send", 404, { reason: "unknown:reply" }));
  const { box, context } = outbox({ send: refused });
  box.add(1, "x", 7, "a");
  await settled();
  const sent: PendingMessage[] = [];
  context.send = async (pending) => void sent.push(pending);
  box.retry("a");
  await settled();
  expect(sent).toMatchObject([{ content: "x" }]);
  expect(sent[0]?.replyTo).toBeUndefined();
});

it("takes over the messages that an earlier version stored", () => {
  const storage = memoryStorage();
  const old = [
    { nonce: "n1", channel: 1, content: "one", at: 5 },
    { nonce: "n2", channel: 1, content: "two", replyTo: 9, at: 6, isHeld: true },
  ];
  storage.setItem("asterite.outbox.a:1", JSON.stringify(old));
  const { box } = outbox({ storage, isReady: () => false });
  expect(box.forChannel(1)).toEqual([
    expect.objectContaining({ nonce: "n1", content: "one", state: "waiting" }),
    expect.objectContaining({ nonce: "n2", content: "two", replyTo: 9, state: "failed" }),
  ]);
  box.remove("n1");
  expect(outbox({ storage }).box.forChannel(1)).toHaveLength(1);
});

it("keeps the second of two equal messages visible until it was sent", async () => {
  const sending = Promise.withResolvers<void>();
  const send = () => {
    sending.resolve();
    return new Promise<void>(() => {});
  };
  const { box, context } = outbox({ isIdempotent: () => false, send });
  box.add(1, "again", undefined, "n1");
  box.add(1, "again", undefined, "n2");
  await sending.promise;
  box.markSeen(1, "again");
  // The message came from another device, or its reply overtook it.
  box.markSeen(1, "again");
  expect(box.forChannel(1).map(({ nonce }) => nonce)).toEqual(["n2"]);
  context.isReady = () => false;
  box.flush();
  expect(box.forChannel(1).map(({ nonce, state }) => [nonce, state])).toContainEqual(["n2", "waiting"]);
});
