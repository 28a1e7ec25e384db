import { describe, expect, test } from "vitest";
import { DeckGauge } from "./shared-deck-stats.ts";

const play = (gauge: DeckGauge, fromMs: number, seconds: number): number => {
  for (let frame = 0; frame < 50 * seconds; frame++) gauge.delivered(0, fromMs + 20 * frame);
  return fromMs + 1_000 * seconds;
};

describe("the frame counters of a deck", () => {
  test("cover the last minute and are usable after a whole one", () => {
    const gauge = new DeckGauge();
    expect(gauge.frames(0).usable).toBe(false);
    gauge.start(1_000);
    const afterMs = play(gauge, 1_000, 59);
    expect(gauge.frames(afterMs)).toEqual({ loss: 0, success: 2_950, usable: false });
    const laterMs = play(gauge, afterMs, 120);
    const { success, usable } = gauge.frames(laterMs);
    expect(usable).toBe(true);
    expect(success).toBeGreaterThan(2_900);
    expect(success).toBeLessThanOrEqual(3_060);
  });

  test("count what was missed", () => {
    const gauge = new DeckGauge();
    gauge.start(0);
    for (let frame = 0; frame < 100; frame++) gauge.missed(20 * frame);
    expect(gauge.frames(2_000)).toEqual({ loss: 100, success: 0, usable: false });
  });

  test("go on over a gap of up to 100 ms and start anew after a longer one", () => {
    const gauge = new DeckGauge();
    gauge.start(1_000);
    let nowMs = play(gauge, 1_000, 61);
    gauge.end(nowMs);
    gauge.start(nowMs + 100);
    expect(gauge.frames(nowMs + 100).usable).toBe(true);
    nowMs = play(gauge, nowMs + 100, 1);
    gauge.end(nowMs);
    gauge.start(nowMs + 101);
    expect(gauge.frames(nowMs + 101)).toEqual({ loss: 0, success: 0, usable: false });
    // The gap before the latest start spoils what came after it, until there is another start.
    expect(gauge.frames(nowMs + 100_000).usable).toBe(false);
  });

  test("are seen through the shared memory", () => {
    const gauge = new DeckGauge();
    const other = new DeckGauge(gauge.memory);
    gauge.start(0);
    gauge.place(3, 1_500);
    gauge.delivered(1_520, 20);
    gauge.ask();
    expect(other.stamp).toBe(3);
    expect(other.positionMs).toBe(1_520);
    expect(other.asked).toBe(1);
    expect(other.frames(20).success).toBe(1);
  });
});
