import { expect, it } from "vitest";
import { ReplayGuard } from "./replay-guard.ts";

function guardAt(start: number) {
  const clock = { now: start };
  return { clock, guard: new ReplayGuard("me", () => clock.now) };
}

it("accepts each number once, in ascending order", () => {
  const { guard, clock } = guardAt(0);
  clock.now = 100;
  const record = (number: number) => guard.record({ process: "a", number, sentAtMs: 5000 }, 5000);
  expect([1, 2, 2, 1, 7, 6, 8].map(record)).toEqual([
    undefined,
    undefined,
    "replayed",
    "replayed",
    undefined,
    "replayed",
    undefined,
  ]);
});

it("never accepts a message twice, however long after, and forgets silent processes", () => {
  const { guard, clock } = guardAt(0);
  clock.now = 100_000;
  for (const lead of [-10_000, -5000, 0, 5000, 10_000]) {
    const origin = { process: `p${lead}`, number: 1, sentAtMs: clock.now + lead };
    expect(guard.record(origin, clock.now)).toBeUndefined();
    const receivedAt = clock.now;
    for (clock.now += 1; clock.now < receivedAt + 60_000; clock.now += 777) {
      expect(guard.record(origin, clock.now)).toBeDefined();
      // Another process, whose message lets the guard forget silent ones.
      guard.record({ process: `other${clock.now}`, number: 1, sentAtMs: clock.now }, clock.now);
      expect(guard.size).toBeLessThan(40);
    }
  }
});

it("refuses further processes above its bound, and accepts them when others are gone", () => {
  const { guard, clock } = guardAt(0);
  clock.now = 50_000;
  const record = (process: string) => guard.record({ process, number: 1, sentAtMs: 0 }, 0);
  for (let count = 0; count < 1000; count++) expect(record(`p${count}`)).toBeUndefined();
  expect(record("further")).toBe("too many processes");
  clock.now += 20_001;
  expect(record("further")).toBeUndefined();
  expect(guard.size).toBe(1);
});

it("keeps accepting a known process after the database's clock was set back", () => {
  const { guard, clock } = guardAt(0);
  clock.now = 50_000;
  const record = (number: number, timeMs: number) =>
    guard.record({ process: "a", number, sentAtMs: timeMs }, timeMs);
  expect(record(1, 9_000_000)).toBeUndefined();
  expect(record(2, 1_000_000)).toBeUndefined();
});
