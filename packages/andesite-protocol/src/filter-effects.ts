import { isRecord } from "@asterite/util";
import { type SettingRange, settingProblem } from "./filters.ts";
import type { Problem } from "./validate.ts";

/** Default and accepted range of a setting of an effect. */
export interface EffectRange extends SettingRange {
  readonly min: number;
  readonly max: number;
  /** Whether the value must be an integer. Default: no. */
  readonly isInteger?: true;
  /**
   * Whether a value that differs from the default switches the effect on. The defaults of these settings change no sample.
   * Default: no.
   */
  readonly isSwitch?: true;
}

/** Share of the processed sound in the output. */
const mix = { default: 0, min: 0, max: 1, isSwitch: true } as const;

/**
 * Settings of effects: filters of Asterite's nodes that Andesite and Lavalink do not have. Frequencies are in Hz, times in
 * ms, levels in dB of full scale, gains in dB.
 */
export const effectSettings = /* @__PURE__ */ Object.freeze({
  highpass: {
    frequency: { default: 0, min: 0, max: 20_000, isSwitch: true },
  },
  compressor: {
    threshold: { default: -24, min: -60, max: 0 },
    ratio: { default: 1, min: 1, max: 20, isSwitch: true },
    attack: { default: 10, min: 0.1, max: 500 },
    release: { default: 200, min: 1, max: 5_000 },
    knee: { default: 6, min: 0, max: 24 },
    gain: { default: 0, min: 0, max: 24, isSwitch: true },
  },
  phaser: {
    stages: { default: 4, min: 2, max: 12, isInteger: true },
    rate: { default: 0.5, min: 0.01, max: 10 },
    depth: { default: 1, min: 0, max: 1 },
    feedback: { default: 0, min: 0, max: 0.9 },
    minFrequency: { default: 200, min: 20, max: 20_000 },
    maxFrequency: { default: 2_000, min: 20, max: 20_000 },
    mix,
  },
  chorus: {
    rate: { default: 1, min: 0.01, max: 10 },
    depth: { default: 0.5, min: 0, max: 1 },
    delay: { default: 20, min: 1, max: 45 },
    feedback: { default: 0, min: 0, max: 0.95 },
    mix,
  },
  echo: {
    delay: { default: 250, min: 1, max: 2_000 },
    feedback: { default: 0.4, min: 0, max: 0.95 },
    mix,
  },
  reverb: {
    decay: { default: 1_500, min: 300, max: 10_000 },
    damping: { default: 0.3, min: 0, max: 1 },
    mix,
  },
  limiter: {
    ceiling: { default: 0, min: -24, max: 0, isSwitch: true },
    release: { default: 120, min: 1, max: 5_000 },
  },
} satisfies Readonly<Record<string, Readonly<Record<string, EffectRange>>>>);

/** Name of an effect. */
export type EffectName = keyof typeof effectSettings;

/** Settings of an effect. */
export type EffectSettings<Name extends EffectName = EffectName> = {
  readonly [Setting in keyof (typeof effectSettings)[Name]]: number;
};

/** Settings of an effect in a player's state. */
export type EffectState<Name extends EffectName = EffectName> = EffectSettings<Name> & {
  /** Whether the settings have an audible effect. */
  readonly enabled: boolean;
};

/** Changes to effects. Only the given settings of the given effects change. */
export type EffectUpdates = { readonly [Name in EffectName]?: Partial<EffectSettings<Name>> };

/** Names of all effects, in the order in which a node processes them. */
export const effectNames: readonly EffectName[] = /* @__PURE__ */ Object.freeze(
  /* @__PURE__ */ Object.keys(effectSettings) as EffectName[],
);

/** Returns whether a string is the name of an effect. */
export const isEffectName = (name: string): name is EffectName => Object.hasOwn(effectSettings, name);

/** Returns the ranges of the settings of an effect. */
export const effectRanges = (name: EffectName): Readonly<Record<string, EffectRange>> => effectSettings[name];

/** Returns the default settings of an effect, which switch it off. */
export const effectDefaults = <Name extends EffectName>(name: Name): EffectSettings<Name> =>
  // The table defines the settings, which the compiler cannot infer from entries.
  Object.fromEntries(
    Object.entries(effectRanges(name)).map(([setting, range]) => [setting, range.default]),
  ) as EffectSettings<Name>;

/** Returns a description of the allowed range when a value is out of it; null for a valid value. */
export function effectProblem(
  range: SettingRange & Pick<Partial<EffectRange>, "isInteger">,
  value: unknown,
): string | null {
  const expected = settingProblem(range, value);
  if (range.isInteger !== true || (expected === null && Number.isInteger(value))) return expected;
  return `an integer from ${range.min} to ${range.max}`;
}

/** Smallest difference from the default that counts as audible, the same as for filters. */
const minAudibleDifference = 0.01;

/**
 * Returns whether settings have an audible effect, the meaning of `enabled`: one of those that switch the effect on differs
 * from its default by 0.01 or more. Missing settings count as their defaults.
 */
export function isEffectEnabled<Name extends EffectName>(
  name: Name,
  settings: Partial<EffectSettings<Name>>,
): boolean {
  const given: Readonly<Record<string, number | undefined>> = settings;
  return Object.entries(effectRanges(name)).some(
    ([setting, range]) =>
      range.isSwitch === true &&
      Math.abs((given[setting] ?? range.default) - range.default) >= minAudibleDifference,
  );
}

/** Result of {@link readEffectUpdates}. */
export interface EffectReading {
  /** Changes before the first malformed value. */
  readonly updates: EffectUpdates;
  /** First malformed value; null for none. */
  readonly problem: Problem | null;
}

/**
 * Reads changes to effects among those of filters. Other names and unknown settings are ignored, and null is treated as
 * absent.
 */
export function readEffectUpdates(raw: unknown): EffectReading {
  const updates: { [name: string]: Record<string, number> } = {};
  if (!isRecord(raw)) return { updates, problem: { field: "", expected: "an object" } };
  for (const name of effectNames) {
    const given = raw[name];
    if (given === undefined || given === null) continue;
    if (!isRecord(given)) return { updates, problem: { field: name, expected: "an object" } };
    const settings: Record<string, number> = {};
    updates[name] = settings;
    for (const [setting, range] of Object.entries(effectRanges(name))) {
      const value = given[setting];
      if (value === undefined || value === null) continue;
      const expected = effectProblem(range, value);
      if (expected !== null) return { updates, problem: { field: `${name}.${setting}`, expected } };
      settings[setting] = value as number;
    }
  }
  return { updates, problem: null };
}
