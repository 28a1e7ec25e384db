import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { ConnectionWatch } from "./connection-watch.ts";

/** Creates a watch with limits of 5 s, 2 s for a first connection and 1 s for a retry. */
function createWatch(limits: { migrateAfterMs?: number; firstConnectionMs?: number } = {}) {
  const clock = new FakeClock(1_000);
  const reports: number[] = [];
  const watch = new ConnectionWatch(
    { clock, migrateAfterMs: 5_000, firstConnectionMs: 2_000, retryAfterMs: 1_000, ...limits },
    () => reports.push(clock.now() - 1_000),
  );
  return { clock, watch, reports };
}

describe("a lost connection", () => {
  it("is reported once the limit has passed, counted from the first loss", async () => {
    const { clock, watch, reports } = createWatch();
    watch.connectionLost();
    await clock.advance(3_000);
    watch.connectionLost();
    await clock.advance(1_999);
    expect([reports, watch.isUnreachable]).toEqual([[], false]);
    await clock.advance(1);
    expect([reports, watch.isUnreachable, watch.isRefused]).toEqual([[5_000], true, false]);
    watch.connectionLost();
    expect([clock.pending, watch.isUnreachable]).toEqual([0, true]);
  });

  it("is reported at once with a limit of 0, and never with an infinite one", () => {
    const none = createWatch({ migrateAfterMs: 0 });
    none.watch.connectionLost();
    expect([none.reports, none.watch.isUnreachable]).toEqual([[0], true]);
    const infinite = createWatch({ migrateAfterMs: Number.POSITIVE_INFINITY });
    infinite.watch.connectionLost();
    infinite.watch.attemptFailed();
    expect([infinite.clock.pending, infinite.watch.isUnreachable]).toEqual([0, false]);
  });

  it("is forgotten when the member is connected again", async () => {
    const { clock, watch, reports } = createWatch();
    watch.connectionLost();
    watch.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(10_000);
    watch.connectionLost();
    await clock.advance(5_000);
    expect(reports).toEqual([15_000]);
    watch.stop();
    expect(watch.isUnreachable).toBe(false);
  });
});

describe("a first connection", () => {
  it("has the longer of both limits", async () => {
    for (const [limits, limitMs] of [
      [{ migrateAfterMs: 0 }, 2_000],
      [{ migrateAfterMs: 3_000 }, 3_000],
    ] as const) {
      const { clock, watch, reports } = createWatch(limits);
      watch.expectConnection();
      await clock.advance(10_000);
      expect(reports).toEqual([limitMs]);
    }
  });

  it("has the limit of a lost one, from the first use, once an attempt has failed", async () => {
    const { clock, watch, reports } = createWatch({ migrateAfterMs: 1_000 });
    watch.expectConnection();
    await clock.advance(400);
    watch.attemptFailed();
    await clock.advance(599);
    expect(reports).toEqual([]);
    await clock.advance(1);
    expect([reports, clock.pending]).toEqual([[1_000], 0]);
  });

  it("is reported at once when an attempt fails after that limit", async () => {
    const { clock, watch, reports } = createWatch({ migrateAfterMs: 1_000 });
    watch.expectConnection();
    await clock.advance(1_500);
    watch.attemptFailed();
    expect([reports, clock.pending]).toEqual([[1_500], 0]);
  });

  it("counts from the failed attempt when no use came before it", async () => {
    const { clock, watch, reports } = createWatch();
    await clock.advance(700);
    watch.attemptFailed();
    await clock.advance(10_000);
    expect(reports).toEqual([5_700]);
  });
});

describe("a refused password", () => {
  it("excludes the member for the given time, whatever fails before", async () => {
    const { clock, watch, reports } = createWatch();
    watch.connectionLost();
    watch.refuse(60_000);
    watch.attemptFailed();
    watch.connectionLost();
    await clock.advance(59_999);
    expect([watch.isRefused, watch.isUnreachable, clock.pending, reports]).toEqual([true, true, 0, []]);
    await clock.advance(1);
    expect([watch.isRefused, watch.isUnreachable]).toEqual([false, false]);
  });

  it("is followed by the limit of the next try", async () => {
    const { clock, watch, reports } = createWatch();
    watch.refuse(1_000);
    await clock.advance(1_000);
    watch.expectConnection();
    await clock.advance(5_000);
    expect(reports).toEqual([6_000]);
  });
});

describe("retry", () => {
  it("reports an unreachable member once more", async () => {
    const { clock, watch, reports } = createWatch();
    watch.connectionLost();
    await clock.advance(5_000);
    watch.retry();
    expect(watch.isUnreachable).toBe(true);
    await clock.advance(10_000);
    expect(reports).toEqual([5_000, 6_000]);
  });

  it("replaces the retry before it, and ends with the connection", async () => {
    const { clock, watch, reports } = createWatch();
    watch.connectionLost();
    await clock.advance(5_000);
    watch.retry();
    watch.retry();
    expect(clock.pending).toBe(1);
    watch.stop();
    expect([clock.pending, reports.length]).toEqual([0, 1]);
  });

  it("has no effect on a member that is reachable", () => {
    const { clock, watch } = createWatch();
    watch.retry();
    expect([clock.pending, watch.isUnreachable]).toEqual([0, false]);
  });
});
