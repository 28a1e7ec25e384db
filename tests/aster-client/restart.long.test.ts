import { expect, it } from "vitest";
import { inProcess, killedProcess, sendOverRestarts } from "../support/restarting-sends.ts";

it("delivers 10 000 messages exactly once and in order over 50 server restarts", {
  timeout: 120_000,
}, async () => {
  const { reconnections, ...outcome } = await sendOverRestarts(10_000, 50, await inProcess());
  expect(outcome).toEqual({ lost: 0, duplicated: 0, misdelivered: 0 });
  expect(reconnections).toBeGreaterThan(20);
});

it("delivers 1000 messages exactly once and in order when the server process is killed 5 times", {
  timeout: 120_000,
}, async () => {
  const { reconnections, ...outcome } = await sendOverRestarts(1000, 5, await killedProcess());
  expect(outcome).toEqual({ lost: 0, duplicated: 0, misdelivered: 0 });
  expect(reconnections).toBeGreaterThan(3);
});
