import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLavalinkFilterEnabled, lavalinkFilterSettings, readLavalinkFilters } from "./lavalink-filters.ts";

const problemOf = (raw: unknown) => readLavalinkFilters(raw).problem;

describe("readLavalinkFilters", () => {
  it("fills in the defaults of the given filters only", () => {
    expect(
      readLavalinkFilters({ tremolo: { depth: 0.2 }, rotation: {}, volume: 1.5, other: 5 }).filters,
    ).toEqual({
      tremolo: { frequency: 2, depth: 0.2 },
      rotation: { rotationHz: 0 },
      volume: 1.5,
    });
    expect(readLavalinkFilters({}).filters).toEqual({});
  });

  it("takes null for off, and numbers in quotes", () => {
    const nulls = Object.keys(lavalinkFilterSettings).map((name) => [name, null]);
    expect(
      readLavalinkFilters({ ...Object.fromEntries(nulls), volume: null, equalizer: null }).filters,
    ).toEqual({});
    expect(readLavalinkFilters({ volume: "0.5", timescale: { speed: "1.5", pitch: null } }).filters).toEqual({
      volume: 0.5,
      timescale: { speed: 1.5, pitch: 1, rate: 1 },
    });
  });

  it("takes the names of older clients", () => {
    expect(readLavalinkFilters({ lowpass: { smoothing: 4 }, channelmix: { leftToLeft: 0 } }).filters).toEqual(
      {
        lowPass: { smoothing: 4 },
        channelMix: { leftToLeft: 0, leftToRight: 0, rightToLeft: 0, rightToRight: 1 },
      },
    );
  });

  it("limits volume and gains, which presets exceed, and skips bands that are null", () => {
    const equalizer = [null, { band: 1, gain: -0.3 }, { band: 2, gain: 2 }, { band: "3" }];
    expect(readLavalinkFilters({ volume: 9, equalizer }).filters).toEqual({
      volume: 5,
      equalizer: [
        { band: 1, gain: -0.25 },
        { band: 2, gain: 1 },
        { band: 3, gain: 1 },
      ],
    });
    expect(readLavalinkFilters({ volume: -1, equalizer: { bands: [] } }).filters).toEqual({
      volume: 0,
      equalizer: [],
    });
  });

  it.each([
    [null, "", "an object"],
    [[], "", "an object"],
    [{ volume: "loud" }, "volume", "a number"],
    [{ volume: {} }, "volume", "a number"],
    [{ equalizer: 5 }, "equalizer", "an array"],
    [{ equalizer: [5] }, "equalizer.0", "an object"],
    [{ equalizer: [{ band: 15, gain: 0 }] }, "equalizer.0.band", "an integer from 0 to 14"],
    [{ equalizer: [{ gain: 0 }] }, "equalizer.0.band", "an integer from 0 to 14"],
    [{ equalizer: [{ band: 0, gain: "x" }] }, "equalizer.0.gain", "a number"],
    [{ timescale: 2 }, "timescale", "an object"],
    [{ timescale: { speed: 0 } }, "timescale.speed", "a number above 0"],
    [{ timescale: { rate: true } }, "timescale.rate", "a number above 0"],
    [{ tremolo: { frequency: 0 } }, "tremolo.frequency", "a number above 0"],
    [{ tremolo: { depth: -0.1 } }, "tremolo.depth", "a number at least 0 and at most 1"],
    [{ vibrato: { frequency: 15 } }, "vibrato.frequency", "a number above 0 and at most 14"],
    [{ vibrato: { depth: 2 } }, "vibrato.depth", "a number at least 0 and at most 1"],
    [{ distortion: { scale: Number.NaN } }, "distortion.scale", "a number"],
    [{ rotation: { rotationHz: "" } }, "rotation.rotationHz", "a number"],
  ])("names the first malformed value of %j", (raw, field, expected) => {
    expect(problemOf(raw)).toEqual({ field, expected });
  });

  it("reads effects from the filters of plugins, and drops other names", () => {
    const highPass = { frequency: "80" };
    const given = { pluginFilters: { highPass, compressor: { ratio: 4 }, "high-pass": {}, other: 5 } };
    expect(readLavalinkFilters(given).filters).toEqual({
      pluginFilters: {
        highPass: { frequency: 80 },
        compressor: { threshold: -24, ratio: 4, attack: 10, release: 200, knee: 6, gain: 0 },
      },
    });
    expect(readLavalinkFilters({ pluginFilters: { highPass: null, other: {} } }).filters).toEqual({});
    expect(readLavalinkFilters({ pluginFilters: null }).filters).toEqual({});
  });

  it.each([
    [5, "pluginFilters", "an object"],
    [{ compressor: true }, "pluginFilters.compressor", "an object"],
    [{ compressor: { ratio: 21 } }, "pluginFilters.compressor.ratio", "a number at least 1 and at most 20"],
    [
      { highPass: { frequency: "low" } },
      "pluginFilters.highPass.frequency",
      "a number at least 0 and at most 20000",
    ],
  ])("names the first malformed value of an effect: %j", (pluginFilters, field, expected) => {
    expect(problemOf({ pluginFilters })).toEqual({ field, expected });
  });

  it("never throws", () => {
    const names = [...Object.keys(lavalinkFilterSettings), "volume", "equalizer", "pluginFilters"];
    const values = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    fc.assert(fc.property(fc.oneof(values, fc.anything()), (raw) => void readLavalinkFilters(raw)));
  });
});

it("is enabled by a setting that differs from its default", () => {
  const timescale = { speed: 1, pitch: 1, rate: 1 };
  expect(isLavalinkFilterEnabled("timescale", timescale)).toBe(false);
  expect(isLavalinkFilterEnabled("timescale", { ...timescale, pitch: 1.001 })).toBe(true);
});
