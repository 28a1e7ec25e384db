import { AsterError, CommandError } from "@asterite/aster";
import { expect, it } from "vitest";
import { memoryStorage } from "../lib/storage/stored-value.ts";
import { Outbox, type OutboxContext, type PendingMessage } from "./outbox.ts";

const hour = 60 * 60 * 1000;

function outbox(overrides: Partial<OutboxContext> = {}) {
  const sent: string[] = [];
  const context: OutboxContext = {
    storage: memoryStorage(),
    server: "a:1",
    send: ({ nonce }) => {
      sent.push(nonce);
      return Promise.resolve();
    },
    isIdempotent: () => true,
    now: () => 0,
    ...overrides,
  };
  return { box: new Outbox(context), context, sent };
}

const lost = () => Promise.reject(new AsterError("CONNECTION_LOST", "lost"));
const states = (box: Outbox) => box.forChannel(1).map(({ nonce, state }) => `${nonce} ${state}`);
const settled = () => new Promise((resolve) => setTimeout(resolve));

it("removes sent messages and resends lost ones in order", async () => {
  let isThere = false;
  const sent: string[] = [];
  const send = async ({ nonce }: PendingMessage) => {
    if (!isThere) await lost();
    sent.push(nonce);
  };
  const { box } = outbox({ send });
  box.add(1, "one", undefined, "a");
  box.add(1, "two", 7, "b");
  await settled();
  expect(states(box)).toEqual(["a waiting", "b waiting"]);
  isThere = true;
  box.flush();
  await settled();
  expect([states(box), sent]).toEqual([[], ["a", "b"]]);
});

it("keeps pending messages and nonces across a reload", async () => {
  const { box, context } = outbox({ send: () => new Promise(() => {}) });
  box.add(1, "typed", undefined, "a");
  const sent: PendingMessage[] = [];
  const again = new Outbox({ ...context, send: async (pending) => void sent.push(pending) });
  expect(states(again)).toEqual(["a waiting"]);
  again.flush();
  await settled();
  expect(sent).toMatchObject([{ nonce: "a", content: "typed", channel: 1 }]);
  expect(new Outbox(context).forChannel(1)).toEqual([]);
});

it("does not retry refused or non-idempotent sends automatically", async () => {
  const refused = outbox({ send: () => Promise.reject(new CommandError("send", 403)) });
  refused.box.add(1, "x", undefined, "a");
  await settled();
  expect(refused.box.forChannel(1)).toMatchObject([{ state: "failed", error: { status: 403 } }]);
  expect(refused.box.remove("a")?.content).toBe("x");
  expect(refused.box.forChannel(1)).toEqual([]);

  const unsafe = outbox({ send: lost, isIdempotent: () => false });
  unsafe.box.add(1, "x", undefined, "a");
  await settled();
  expect(states(unsafe.box)).toEqual(["a failed"]);
});

it("does not resend messages older than a day", async () => {
  const { box, context } = outbox({ send: lost });
  box.add(1, "x", undefined, "a");
  await settled();
  const later = new Outbox({ ...context, now: () => 21 * hour });
  expect(states(later)).toEqual(["a failed"]);
});

it("resends a failed message on request", async () => {
  let fails = true;
  const { box } = outbox({
    send: () => (fails ? Promise.reject(new CommandError("send", 403)) : Promise.resolve()),
  });
  box.add(1, "x", undefined, "a");
  await settled();
  fails = false;
  box.retry("a");
  box.retry("unknown");
  await settled();
  expect(box.forChannel(1)).toEqual([]);
});

it("sends another account's messages only on request, even after a reload", async () => {
  let send = lost;
  const { box, context } = outbox({ send: () => send() });
  box.add(1, "x", undefined, "a");
  await settled();
  box.holdAll();
  expect(states(box)).toEqual(["a failed"]);
  const again = new Outbox(context);
  again.flush();
  expect(states(again)).toEqual(["a failed"]);
  again.retry("a");
  await settled();
  expect(states(again)).toEqual(["a waiting"]);
  send = () => Promise.resolve() as Promise<never>;
  again.flush();
  await settled();
  expect(again.forChannel(1)).toEqual([]);
});

it("hides a message that seems to have arrived and shows it again if sending fails", async () => {
  const answer = Promise.withResolvers<void>();
  const { box, context } = outbox({ send: () => answer.promise });
  box.add(1, "hello", undefined, "a");
  box.add(1, "hello", undefined, "b");
  box.markSeen(2, "hello");
  box.markSeen(1, "other");
  expect(states(box)).toEqual(["a sending", "b sending"]);
  box.markSeen(1, "hello");
  expect(states(box)).toEqual(["b sending"]);
  expect(states(new Outbox(context))).toEqual(["a waiting", "b waiting"]);
  answer.reject(new AsterError("CONNECTION_LOST", "lost"));
  await settled();
  expect(states(box)).toEqual(["a waiting", "b waiting"]);
});
