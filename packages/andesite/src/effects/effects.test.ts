import { effectDefaults, effectNames, effectRanges } from "@asterite/andesite-protocol";
import { describe, expect, it } from "vitest";
import { InvalidTypeError, MalformedDataError, OutOfRangeError } from "../errors.ts";
import { FilterMap } from "../models/index.ts";
import { Chorus, Compressor, Echo, HighPass, Limiter, Phaser, Reverb } from "./index.ts";

const classes = {
  highpass: HighPass,
  compressor: Compressor,
  phaser: Phaser,
  chorus: Chorus,
  echo: Echo,
  reverb: Reverb,
  limiter: Limiter,
};

describe.each(effectNames)("%s", (name) => {
  const Model = classes[name];

  it("has the defaults of the protocol, and sends them when disabled", () => {
    const effect = new Model();
    expect(effect.filterName).toBe(name);
    expect(effect.toRaw()).toEqual(effectDefaults(name));
    const highest = Object.fromEntries(
      Object.entries(effectRanges(name)).map(([key, { max }]) => [key, max]),
    );
    effect.set(highest);
    expect(effect.settings).toEqual(highest);
    effect.enabled = false;
    expect(effect.toRaw()).toEqual(effectDefaults(name));
    expect(effect.toState()).toEqual({ ...highest, enabled: false });
    effect.reset();
    expect(effect.settings).toEqual(effectDefaults(name));
  });

  it("is read from a player's state", () => {
    const effect = Model.fromRaw({ enabled: false, unknown: 1 });
    expect(effect.toState()).toEqual({ ...effectDefaults(name), enabled: false });
    const [setting = ""] = Object.keys(effectRanges(name));
    for (const raw of [null, 5, [], { [setting]: "x" }, { [setting]: -1e6 }]) {
      expect(() => Model.fromRaw(raw)).toThrow(MalformedDataError);
    }
  });
});

it("refuses a setting that nodes refuse or ignore, and changes none", () => {
  const compressor = new Compressor({ ratio: 4 });
  const refusals: [object, string, unknown][] = [
    [{ gain: 3, ratio: 0.5 }, "compressor.ratio", OutOfRangeError],
    [{ gain: 3, attack: "fast" }, "compressor.attack", OutOfRangeError],
    [{ gain: 3, speed: 1 }, "compressor.speed", InvalidTypeError],
  ];
  for (const [options, field, ErrorClass] of refusals) {
    expect(() => compressor.set(options)).toThrow(ErrorClass as typeof OutOfRangeError);
    expect(() => compressor.set(options)).toThrow(expect.objectContaining({ field }));
  }
  expect(compressor.settings).toEqual({ ...effectDefaults("compressor"), ratio: 4 });
  expect(() => new HighPass({ frequency: -1 })).toThrow("highpass.frequency");
});

it("is part of a filter map", () => {
  const filters = new FilterMap();
  filters.setFilter(new HighPass({ frequency: 80 }));
  filters.volume.setVolume(0.5);
  expect(filters.toRaw()).toEqual({ highpass: { frequency: 80 }, volume: { volume: 0.5 } });
  const received = FilterMap.fromRaw(JSON.parse(JSON.stringify(filters)));
  const highPass = received.getFilter("highpass", HighPass);
  expect(highPass.settings).toEqual({ frequency: 80 });
  highPass.set({ frequency: 120 });
  expect(received.toRaw()["highpass"]).toEqual({ frequency: 120 });
});
