import { FakeClock } from "@asterite/testkit";
import { beforeEach, expect, it } from "vitest";
import { AsterError, CommandError } from "../errors.ts";
import { keepTyping } from "./typing-indicator.ts";

let clock: FakeClock;
let sent: number;
let reported: unknown[];
let failure: Error | undefined;

beforeEach(() => {
  clock = new FakeClock();
  sent = 0;
  reported = [];
  failure = undefined;
});

const start = () =>
  keepTyping({
    send: () => {
      sent++;
      return failure ? Promise.reject(failure) : Promise.resolve();
    },
    clock,
    report: (error) => reported.push(error),
  });

it("is sent at once and every four seconds until it is stopped, and leaves no timer", async () => {
  const stop = start();
  expect(sent).toBe(1);
  await clock.advance(12_000);
  expect(sent).toBe(4);
  stop();
  expect(clock.pending).toBe(0);
  await clock.advance(60_000);
  expect(sent).toBe(4);
});

it("leaves no timer if it is stopped before the first reply", async () => {
  start()();
  await clock.advance(60_000);
  expect([sent, clock.pending]).toEqual([1, 0]);
});

it("goes on after a lost connection", async () => {
  failure = new AsterError("CONNECTION_LOST", "lost");
  const stop = start();
  await clock.advance(4000);
  failure = undefined;
  await clock.advance(4000);
  expect([sent, reported]).toEqual([3, []]);
  stop();
});

it("ends with a refusal, which is reported once", async () => {
  failure = new CommandError("typing", 403);
  start();
  await clock.advance(60_000);
  expect([sent, reported, clock.pending]).toEqual([1, [failure], 0]);
});
