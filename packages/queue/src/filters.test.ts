import { FilterMap, Timescale } from "@asterite/andesite";
import { FILTER_MAP } from "@asterite/andesite/advanced";
import { Echo } from "@asterite/andesite/effects";
import { effectNames } from "@asterite/andesite-protocol";
import { describe, expect, it } from "vitest";
import { completeFilters, speedOf, toFilterTable } from "./filters.ts";

describe("toFilterTable", () => {
  it("completes the settings of each filter, because nodes keep those that are missing", () => {
    expect(toFilterTable({ timescale: { speed: 1.5 } })).toEqual({
      timescale: { speed: 1.5, pitch: 1, rate: 1 },
    });
    const { equalizer } = toFilterTable({ equalizer: { bands: [{ band: 3, gain: 0.5 }] } });
    const bands = equalizer?.["bands"] as { band: number; gain: number }[];
    expect(bands.map(({ band }) => band)).toEqual(Array.from({ length: 15 }, (_, band) => band));
    expect(bands.filter(({ gain }) => gain !== 0)).toEqual([{ band: 3, gain: 0.5 }]);
  });

  it("completes the settings of effects, from raw settings and models", () => {
    const expected = { echo: { delay: 300, feedback: 0.4, mix: 0.5 } };
    expect(toFilterTable({ echo: { delay: 300, mix: 0.5 } })).toEqual(expected);
    expect(toFilterTable({ echo: new Echo({ delay: 300, mix: 0.5 }) })).toEqual(expected);
    expect(toFilterTable({ echo: { delay: 300, mix: 0.5, enabled: false } })).toEqual({
      echo: { delay: 250, feedback: 0.4, mix: 0 },
    });
  });

  it("accepts filter maps and models", () => {
    const map = new FilterMap();
    map.timescale.setSpeed(2);
    const expected = { timescale: { speed: 2, pitch: 1, rate: 1 } };
    expect(toFilterTable(map)).toEqual(expected);
    expect(toFilterTable({ timescale: new Timescale({ speed: 2 }) })).toEqual(expected);
    expect(toFilterTable({})).toEqual({});
  });

  it.each<[object, string]>([
    [{ timescale: { speed: 0 } }, "filters.timescale.speed is 0; allowed: a number above 0"],
    [{ timescale: { speed: "fast" } }, "filters.timescale.speed is fast; allowed: a number"],
    [{ timescale: { tempo: 2 } }, "filters.timescale.tempo is 2; allowed: speed, pitch, rate"],
    [{ tremolo: { depth: 1.01 } }, "filters.tremolo.depth is 1.01; allowed: a number above 0 and at most 1"],
    [{ vibrato: { frequency: 14.1 } }, "filters.vibrato.frequency is 14.1"],
    [{ volume: { volume: 5.1 } }, "filters.volume.volume is 5.1"],
    [
      { equalizer: { bands: [{ band: 15, gain: 0 }] } },
      "filters.equalizer.bands.0.band is 15; allowed: an integer from 0 to 14",
    ],
    [{ equalizer: { bands: [{ band: 1, gain: Number.NaN }] } }, "filters.equalizer.bands.0.gain is NaN"],
    [{ flanger: {} }, "filters.flanger is [object Object]; allowed: channelmix, equalizer"],
    [{ reverb: { size: 1 } }, "filters.reverb.size is 1; allowed: decay, damping, mix"],
    [{ echo: { mix: 1.1 } }, "filters.echo.mix is 1.1; allowed: a number at least 0 and at most 1"],
    [{ phaser: { stages: 2.5 } }, "filters.phaser.stages is 2.5; allowed: an integer from 2 to 12"],
    [{ lowpass: 5 }, "filters.lowpass is 5; allowed: an object"],
  ])("rejects %j", (filters, message) => {
    expect(() => toFilterTable(filters as Record<string, object>)).toThrow(message);
    expect(() => toFilterTable(filters as Record<string, object>)).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT" }),
    );
  });

  it.each<[object]>([
    [{ tremolo: { depth: 1 } }],
    [{ vibrato: { frequency: 14 } }],
    [{ volume: { volume: 5 } }],
    [{ equalizer: { bands: [{ band: 14, gain: 1 }] } }],
  ])("accepts the highest value in %j", (filters) => {
    expect(() => toFilterTable(filters as Record<string, object>)).not.toThrow();
  });
});

it("sends every filter, those that are off with their defaults", () => {
  const complete = completeFilters(toFilterTable({ timescale: { speed: 2 } }));
  expect(Object.keys(complete).sort()).toEqual([...Object.keys(FILTER_MAP), ...effectNames].sort());
  expect(complete["reverb"]).toEqual({ decay: 1500, damping: 0.3, mix: 0 });
  expect(complete["timescale"]).toMatchObject({ speed: 2 });
  expect(complete["tremolo"]).toEqual({ frequency: 2, depth: 0.5 });
});

it("derives the speed of the position from the speed of the time scale", () => {
  expect(speedOf({})).toBe(1);
  expect(speedOf({ timescale: { speed: 1.5, rate: 3 } })).toBe(1.5);
  expect(speedOf({ timescale: { speed: 0 } })).toBe(1);
});
