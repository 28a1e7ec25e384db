import { expect, it } from "vitest";
import { inProcess, sendOverRestarts } from "../support/restarting-sends.ts";

it("delivers 1000 messages exactly once and in order over 10 server restarts", async () => {
  const { reconnections, ...outcome } = await sendOverRestarts(1000, 10, await inProcess());
  expect(outcome).toEqual({ lost: 0, duplicated: 0, misdelivered: 0 });
  expect(reconnections).toBeGreaterThan(3);
});
