import { expect, it } from "vitest";
import { dayKey, formatDateTime, formatDay, formatIso, formatTime, relativeDay } from "./format-time.ts";

const noon = new Date(2026, 2, 29, 12).getTime();
const hour = 3_600_000;

it("groups times by local day", () => {
  expect(dayKey(noon)).toBe("2026-3-29");
  // Includes days with a daylight saving change.
  for (let day = 0; day < 400; day++)
    expect(dayKey(noon + day * 24 * hour)).not.toBe(dayKey(noon + (day + 1) * 24 * hour));
  expect(relativeDay(noon - 3 * hour, noon)).toBe("today");
  expect(relativeDay(noon - 20 * hour, noon)).toBe("yesterday");
  expect(relativeDay(noon - 48 * hour, noon)).toBeUndefined();
});

it("formats an out-of-range time as an empty text", () => {
  expect([formatTime(1e18, "en"), formatDateTime(Number.NaN, "en"), formatDay(-1e18, "en")]).toEqual([
    "",
    "",
    "",
  ]);
  expect([formatIso(1e18), formatIso(0)]).toEqual(["", "1970-01-01T00:00:00.000Z"]);
  expect(formatTime(noon, "de")).toBe("12:00");
});

it("follows language changes despite cached formatters", () => {
  const both = () => [formatDay(noon, "en"), formatDay(noon, "de")];
  expect(both()).toEqual(["Sunday, March 29, 2026", "Sonntag, 29. März 2026"]);
  expect(both()).toEqual(["Sunday, March 29, 2026", "Sonntag, 29. März 2026"]);
});
