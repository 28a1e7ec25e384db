import {
  filterNames,
  filterSettings,
  type LavalinkFilters,
  type PlainFilterName,
  type SettingRange,
} from "@asterite/andesite-protocol";
import { describe, expect, it } from "vitest";
import { FilterConfiguration } from "./filter-configuration.ts";
import { FilterError } from "./filter-error.ts";

const settings = Object.entries(filterSettings).flatMap(([name, table]) =>
  Object.entries<SettingRange>(table).map(([setting, range]) => ({
    name: name as PlainFilterName,
    setting,
    normal: range.default,
  })),
);

const after = (...updates: unknown[]): FilterConfiguration => {
  const configuration = new FilterConfiguration();
  for (const update of updates) configuration.update(update);
  return configuration;
};

const failure = (configuration: FilterConfiguration, update: unknown): FilterError => {
  try {
    configuration.update(update);
  } catch (error) {
    if (error instanceof FilterError) return error;
  }
  throw new Error("the update was taken");
};

describe("a new configuration", () => {
  it("reports every filter with all its settings, and none enabled", () => {
    expect(after().report()).toEqual({
      channelmix: { leftToLeft: 1, leftToRight: 0, rightToLeft: 0, rightToRight: 1, enabled: false },
      equalizer: { bands: Array.from({ length: 15 }, (_, band) => ({ band, gain: 0 })), enabled: false },
      karaoke: { level: 1, monoLevel: 1, filterBand: 220, filterWidth: 100, enabled: false },
      lowpass: { smoothing: 20, enabled: false },
      rotation: { rotationHz: 5, enabled: false },
      timescale: { speed: 1, pitch: 1, rate: 1, enabled: false },
      tremolo: { frequency: 2, depth: 0.5, enabled: false },
      vibrato: { frequency: 2, depth: 0.5, enabled: false },
      volume: { volume: 1, enabled: false },
    });
  });
});

describe("an update", () => {
  it.each(settings)("of $name.$setting alone keeps all other settings", ({ name, setting, normal }) => {
    const value = normal + 0.25;
    const untouched = after();
    const changed = after({ [name]: { [setting]: value } });
    expect(changed.values).toEqual({
      ...untouched.values,
      [name]: { ...untouched.values[name], [setting]: value },
      enabled: { ...untouched.values.enabled, [name]: true },
    });
    expect(filterNames.filter((other) => changed.values.enabled[other])).toEqual([name]);
  });

  it("keeps earlier settings, setting by setting and band by band", () => {
    const { values } = after(
      { karaoke: { level: 0.5 }, equalizer: { bands: [{ band: 1, gain: 0.2 }] } },
      { karaoke: { monoLevel: 0.7 }, equalizer: { bands: [{ band: 2, gain: 0.3 }] } },
    );
    expect(values.karaoke).toMatchObject({ level: 0.5, monoLevel: 0.7 });
    expect(values.equalizer.slice(0, 4)).toEqual([0, 0.2, 0.3, 0]);
  });

  it("disables a filter with its default settings", () => {
    const configuration = after({ tremolo: { depth: 1 } });
    expect(configuration.report().tremolo.enabled).toBe(true);
    configuration.update({ tremolo: { depth: 0.5 } });
    expect(configuration.report().tremolo).toEqual({ frequency: 2, depth: 0.5, enabled: false });
  });

  it("treats null as absent and ignores unknown names", () => {
    const { values } = after({
      tremolo: { depth: null },
      vibrato: null,
      distortion: { scale: 3 },
      op: "filters",
    });
    expect(values).toEqual(after().values);
  });

  it("accepts the equalizer in both forms, and volume as a bare number", () => {
    const bands = [{ band: 14, gain: 0.5 }];
    expect(after({ equalizer: bands }).values).toEqual(after({ equalizer: { bands } }).values);
    expect(after({ volume: 1.5 }).values).toEqual(after({ volume: { volume: 1.5 } }).values);
  });

  it("names the first invalid value, in the order of the protocol, and applies nothing", () => {
    const configuration = after();
    const { field, message } = failure(configuration, {
      volume: 3,
      tremolo: { depth: 2, frequency: 7 },
      channelmix: { leftToLeft: 0.5 },
    });
    expect(field).toBe("tremolo.depth");
    expect(message).toBe("tremolo.depth must be a number above 0 and at most 1");
    expect(configuration.values).toEqual(after().values);
  });

  it("applies no band when one is invalid", () => {
    const configuration = after();
    const bands = [
      { band: 0, gain: 0.1 },
      { band: 15, gain: 0.1 },
    ];
    expect(failure(configuration, { equalizer: { bands } }).field).toBe("equalizer.bands.1.band");
    expect(configuration.values).toEqual(after().values);
  });

  it.each([null, 5, "x", []])("must be an object, not %j", (payload) => {
    expect(failure(after(), payload).message).toBe("filters must be an object");
  });
});

describe("effects", () => {
  it("are reported only with settings that differ from their defaults", () => {
    const configuration = after({ compressor: { ratio: 4 } });
    expect(configuration.report().compressor).toEqual({
      threshold: -24,
      ratio: 4,
      attack: 10,
      release: 200,
      knee: 6,
      gain: 0,
      enabled: true,
    });
    configuration.update({ compressor: { ratio: 1 } });
    expect(configuration.report()).toEqual(after().report());
  });

  it("are enabled only by the settings that switch them on", () => {
    expect(after({ compressor: { threshold: -50, attack: 1 } }).report().compressor?.enabled).toBe(false);
    expect(after({ compressor: { gain: 3 } }).report().compressor?.enabled).toBe(true);
    expect(after({ highpass: { frequency: 30 } }).report().highpass?.enabled).toBe(true);
  });

  it("keep settings that are not given", () => {
    const { values } = after(
      { compressor: { ratio: 4 } },
      { compressor: { knee: 0, gain: null } },
      { volume: 2 },
    );
    expect(values.compressor).toEqual({ ...after().values.compressor, ratio: 4, knee: 0 });
    expect(values.enabled).toMatchObject({ compressor: true, volume: true });
  });

  it.each<[object, string]>([
    [{ compressor: { ratio: 0.5 } }, "compressor.ratio must be a number at least 1 and at most 20"],
    [{ highpass: { frequency: "80" } }, "highpass.frequency must be a number at least 0 and at most 20000"],
    [{ compressor: 5 }, "compressor must be an object"],
  ])("refuse %j, and no setting is applied", (effects, message) => {
    const configuration = after();
    expect(failure(configuration, { volume: 2, ...effects }).message).toBe(message);
    expect(configuration.values).toEqual(after().values);
  });

  it("are replaced with those of a Lavalink client", () => {
    const configuration = after({ compressor: { gain: 3 } });
    configuration.replace({ pluginFilters: { highPass: { frequency: 120 } } });
    expect(configuration.values).toEqual({
      ...after().values,
      highpass: { frequency: 120 },
      enabled: { ...after().values.enabled, highpass: true },
    });
  });
});

it("returns values that later updates do not change", () => {
  const configuration = after();
  const { values } = configuration;
  configuration.update({ lowpass: { smoothing: 3 }, equalizer: [{ band: 0, gain: 1 }] });
  expect(values).toEqual(after().values);
});

describe("filters of Lavalink", () => {
  const replaced = (filters: LavalinkFilters, configuration = after()) => {
    configuration.replace(filters);
    return configuration.values;
  };
  const enabledBy = (filters: LavalinkFilters) => {
    const { enabled } = replaced(filters);
    return Object.keys(enabled).filter((name) => enabled[name as keyof typeof enabled]);
  };

  it("replace all filters", () => {
    const configuration = after({ timescale: { speed: 2 }, equalizer: [{ band: 1, gain: 0.5 }], volume: 2 });
    const lowPass = { smoothing: 5 };
    const values = replaced({ volume: 0.5, lowPass, equalizer: [{ band: 3, gain: 0.2 }] }, configuration);
    const gains = new Array<number>(15).fill(0);
    gains[3] = 0.2;
    expect(values).toEqual({
      ...after().values,
      volume: { volume: 0.5 },
      lowpass: lowPass,
      equalizer: gains,
      enabled: { ...after().values.enabled, volume: true, lowpass: true, equalizer: true },
    });
    expect(replaced({}, configuration)).toEqual(after().values);
  });

  const karaoke = { level: 1, monoLevel: 1, filterBand: 220, filterWidth: 100 };
  const distortion = {
    sinOffset: 0,
    sinScale: 1,
    cosOffset: 0,
    cosScale: 1,
    tanOffset: 0,
    tanScale: 1,
    offset: 0,
    scale: 1,
  };

  it.each<[LavalinkFilters, string[]]>([
    [{ karaoke }, ["karaoke"]],
    [{ tremolo: { frequency: 2, depth: 0.5 } }, ["tremolo"]],
    [{ vibrato: { frequency: 2, depth: 0.5 } }, ["vibrato"]],
    [{ lowPass: { smoothing: 20 } }, ["lowpass"]],
    [{ rotation: { rotationHz: 0.2 } }, ["rotation"]],
    [{ distortion: { ...distortion, scale: 2 } }, ["distortion"]],
    [{ tremolo: { frequency: 2, depth: 0 }, vibrato: { frequency: 2, depth: 0 } }, []],
    [{ rotation: { rotationHz: 0 }, lowPass: { smoothing: 1 }, distortion }, []],
    [{ timescale: { speed: 1, pitch: 1, rate: 1 }, volume: 1, equalizer: [{ band: 0, gain: 0 }] }, []],
  ])("are on with the values that Lavalink switches on: %j", (filters, expected) => {
    expect(enabledBy(filters)).toEqual(expected);
  });

  it("stay on when Andesite changes another filter", () => {
    const configuration = after();
    configuration.replace({ karaoke });
    configuration.update({ volume: 2 });
    expect(configuration.values.enabled).toMatchObject({ karaoke: true, volume: true });
    configuration.update({ karaoke: { level: 1 } });
    expect(configuration.values.enabled.karaoke).toBe(false);
  });
});
