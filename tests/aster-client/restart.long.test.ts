import { expect, it } from "vitest";
import { inProcess, killedProcess, sendOverRestarts } from "../support/restarting-sends.ts";

it("10 000 messages over 50 restarts of the server: none lost, none doubled, each heard once in order", {
  timeout: 120_000,
}, async () => {
  const { returns, ...outcome } = await sendOverRestarts(10_000, 50, await inProcess());
  expect(outcome).toEqual({ lost: 0, doubled: 0, misheard: 0 });
  expect(returns).toBeGreaterThan(20);
});

it("1000 messages while the server's process is killed 5 times: none lost, none doubled, each heard once in order", {
  timeout: 120_000,
}, async () => {
  const { returns, ...outcome } = await sendOverRestarts(1000, 5, await killedProcess());
  expect(outcome).toEqual({ lost: 0, doubled: 0, misheard: 0 });
  expect(returns).toBeGreaterThan(3);
});
