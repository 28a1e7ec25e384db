import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFilterUpdates } from "./filter-reading.ts";
import {
  filterNames,
  filterSettings,
  isFilterEnabled,
  type PlainFilterName,
  type SettingRange,
} from "./filters.ts";
import { readPlayer } from "./responses.ts";

const settings = Object.entries(filterSettings).flatMap(([name, table]) =>
  Object.entries<SettingRange>(table).map(([setting, range]) => ({
    name: name as PlainFilterName,
    setting,
    range,
  })),
);

describe("filterSettings", () => {
  it("has nine filters with their fields and defaults", () => {
    expect(filterNames).toHaveLength(9);
    expect(Object.keys(filterSettings)).toHaveLength(8);
    expect(settings.map(({ name, setting, range }) => `${name}.${setting} ${range.default}`)).toEqual([
      "channelmix.leftToLeft 1",
      "channelmix.leftToRight 0",
      "channelmix.rightToLeft 0",
      "channelmix.rightToRight 1",
      "karaoke.level 1",
      "karaoke.monoLevel 1",
      "karaoke.filterBand 220",
      "karaoke.filterWidth 100",
      "lowpass.smoothing 20",
      "rotation.rotationHz 5",
      "timescale.speed 1",
      "timescale.pitch 1",
      "timescale.rate 1",
      "tremolo.frequency 2",
      "tremolo.depth 0.5",
      "vibrato.frequency 2",
      "vibrato.depth 0.5",
      "volume.volume 1",
    ]);
  });
});

describe("isFilterEnabled", () => {
  it.each(settings)("is true for $name.$setting from a difference of 0.01", ({ name, setting, range }) => {
    expect(isFilterEnabled(name, {})).toBe(false);
    expect(isFilterEnabled(name, { [setting]: range.default + 0.0099 })).toBe(false);
    expect(isFilterEnabled(name, { [setting]: range.default - 0.0099 })).toBe(false);
    expect(isFilterEnabled(name, { [setting]: range.default + 0.0101 })).toBe(true);
    expect(isFilterEnabled(name, { [setting]: range.default - 0.0101 })).toBe(true);
  });

  it("depends on all bands of the equalizer", () => {
    expect(isFilterEnabled("equalizer", {})).toBe(false);
    expect(isFilterEnabled("equalizer", { bands: [{ band: 3, gain: -0.009 }] })).toBe(false);
    expect(
      isFilterEnabled("equalizer", {
        bands: [
          { band: 3, gain: 0 },
          { band: 4, gain: -0.01 },
        ],
      }),
    ).toBe(true);
  });
});

describe("updates", () => {
  it("contain only the given settings", () => {
    expect(
      readFilterUpdates({
        karaoke: { level: 0.5, unknown: 1, monoLevel: null },
        tremolo: null,
        distortion: { scale: 2 },
        equalizer: { bands: [{ band: 14, gain: 3 }] },
        volume: 2,
      }),
    ).toEqual({
      updates: {
        karaoke: { level: 0.5 },
        equalizer: { bands: [{ band: 14, gain: 3 }] },
        volume: { volume: 2 },
      },
      problem: null,
    });
  });

  it.each([
    ["timescale.speed", 0, false],
    ["timescale.pitch", 0.001, true],
    ["tremolo.frequency", -1, false],
    ["tremolo.depth", 1, true],
    ["tremolo.depth", 1.001, false],
    ["vibrato.frequency", 14, true],
    ["vibrato.frequency", 14.001, false],
    ["vibrato.depth", 0, false],
    ["volume.volume", 5, true],
    ["volume.volume", 5.001, false],
    ["volume.volume", 0, true],
    ["volume.volume", -0.001, false],
    ["karaoke.level", -50, true],
    ["karaoke.level", "1", false],
    ["rotation.rotationHz", Number.POSITIVE_INFINITY, false],
  ])("check the range: %s %s", (path, value, fits) => {
    const [name = "", setting = ""] = path.split(".");
    const { problem } = readFilterUpdates({ [name]: { [setting]: value } });
    expect(problem?.field).toBe(fits ? undefined : path);
  });

  it.each([
    [{ bands: [{ band: 15, gain: 0 }] }, "equalizer.bands.0.band"],
    [{ bands: [{ band: 1.5, gain: 0 }] }, "equalizer.bands.0.band"],
    [{ bands: [{ band: 0, gain: 0 }, { band: 1 }] }, "equalizer.bands.1.gain"],
    [{ bands: [0.5] }, "equalizer.bands.0"],
    [{ bands: {} }, "equalizer.bands"],
    [[{ band: 2, gain: "x" }], "equalizer.bands.0.gain"],
    ["flat", "equalizer"],
  ])("name a malformed band: %j", (equalizer, field) => {
    expect(readFilterUpdates({ equalizer }).problem?.field).toBe(field);
  });

  it("keep the changes before the first malformed value", () => {
    expect(
      readFilterUpdates({
        volume: { volume: 2 },
        tremolo: { frequency: 3, depth: 7 },
        channelmix: { leftToLeft: 0.5 },
      }),
    ).toEqual({
      updates: { channelmix: { leftToLeft: 0.5 }, tremolo: { frequency: 3 } },
      problem: { field: "tremolo.depth", expected: "a number above 0 and at most 1" },
    });
  });

  it("accept a plain array of bands", () => {
    const bands = [{ band: 3, gain: -0.1 }];
    expect(readFilterUpdates({ equalizer: bands })).toEqual({
      updates: { equalizer: { bands } },
      problem: null,
    });
  });

  it("never throw", () => {
    const values = fc.dictionary(fc.constantFrom(...filterNames), fc.jsonValue());
    fc.assert(fc.property(fc.oneof(values, fc.anything()), (raw) => void readFilterUpdates(raw)));
  });
});

describe("reported filters", () => {
  const read = (filters: unknown) => {
    const checked = readPlayer({ filters });
    return checked.ok ? checked.value.filters : checked.field;
  };

  it("accept both forms of the equalizer", () => {
    const bands = [0, 0.25, -0.25].map((gain, band) => ({ band, gain }));
    expect(read({ equalizer: { bands, enabled: true } })).toEqual({ equalizer: { bands, enabled: true } });
    expect(read({ equalizer: { bands: [0, 0.25, -0.25] } })).toEqual({ equalizer: { bands, enabled: true } });
    expect(read({ equalizer: [0, 0.25, -0.25] })).toEqual({ equalizer: { bands, enabled: true } });
    expect(read({ equalizer: {} })).toEqual({ equalizer: { bands: [], enabled: false } });
  });

  it("get defaults, and keep unknown filters", () => {
    const unknown = { any: ["thing"] };
    expect(read({ tremolo: { depth: 0.9 }, unknown, volume: { volume: 1, enabled: false } })).toEqual({
      tremolo: { frequency: 2, depth: 0.9, enabled: true },
      unknown,
      volume: { volume: 1, enabled: false },
    });
    expect(read(null)).toEqual({});
  });

  it("reject malformed settings", () => {
    expect(read({ tremolo: { depth: "x" } })).toBe("filters");
    expect(read({ equalizer: { bands: new Array(16).fill(0) } })).toBe("filters");
    expect(read([])).toBe("filters");
  });
});
