import { FakeClock } from "@asterite/testkit";
import { expect, it } from "vitest";
import { Heartbeat } from "./heartbeat.ts";

function start() {
  const clock = new FakeClock();
  const log: string[] = [];
  const heartbeat = new Heartbeat(
    clock,
    { intervalMs: 1_000, timeoutMs: 300 },
    () => log.push(`ping ${clock.now()}`),
    () => log.push(`timeout ${clock.now()}`),
  );
  return { clock, heartbeat, log };
}

it("pings after an interval without messages, counted from the last one", async () => {
  const { clock, heartbeat, log } = start();
  await clock.advance(700);
  heartbeat.recordActivity();
  await clock.advance(999);
  expect(log).toEqual([]);
  await clock.advance(1);
  expect(log).toEqual(["ping 1700"]);
});

it("reports a ping without a response within the time limit, once", async () => {
  const { clock, log } = start();
  await clock.advance(1_299);
  expect(log).toEqual(["ping 1000"]);
  await clock.advance(10_000);
  expect(log).toEqual(["ping 1000", "timeout 1300"]);
  expect(clock.pending).toBe(0);
});

it("pings again one interval after the response", async () => {
  const { clock, heartbeat, log } = start();
  await clock.advance(1_000);
  heartbeat.recordActivity();
  await clock.advance(300);
  expect(log).toEqual(["ping 1000"]);
  await clock.advance(1_000);
  expect(log).toEqual(["ping 1000", "ping 2300"]);
});

it("leaves no timer when it is stopped, also while it pings", async () => {
  const { clock, heartbeat, log } = start();
  heartbeat.stop();
  expect(clock.pending).toBe(0);
  const other = new Heartbeat(
    clock,
    { intervalMs: 1_000, timeoutMs: 300 },
    () => other.stop(),
    () => log.push("timeout"),
  );
  await clock.advance(10_000);
  expect([log, clock.pending]).toEqual([[], 0]);
});
