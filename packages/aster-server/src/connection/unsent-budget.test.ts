import { expect, it } from "vitest";
import { UnsentBudget } from "./unsent-budget.ts";

it("ends the connections with the most unsent bytes, as many as are above the limit", () => {
  const ended: number[] = [];
  const sizes = [10, 0, 40, 30, 20];
  const senders = sizes.map((queuedBytes) => ({ queuedBytes, disconnect: () => ended.push(queuedBytes) }));
  const ends = (limitBytes: number) => {
    ended.length = 0;
    const budget = new UnsentBudget(limitBytes, () => senders);
    budget.enforce();
    budget.close();
    return [...ended];
  };
  expect([100, 99, 60, 59, 0].map(ends)).toEqual([[], [40], [40], [40, 30], [40, 30, 20, 10]]);
});
