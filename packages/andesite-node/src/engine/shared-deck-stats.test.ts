import { expect, it } from "vitest";
import { SharedDeckStats } from "./shared-deck-stats.ts";

/** Counts 50 delivered frames a second. Returns the time after the last. */
const play = (stats: SharedDeckStats, fromMs: number, seconds: number): number => {
  for (let frame = 0; frame < 50 * seconds; frame++) stats.countDelivered(0, fromMs + 20 * frame);
  return fromMs + 1_000 * seconds;
};

it("counts the frames of the last minute, usable after a whole minute", () => {
  const stats = new SharedDeckStats();
  expect(stats.frameCounts(0).usable).toBe(false);
  stats.recordStart(1_000);
  const afterMs = play(stats, 1_000, 59);
  expect(stats.frameCounts(afterMs)).toEqual({ loss: 0, success: 2_950, usable: false });
  const laterMs = play(stats, afterMs, 120);
  const { success, usable } = stats.frameCounts(laterMs);
  expect(usable).toBe(true);
  expect(success).toBeGreaterThan(2_900);
  expect(success).toBeLessThanOrEqual(3_060);
});

it("counts missed frames as loss", () => {
  const stats = new SharedDeckStats();
  stats.recordStart(0);
  for (let frame = 0; frame < 100; frame++) stats.countMissed(20 * frame);
  expect(stats.frameCounts(2_000)).toEqual({ loss: 100, success: 0, usable: false });
});

it("continues after a gap of up to 100 ms, and restarts after a longer one", () => {
  const stats = new SharedDeckStats();
  stats.recordStart(1_000);
  let nowMs = play(stats, 1_000, 61);
  stats.recordEnd(nowMs);
  stats.recordStart(nowMs + 100);
  expect(stats.frameCounts(nowMs + 100).usable).toBe(true);
  nowMs = play(stats, nowMs + 100, 1);
  stats.recordEnd(nowMs);
  stats.recordStart(nowMs + 101);
  expect(stats.frameCounts(nowMs + 101)).toEqual({ loss: 0, success: 0, usable: false });
  // The counters stay unusable after a long gap until there is another start.
  expect(stats.frameCounts(nowMs + 100_000).usable).toBe(false);
});

it("shows the values through the shared memory", () => {
  const writer = new SharedDeckStats();
  const reader = new SharedDeckStats(writer.memory);
  writer.recordStart(0);
  writer.setPosition(3, 1_500);
  writer.countDelivered(1_520, 20);
  writer.countRequested();
  expect(reader.revision).toBe(3);
  expect(reader.positionMs).toBe(1_520);
  expect(reader.requestedFrames).toBe(1);
  expect(reader.frameCounts(20).success).toBe(1);
});
