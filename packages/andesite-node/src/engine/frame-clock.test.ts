import { FakeClock } from "@asterite/testkit";
import { expect, it } from "vitest";
import { FrameClock } from "./frame-clock.ts";

/** A clock that can simulate a blocked thread: time passes without timers firing. */
class BlockableClock extends FakeClock {
  #blockedMs = 0;

  override now(): number {
    return super.now() + this.#blockedMs;
  }

  block(ms: number): void {
    this.#blockedMs += ms;
  }
}

it("ticks every 20 ms of absolute time, however long a tick takes", async () => {
  const time = new BlockableClock(5);
  const due: number[] = [];
  const clock = new FrameClock((dueMs) => {
    due.push(dueMs);
    time.block(3);
  }, time);
  clock.start();
  while (time.now() < 1_010) await time.advance(1);
  clock.stop();
  expect(due).toEqual(Array.from({ length: 50 }, (_, index) => 5 + 20 * (index + 1)));
});

it("catches up with missed ticks", async () => {
  const time = new BlockableClock();
  let ticks = 0;
  const clock = new FrameClock(() => {
    if (++ticks === 10) time.block(150);
  }, time);
  clock.start();
  while (time.now() < 1_000) await time.advance(1);
  clock.stop();
  expect(ticks).toBe(50);
  expect(clock.counts.skipped).toBe(0);
  expect(clock.counts.lateness[130]).toBe(1);
});

it("skips the ticks that were missed while the thread was blocked for long", async () => {
  const time = new BlockableClock();
  let ticks = 0;
  const clock = new FrameClock(() => {
    if (++ticks === 10) time.block(10_000);
  }, time);
  clock.start();
  while (time.now() < 11_000) await time.advance(1);
  clock.stop();
  const { skipped, lateness } = clock.counts;
  expect(ticks + skipped).toBe(550);
  expect(skipped).toBe(489);
  expect(lateness.reduce((sum, count) => sum + count, 0)).toBe(ticks);
});

it("can be stopped from within a tick", async () => {
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
