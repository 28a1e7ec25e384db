import { describe, expect, it } from "vitest";
import { formatDuration, parseSeekTime, pluralize } from "./format.ts";

describe("durations", () => {
  it.each([
    [0, "0:00"],
    [187_999, "3:07"],
    [3_723_000, "1:02:03"],
    [null, "live"],
  ])("formats %s ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    ["90", 90_000, false],
    ["1:30", 90_000, false],
    ["1:02:03", 3_723_000, false],
    ["+10", 10_000, true],
    ["-1:00", -60_000, true],
  ])("parses %s", (text, ms, isRelative) => {
    expect(parseSeekTime(text)).toEqual({ ms, isRelative });
  });

  it.each(["", "soon", "1:2:3:4", "1.5", "--1", "1:", "9999999", "9:99", "1:60:00", "0:60"])(
    "rejects %j",
    (text) => {
      expect(parseSeekTime(text)).toBeUndefined();
    },
  );
});

it("adds a plural s to counts other than 1", () => {
  expect([pluralize(0, "track"), pluralize(1, "track"), pluralize(2, "track")]).toEqual([
    "0 tracks",
    "1 track",
    "2 tracks",
  ]);
});
