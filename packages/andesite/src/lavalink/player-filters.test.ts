import { readPlayer } from "@asterite/andesite-protocol";
import { expect, it } from "vitest";
import { changeFilters, effectiveNames, fromLavalinkFilters, toLavalinkFilters } from "./player-filters.ts";

const lavalink = {
  volume: 0.5,
  equalizer: [
    { band: 0, gain: 0.2 },
    { band: 14, gain: -0.25 },
  ],
  karaoke: { level: 0.5, monoLevel: 1, filterBand: 220, filterWidth: 100 },
  timescale: { speed: 1.5, pitch: 1, rate: 1 },
  tremolo: { frequency: 4, depth: 0.3 },
  vibrato: { frequency: 3, depth: 0.3 },
  rotation: { rotationHz: 0.2 },
  channelMix: { leftToLeft: 0, leftToRight: 1, rightToLeft: 1, rightToRight: 0 },
  lowPass: { smoothing: 30 },
  distortion: { scale: 2 },
  pluginFilters: {
    sparkle: { delay: 1 },
    highPass: { frequency: 100 },
    echo: { delay: 300, feedback: 0.4, mix: 0.5 },
  },
};

it("converts all filters to the form of Andesite and back", () => {
  const filters = fromLavalinkFilters(lavalink);
  expect(readPlayer({ filters })).toMatchObject({
    ok: true,
    value: {
      filters: {
        volume: { volume: 0.5, enabled: true },
        channelmix: { leftToRight: 1, enabled: true },
        lowpass: { smoothing: 30, enabled: true },
        equalizer: { bands: lavalink.equalizer, enabled: true },
        distortion: { scale: 2 },
        sparkle: { delay: 1 },
        highpass: { frequency: 100 },
        echo: { mix: 0.5 },
      },
    },
  });
  expect(toLavalinkFilters(filters)).toEqual(lavalink);
});

it("leaves out filters whose settings have no effect in Andesite", () => {
  const off = { rotation: { rotationHz: 5 }, lowpass: { smoothing: 20 }, volume: { volume: 1 }, karaoke: {} };
  expect(toLavalinkFilters(off)).toEqual({});
  expect(toLavalinkFilters(changeFilters(fromLavalinkFilters(lavalink), off))).not.toHaveProperty("rotation");
});

it("changes only the given settings, and removes a filter of a plug-in by null", () => {
  const known = fromLavalinkFilters(lavalink);
  const changes = {
    equalizer: [{ band: 14, gain: 0 }],
    tremolo: { depth: 1 },
    echo: { mix: 0 },
    sparkle: null,
  };
  expect(toLavalinkFilters(changeFilters(known, changes))).toEqual({
    ...lavalink,
    equalizer: [
      { band: 0, gain: 0.2 },
      { band: 14, gain: 0 },
    ],
    tremolo: { frequency: 4, depth: 1 },
    pluginFilters: { highPass: { frequency: 100 } },
  });
});

it("names the filters that have an effect", () => {
  const changes = {
    rotation: { rotationHz: 5 },
    timescale: { rate: 2 },
    echo: { delay: 9 },
    sparkle: {},
    other: null,
  };
  expect(effectiveNames(changes)).toEqual(["timescale", "sparkle"]);
});
