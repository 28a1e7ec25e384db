import { filterSettings, type PlainFilterName } from "@asterite/andesite-protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidTypeError, MalformedDataError, OutOfRangeError } from "../errors.ts";
import { Equalizer, EqualizerBand } from "./equalizer.ts";
import { FILTER_MAP, FilterMap, getFilterModel } from "./filter-map.ts";
import { ChannelMix, Karaoke, Timescale, Tremolo, Vibrato, VolumeFilter } from "./plain-filters.ts";

const plainNames = Object.keys(filterSettings) as PlainFilterName[];
const defaultsOf = (name: PlainFilterName) =>
  Object.fromEntries(Object.entries(filterSettings[name]).map(([key, range]) => [key, range.default]));

describe("every plain filter", () => {
  it.each(plainNames)("%s has the defaults of the protocol and sends them when disabled", (name) => {
    const filter = new FILTER_MAP[name]();
    expect(filter.filterName).toBe(name);
    expect(filter.toRaw()).toEqual(defaultsOf(name));
    expect(filter.toState()).toEqual({ ...defaultsOf(name), enabled: true });
    for (const setting of Object.keys(filterSettings[name])) Object.assign(filter, { [setting]: 0.25 });
    expect(new Set(Object.values(filter.toRaw()))).toEqual(new Set([0.25]));
    filter.enabled = false;
    expect(filter.toRaw()).toEqual(defaultsOf(name));
    expect(filter.toState()).toMatchObject({ enabled: false });
    expect(Object.values(filter.toState())).toContain(0.25);
    filter.reset();
    expect(filter.toState()).toEqual({ ...defaultsOf(name), enabled: false });
  });

  it.each(plainNames)("%s is read from a player's state", (name) => {
    const setting = Object.keys(filterSettings[name])[0] ?? "";
    const filter = FILTER_MAP[name].fromRaw({ [setting]: 0.75, enabled: false, unknown: 1 });
    expect(filter).toBeInstanceOf(FILTER_MAP[name]);
    expect(filter.toState()).toEqual({ ...defaultsOf(name), [setting]: 0.75, enabled: false });
    for (const raw of [null, 5, [], { [setting]: "x" }]) {
      expect(() => FILTER_MAP[name].fromRaw(raw)).toThrow(MalformedDataError);
    }
  });
});

describe("checked setters", () => {
  const timescale = new Timescale();
  const tremolo = new Tremolo();
  const vibrato = new Vibrato();
  const volume = new VolumeFilter();
  it.each([
    ["speed", (value: number) => timescale.setSpeed(value), () => timescale.speed, [0.001, 100], [0, -1]],
    ["pitch", (value: number) => timescale.setPitch(value), () => timescale.pitch, [0.001, 100], [0, -1]],
    ["rate", (value: number) => timescale.setRate(value), () => timescale.rate, [0.001, 100], [0, -1]],
    ["frequency", (value: number) => tremolo.setFrequency(value), () => tremolo.frequency, [0.1, 99], [0]],
    ["depth", (value: number) => tremolo.setDepth(value), () => tremolo.depth, [0.01, 1], [0, 1.01]],
    [
      "frequency",
      (value: number) => vibrato.setFrequency(value),
      () => vibrato.frequency,
      [0.1, 14],
      [0, 14.1],
    ],
    ["depth", (value: number) => vibrato.setDepth(value), () => vibrato.depth, [0.01, 1], [0, 1.01]],
    ["volume", (value: number) => volume.setVolume(value), () => volume.volume, [0, 5], [-0.01, 5.01]],
  ])("keep %s in its range", (field, set, get, allowed, refused) => {
    for (const value of allowed) {
      set(value);
      expect(get()).toBe(value);
    }
    const before = get();
    for (const value of [...refused, Number.NaN, "1" as unknown as number]) {
      expect(() => set(value)).toThrow(OutOfRangeError);
      expect(() => set(value)).toThrow(RangeError);
      expect(() => set(value)).toThrow(expect.objectContaining({ field }));
    }
    expect(get()).toBe(before);
  });
});

describe("Equalizer", () => {
  it("is created from gains, omitting null", () => {
    const equalizer = Equalizer.fromGains([0.25, null, -0.25]);
    expect(equalizer.enabled).toBe(true);
    expect([...equalizer]).toEqual([new EqualizerBand(0, 0.25), new EqualizerBand(2, -0.25)]);
    expect(equalizer.bandGains({ useDefault: false }).slice(0, 4)).toEqual([0.25, null, -0.25, null]);
    expect(equalizer.bandGains()).toHaveLength(15);
    expect(equalizer.bandGains()[1]).toBe(0);
    expect(() => Equalizer.fromGains(new Array(16).fill(0))).toThrow(OutOfRangeError);
    expect(() => Equalizer.fromGains([1.01])).toThrow(OutOfRangeError);
  });

  it("finds existing bands, and creates missing ones unless `create` is false", () => {
    const equalizer = new Equalizer();
    expect(equalizer.getBand(3, { create: false })).toBe(null);
    expect(equalizer.getBandGain(3)).toBe(null);
    const band = equalizer.getBand(3);
    expect(equalizer.getBand(3)).toBe(band);
    equalizer.setBandGain(3, 0.5);
    expect(equalizer.bands).toEqual([new EqualizerBand(3, 0.5)]);
    expect(() => equalizer.getBand(15)).toThrow(expect.objectContaining({ field: "band" }));
    expect(() => equalizer.setBandGain(4, -0.26)).toThrow(expect.objectContaining({ field: "gain" }));
    expect(equalizer.bands).toHaveLength(1);
    expect(() => band.setBand(0.5)).toThrow(OutOfRangeError);
    expect(() => band.setGain(2)).toThrow(OutOfRangeError);
    band.setBand(14);
    band.setGain(-0.25);
    expect(band).toEqual(new EqualizerBand(14, -0.25));
  });

  it("compares all fifteen bands", () => {
    expect(Equalizer.fromGains([0, 0.5]).equals(Equalizer.fromGains([null, 0.5, 0]))).toBe(true);
    expect(Equalizer.fromGains([0.5]).equals(Equalizer.fromGains([0.4]))).toBe(false);
    expect(new Equalizer().equals({})).toBe(false);
  });

  it("sends all bands when disabled, because an empty list would change nothing", () => {
    const equalizer = Equalizer.fromGains([0.5]);
    expect(equalizer.toRaw()).toEqual({ bands: [{ band: 0, gain: 0.5 }] });
    equalizer.enabled = false;
    expect(equalizer.toRaw()).toEqual({
      bands: Array.from({ length: 15 }, (_, band) => ({ band, gain: 0 })),
    });
    expect(equalizer.toState()).toEqual({ bands: [{ band: 0, gain: 0.5 }], enabled: false });
    equalizer.reset();
    expect(equalizer.bands).toEqual([]);
  });

  it("reads bands and gains, and returns the same bands", () => {
    expect(Equalizer.fromRaw({ bands: [0, 0.5] }).bandGains()[1]).toBe(0.5);
    expect(() => Equalizer.fromRaw({ bands: ["x"] })).toThrow(MalformedDataError);
    const gains = fc.array(fc.option(fc.double({ min: -0.25, max: 1, noNaN: true })), { maxLength: 15 });
    fc.assert(
      fc.property(gains, (given) => {
        const equalizer = Equalizer.fromGains(given);
        expect(Equalizer.fromRaw(equalizer.toState()).equals(equalizer)).toBe(true);
      }),
    );
  });
});

describe("FilterMap", () => {
  it("returns stored instances, converts raw settings in place, and creates missing filters", () => {
    const tremolo = new Tremolo();
    const raw = { tremolo, vibrato: { depth: 0.9 } };
    const map = new FilterMap(raw);
    expect(map.tremolo).toBe(tremolo);
    expect(map.vibrato.depth).toBe(0.9);
    expect(raw.vibrato).toBe(map.vibrato);
    expect(map.has("volume")).toBe(false);
    map.volume.setVolume(2);
    expect(map.volume.volume).toBe(2);
    expect([...map]).toEqual(["tremolo", "vibrato", "volume"]);
    expect([
      map.channelMix,
      map.equalizer,
      map.karaoke,
      map.lowPass,
      map.rotation,
      map.timescale,
    ]).toHaveLength(6);
    expect(map.size).toBe(9);
  });

  it("separates volume and equalizer", () => {
    const map = new FilterMap();
    const { equalizer } = map;
    map.volume.setVolume(3);
    expect(map.equalizer).toBe(equalizer);
  });

  it("throws for a stored value that is not a filter", () => {
    const map = new FilterMap({ karaoke: 5, tremolo: new Vibrato(), volume: { volume: "x" } });
    expect(() => map.karaoke).toThrow(InvalidTypeError);
    expect(() => map.tremolo).toThrow(expect.objectContaining({ field: "tremolo" }));
    expect(() => map.volume).toThrow(MalformedDataError);
    expect(() => new FilterMap([] as never)).toThrow(TypeError);
  });

  it("copies another map, and stores a filter under its own name", () => {
    const map = new FilterMap();
    map.setFilter(new Karaoke({ level: 0.5 }));
    const copy = new FilterMap(map);
    copy.delete("karaoke");
    expect([map.size, copy.size, copy.delete("karaoke")]).toEqual([1, 0, false]);
  });

  it("sends raw settings unchanged, and omits null", () => {
    const map = new FilterMap({ custom: { a: 1 }, nothing: null });
    map.setFilter(new ChannelMix({ leftToRight: 0.5, enabled: true }));
    expect(map.toRaw()).toEqual({
      custom: { a: 1 },
      channelmix: { leftToLeft: 1, leftToRight: 0.5, rightToLeft: 0, rightToRight: 1 },
    });
  });

  it("reads known and unknown filters of a player's state, and compares maps", () => {
    const raw = { tremolo: { frequency: 3, depth: 0.5, enabled: false }, custom: { a: 1 }, volume: null };
    const map = FilterMap.fromRaw(raw);
    expect(map.get("tremolo")).toEqual(new Tremolo({ frequency: 3, enabled: false }));
    expect(map.toState()).toEqual({ tremolo: raw.tremolo, custom: { a: 1 } });
    expect(map.equals(FilterMap.fromRaw(raw))).toBe(true);
    expect(map.equals(FilterMap.fromRaw({ ...raw, custom: { a: 2 } }))).toBe(false);
    expect(map.equals(FilterMap.fromRaw({ ...raw, tremolo: {} }))).toBe(false);
    expect(map.equals(new FilterMap())).toBe(false);
    expect(() => FilterMap.fromRaw({ tremolo: 5 })).toThrow(MalformedDataError);
    expect(() => FilterMap.fromRaw(null)).toThrow(MalformedDataError);
  });

  it("treats names of inherited object members as ordinary names", () => {
    const map = FilterMap.fromRaw(JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2}}'));
    expect(map.get("__proto__")).toEqual({ a: 1 });
    expect(map.get("toString")).toBe(undefined);
    expect(getFilterModel("constructor")).toBe(null);
    expect(getFilterModel("equalizer")).toBe(Equalizer);
  });
});
