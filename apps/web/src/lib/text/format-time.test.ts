import { expect, it } from "vitest";
import { dateTimeText, dayOf, dayText, isoText, nearDay, timeText } from "./format-time.ts";

const noon = new Date(2026, 2, 29, 12).getTime();
const hour = 3_600_000;

it("days are those of the reader", () => {
  expect(dayOf(noon)).toBe("2026-3-29");
  // The day on which the clocks change is shorter than others.
  for (let day = 0; day < 400; day++)
    expect(dayOf(noon + day * 24 * hour)).not.toBe(dayOf(noon + (day + 1) * 24 * hour));
  expect(nearDay(noon - 3 * hour, noon)).toBe("today");
  expect(nearDay(noon - 20 * hour, noon)).toBe("yesterday");
  expect(nearDay(noon - 48 * hour, noon)).toBeUndefined();
});

it("a time that no date can hold is shown as nothing", () => {
  expect([timeText(1e18, "en"), dateTimeText(Number.NaN, "en"), dayText(-1e18, "en")]).toEqual(["", "", ""]);
  expect([isoText(1e18), isoText(0)]).toEqual(["", "1970-01-01T00:00:00.000Z"]);
  expect(timeText(noon, "de")).toBe("12:00");
});

it("times follow the language at once, although their formats are kept", () => {
  const both = () => [dayText(noon, "en"), dayText(noon, "de")];
  expect(both()).toEqual(["Sunday, March 29, 2026", "Sonntag, 29. März 2026"]);
  expect(both()).toEqual(["Sunday, March 29, 2026", "Sonntag, 29. März 2026"]);
});
