import { describe, expect, it } from "vitest";
import { AscendingUuids, randomUuid } from "./uuid.ts";

it("returns distinct safe integers above 0", () => {
  const uuids = Array.from({ length: 10_000 }, randomUuid);
  expect(new Set(uuids).size).toBe(uuids.length);
  expect(uuids.every((uuid) => Number.isSafeInteger(uuid) && uuid > 0)).toBe(true);
  expect(Math.max(...uuids)).toBeGreaterThan(2 ** 52);
});

describe("ascending uuids", () => {
  const take = (uuids: AscendingUuids, count: number) => Array.from({ length: count }, () => uuids.next());
  const isAscending = (values: readonly number[]) =>
    values.every((value, index) => Number.isSafeInteger(value) && value > (values[index - 1] ?? 0));

  it("ascend, also within one ms and when the clock is set back", () => {
    let nowMs = Date.UTC(2026);
    const uuids = new AscendingUuids(() => nowMs);
    const taken = take(uuids, 10_000);
    nowMs -= 3_600_000;
    taken.push(...take(uuids, 10));
    nowMs += 7_200_000;
    taken.push(...take(uuids, 10));
    expect(isAscending(taken)).toBe(true);
  });

  it("ascend over a restart once the clock has moved on", () => {
    const [before = 0] = take(new AscendingUuids(() => Date.UTC(2026)), 1);
    const [after = 0] = take(new AscendingUuids(() => Date.UTC(2026) + 1), 1);
    expect(after).toBeGreaterThan(before);
  });

  it("differ between two starts at one time", () => {
    const firsts = Array.from({ length: 100 }, () => new AscendingUuids(() => Date.UTC(2026)).next());
    expect(new Set(firsts).size).toBeGreaterThan(50);
  });

  it("stay valid while the clock is before 2020 or after 2089", () => {
    for (const year of [1970, 2100]) {
      const taken = take(new AscendingUuids(() => Date.UTC(year)), 1000);
      expect(taken.every((uuid) => Number.isSafeInteger(uuid) && uuid > 0)).toBe(true);
      expect(new Set(taken).size).toBe(taken.length);
    }
  });

  it("ascend again after the clock was far ahead", () => {
    let nowMs = Date.UTC(2100);
    const uuids = new AscendingUuids(() => nowMs);
    uuids.next();
    nowMs = Date.UTC(2026);
    expect(isAscending(take(uuids, 100))).toBe(true);
  });
});
