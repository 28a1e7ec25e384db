import { expect, it } from "vitest";
import { Histogram, Metrics } from "./metrics.ts";

it("counts a value in the first bucket whose upper bound is not below it", () => {
  const histogram = new Histogram([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 3, 4, 5, 100]) histogram.add(value);
  expect(histogram.counts).toEqual([2, 2, 2, 2]);
  expect({ sum: histogram.sum, count: histogram.count }).toEqual({ sum: 116.5, count: 8 });
});

it("counts nonexistent commands as unknown", () => {
  const metrics = new Metrics();
  for (let index = 0; index < 1000; index++) metrics.countCommand(`made up ${index}`, 400, 1);
  metrics.countCommand("send", 200, 5);
  metrics.countCommand("send", 403, 5);
  expect([...(metrics.commands.get("unknown")?.statusCounts() ?? [])]).toEqual([
    { status: 400, count: 1000 },
  ]);
  expect([...(metrics.commands.get("send")?.statusCounts() ?? [])]).toEqual([
    { status: 200, count: 1 },
    { status: 403, count: 1 },
  ]);
  expect(metrics.commands.get("send")?.seconds.sum).toBeCloseTo(0.01);
  expect(metrics.commands.get("made up 1")).toBeUndefined();
});
