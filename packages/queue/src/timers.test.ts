import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { PlaybackPosition } from "./position.ts";
import { Timers } from "./timers.ts";

describe("Timers", () => {
  it("replaces a pending timer of the same name, or keeps it", async () => {
    const clock = new FakeClock();
    const timers = new Timers<"a" | "b">(clock);
    const fired: string[] = [];
    timers.set("a", 10, () => fired.push("first"));
    timers.set("a", 20, () => fired.push("second"));
    timers.start("a", 5, () => fired.push("third"));
    timers.start("b", 5, () => fired.push("b"));
    expect([clock.pending, timers.has("a"), timers.has("b")]).toEqual([2, true, true]);
    await clock.advance(19);
    expect([fired, timers.has("b")]).toEqual([["b"], false]);
    await clock.advance(1);
    expect([fired, timers.has("a"), clock.pending]).toEqual([["b", "second"], false, 0]);
  });

  it("lets a callback start the timer again", async () => {
    const clock = new FakeClock();
    const timers = new Timers<"a">(clock);
    let count = 0;
    const tick = (): void => {
      if (++count < 3) timers.start("a", 10, tick);
    };
    timers.start("a", 10, tick);
    await clock.advance(100);
    expect([count, timers.has("a")]).toEqual([3, false]);
  });

  it("clears one or all", async () => {
    const clock = new FakeClock();
    const timers = new Timers<"a" | "b" | "c">(clock);
    const fired: string[] = [];
    for (const name of ["a", "b", "c"] as const) timers.set(name, 10, () => fired.push(name));
    timers.clear("a");
    timers.clear("a");
    expect([timers.has("a"), timers.has("b"), clock.pending]).toEqual([false, true, 2]);
    timers.clearAll();
    expect([timers.has("b"), clock.pending]).toEqual([false, 0]);
    await clock.advance(10);
    expect(fired).toEqual([]);
  });
});

describe("PlaybackPosition", () => {
  it("advances with the clock at its speed while it runs", async () => {
    const clock = new FakeClock(500);
    const position = new PlaybackPosition(clock);
    position.set(1_000);
    await clock.advance(100);
    expect(position.ms).toBe(1_000);
    position.run(true);
    await clock.advance(100);
    expect(position.ms).toBe(1_100);
    position.run(true, 1.5);
    await clock.advance(100);
    expect([position.ms, position.speed]).toEqual([1_250, 1.5]);
    position.run(false);
    await clock.advance(100);
    expect([position.ms, position.speed]).toEqual([1_250, 1.5]);
    position.run(true);
    await clock.advance(10);
    position.set(0);
    await clock.advance(10);
    expect(position.ms).toBe(15);
  });

  it("is never negative, and an integer", async () => {
    const clock = new FakeClock();
    const position = new PlaybackPosition(clock);
    position.set(-5);
    expect(position.ms).toBe(0);
    position.set(0);
    position.run(true, 0.333);
    await clock.advance(100);
    expect(position.ms).toBe(33);
  });
});
