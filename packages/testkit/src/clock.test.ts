import { describe, expect, it } from "vitest";
import { type Clock, FakeClock, systemClock } from "./clock.ts";

/** Reads the time through the interface, as the code under test does. */
const sleep = (clock: Clock, ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));

describe("fake clock", () => {
  it("advances only when told to", async () => {
    const clock = new FakeClock(500);
    expect(clock.now()).toBe(500);
    await clock.advance(250);
    expect(clock.now()).toBe(750);
  });

  it("runs timers by time, then by creation, each at its own time", async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const note = (name: string) => () => ran.push(`${name}@${clock.now()}`);
    clock.setTimeout(note("c"), 20);
    clock.setTimeout(note("a"), 10);
    clock.setTimeout(note("b"), 10);
    clock.setTimeout(note("late"), 31);
    await clock.advance(30);
    expect(ran).toEqual(["a@10", "b@10", "c@20"]);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(ran.at(-1)).toBe("late@31");
    expect(clock.pending).toBe(0);
  });

  it("runs timers started by timers, and keeps later ones", async () => {
    const clock = new FakeClock();
    const times: number[] = [];
    const again = () => {
      times.push(clock.now());
      clock.setTimeout(again, 10);
    };
    clock.setTimeout(again, 10);
    await clock.advance(35);
    expect(times).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
    expect(clock.pending).toBe(1);
  });

  it("settles promise chains of any length between timers", async () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const chain = async (name: string) => {
      await sleep(clock, 10);
      for (let step = 0; step < 1000; step++) await Promise.resolve();
      seen.push(`${name}@${clock.now()}`);
      await sleep(clock, 10);
      seen.push(`${name}@${clock.now()}`);
    };
    const both = Promise.all([chain("x"), chain("y")]);
    await clock.advance(20);
    expect(seen).toEqual(["x@10", "y@10", "x@20", "y@20"]);
    await both;
  });

  it("runs timers that a promise starts before the clock advances", async () => {
    const clock = new FakeClock();
    let done = false;
    void Promise.resolve()
      .then(() => sleep(clock, 5))
      .then(() => {
        done = true;
      });
    await clock.advance(5);
    expect(done).toBe(true);
  });

  it("cancels timers by handle and by method", async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const first = clock.setTimeout(() => ran.push("first"), 5);
    const second = clock.setTimeout(() => ran.push("second"), 5);
    clock.setTimeout(() => second.cancel(), 1);
    clock.clearTimeout(first);
    clock.clearTimeout(undefined);
    await clock.advance(10);
    expect(ran).toEqual([]);
  });

  it("rejects with the error of a timer and can continue", async () => {
    const clock = new FakeClock();
    clock.setTimeout(() => {
      throw new Error("from the timer");
    }, 5);
    clock.setTimeout(() => {}, 7);
    await expect(clock.advance(10)).rejects.toThrow("from the timer");
    expect([clock.now(), clock.pending]).toEqual([5, 1]);
    await clock.advance(2);
    expect(clock.pending).toBe(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])("rejects a delay of %d", (delayMs) => {
    expect(() => new FakeClock().setTimeout(() => {}, delayMs)).toThrow(/delayMs/);
  });

  it("rejects a nested advance", async () => {
    const clock = new FakeClock();
    const outer = clock.advance(1);
    await expect(clock.advance(1)).rejects.toMatchObject({ code: "BAD_OPTION" });
    await outer;
  });
});

describe("system clock", () => {
  it("runs a timer and not a cleared one", async () => {
    const before = systemClock.now();
    let cleared = true;
    systemClock.clearTimeout(
      systemClock.setTimeout(() => {
        cleared = false;
      }, 1),
    );
    await sleep(systemClock, 5);
    // Node rounds timers to whole milliseconds.
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(4);
    expect(cleared).toBe(true);
  });
});
