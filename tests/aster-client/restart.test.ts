import { expect, it } from "vitest";
import { sendOverRestarts } from "../support/restarting-sends.ts";

it("200 messages over 2 restarts of the server: none lost, none doubled, each heard once in order", async () => {
  const { returns, ...outcome } = await sendOverRestarts(200, 2);
  expect(outcome).toEqual({ lost: 0, doubled: 0, misheard: 0 });
  expect(returns).toBeGreaterThan(0);
});
