import { expect, it } from "vitest";
import { inProcess, sendOverRestarts } from "../support/restarting-sends.ts";

it("1000 messages over 10 restarts of the server: none lost, none doubled, each heard once in order", async () => {
  const { returns, ...outcome } = await sendOverRestarts(1000, 10, await inProcess());
  expect(outcome).toEqual({ lost: 0, doubled: 0, misheard: 0 });
  expect(returns).toBeGreaterThan(3);
});
