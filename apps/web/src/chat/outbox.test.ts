import { AsterError, CommandError } from "@asterite/aster";
import { expect, it } from "vitest";
import { memoryStorage } from "../lib/storage/stored-value.ts";
import { Outbox, type OutboxContext, type Pending } from "./outbox.ts";

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
    isSafeToRepeat: () => true,
    now: () => 0,
    ...overrides,
  };
  return { box: new Outbox(context), context, sent };
}

const lost = () => Promise.reject(new AsterError("CONNECTION_LOST", "lost"));
const states = (box: Outbox) => box.in(1).map(({ nonce, state }) => `${nonce} ${state}`);
const settled = () => new Promise((resolve) => setTimeout(resolve));

it("a sent message leaves, and what is lost on the way goes out again in order", async () => {
  let isThere = false;
  const sent: string[] = [];
  const send = async ({ nonce }: Pending) => {
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

it("what was on its way survives the page, with its name", async () => {
  const { box, context } = outbox({ send: () => new Promise(() => {}) });
  box.add(1, "typed", undefined, "a");
  const sent: Pending[] = [];
  const again = new Outbox({ ...context, send: async (pending) => void sent.push(pending) });
  expect(states(again)).toEqual(["a waiting"]);
  again.flush();
  await settled();
  expect(sent).toMatchObject([{ nonce: "a", content: "typed", channel: 1 }]);
  expect(new Outbox(context).in(1)).toEqual([]);
});

it("what the server refuses, and what might be stored twice, is left to the person", async () => {
  const refused = outbox({ send: () => Promise.reject(new CommandError("send", 403)) });
  refused.box.add(1, "x", undefined, "a");
  await settled();
  expect(refused.box.in(1)).toMatchObject([{ state: "failed", error: { status: 403 } }]);
  expect(refused.box.settle("a")?.content).toBe("x");
  expect(refused.box.in(1)).toEqual([]);

  const unsafe = outbox({ send: lost, isSafeToRepeat: () => false });
  unsafe.box.add(1, "x", undefined, "a");
  await settled();
  expect(states(unsafe.box)).toEqual(["a failed"]);
});

it("after a day nothing goes out by itself", async () => {
  const { box, context } = outbox({ send: lost });
  box.add(1, "x", undefined, "a");
  await settled();
  const later = new Outbox({ ...context, now: () => 21 * hour });
  expect(states(later)).toEqual(["a failed"]);
});

it("a failed message is sent again when the person says so", async () => {
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
  expect(box.in(1)).toEqual([]);
});

it("what another account wrote goes out only when the person says so, after a reload too", async () => {
  let send = lost;
  const { box, context } = outbox({ send: () => send() });
  box.add(1, "x", undefined, "a");
  await settled();
  box.hold();
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
  expect(again.in(1)).toEqual([]);
});

it("what has come before the server says so is not shown twice, and comes back where it was another's", async () => {
  const answer = Promise.withResolvers<void>();
  const { box, context } = outbox({ send: () => answer.promise });
  box.add(1, "hello", undefined, "a");
  box.add(1, "hello", undefined, "b");
  box.see(2, "hello");
  box.see(1, "other");
  expect(states(box)).toEqual(["a sending", "b sending"]);
  box.see(1, "hello");
  expect(states(box)).toEqual(["b sending"]);
  expect(states(new Outbox(context))).toEqual(["a waiting", "b waiting"]);
  answer.reject(new AsterError("CONNECTION_LOST", "lost"));
  await settled();
  expect(states(box)).toEqual(["a waiting", "b waiting"]);
});
