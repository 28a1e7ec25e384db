import { FakeClock } from "@asterite/testkit";
import { describe, expect, test } from "vitest";
import { FrameClock } from "./frame-clock.ts";

/** A clock on which the thread can stand still: time passes and no timer is served. */
class StallingClock extends FakeClock {
  #stalledMs = 0;

  override now(): number {
    return super.now() + this.#stalledMs;
  }

  stall(ms: number): void {
    this.#stalledMs += ms;
  }
}

describe("the frame clock", () => {
  test("ticks every 20 ms of absolute time, however long a tick takes", async () => {
    const time = new StallingClock(5);
    const due: number[] = [];
    const clock = new FrameClock((dueMs) => {
      due.push(dueMs);
      time.stall(3);
    }, time);
    clock.start();
    while (time.now() < 1_010) await time.advance(1);
    clock.stop();
    expect(due).toEqual(Array.from({ length: 50 }, (_, index) => 5 + 20 * (index + 1)));
  });

  test("makes up for ticks that were missed", async () => {
    const time = new StallingClock();
    let ticks = 0;
    const clock = new FrameClock(() => {
      if (++ticks === 10) time.stall(150);
    }, time);
    clock.start();
    while (time.now() < 1_000) await time.advance(1);
    clock.stop();
    expect(ticks).toBe(50);
    expect(clock.counts.skipped).toBe(0);
    expect(clock.counts.lateness[130]).toBe(1);
  });

  test("does not hurry through a long standstill", async () => {
    const time = new StallingClock();
    let ticks = 0;
    const clock = new FrameClock(() => {
      if (++ticks === 10) time.stall(10_000);
    }, time);
    clock.start();
    while (time.now() < 11_000) await time.advance(1);
    clock.stop();
    const { skipped, lateness } = clock.counts;
    expect(ticks + skipped).toBe(550);
    expect(skipped).toBe(489);
    expect(lateness.reduce((sum, count) => sum + count, 0)).toBe(ticks);
  });

  test("stops from within a tick", async () => {
    const time = new FakeClock();
    let ticks = 0;
    const clock = new FrameClock(() => {
      ticks++;
      clock.stop();
    }, time);
    clock.start();
    await time.advance(1_000);
    expect(ticks).toBe(1);
    expect(time.pending).toBe(0);
  });
});
