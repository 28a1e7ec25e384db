import {
  bandCount,
  filterSettings,
  isFilterName,
  maxGain,
  minGain,
  type PlainFilterName,
  type SettingRange,
  settingProblem,
} from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";

/**
 * Checks filters in the form in which they are sent. Filters of plug-ins are not checked.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the first setting that nodes refuse or ignore.
 */
export function requireValidFilters(raw: Readonly<Record<string, unknown>>): void {
  for (const [name, settings] of Object.entries(raw)) {
    if (!isFilterName(name)) continue;
    if (name === "equalizer") requireBands(Array.isArray(settings) ? { bands: settings } : settings);
    else
      requireSettings(
        name,
        name === "volume" && typeof settings === "number" ? { volume: settings } : settings,
      );
  }
}

function requireSettings(name: PlainFilterName, given: unknown): void {
  const ranges: Readonly<Record<string, SettingRange>> = filterSettings[name];
  for (const [setting, value] of readSettings(name, given, Object.keys(ranges))) {
    const range = ranges[setting];
    const expected = range && settingProblem(range, value);
    if (expected) throw settingError(`${name}.${setting}`, expected, value);
  }
}

function requireBands(given: unknown): void {
  for (const [, bands] of readSettings("equalizer", given, ["bands"])) {
    if (!Array.isArray(bands)) throw settingError("equalizer.bands", "an array", bands);
    for (const [index, entry] of bands.entries()) {
      const field = `equalizer.bands.${index}`;
      if (!isRecord(entry)) throw settingError(field, "an object", entry);
      const { band, gain } = entry;
      if (!isWithin(0, bandCount - 1, band) || !Number.isInteger(band)) {
        throw settingError(`${field}.band`, `an integer from 0 to ${bandCount - 1}`, band);
      }
      if (!isWithin(minGain, maxGain, gain)) {
        throw settingError(`${field}.gain`, `a number from ${minGain} to ${maxGain}`, gain);
      }
    }
  }
}

/** Returns the given settings of a filter without `enabled`, which nodes derive from the others. */
function readSettings(name: string, given: unknown, known: readonly string[]): [string, unknown][] {
  if (!isRecord(given)) throw settingError(name, "an object", given);
  const { enabled: _enabled, ...settings } = given;
  return Object.entries(settings).filter(([setting, value]) => {
    if (!known.includes(setting)) {
      throw new InvalidTypeError(`filters.${name}.${setting}`, `one of the settings ${known.join(", ")}`);
    }
    return value !== null && value !== undefined;
  });
}

const isWithin = (min: number, max: number, value: unknown): boolean =>
  typeof value === "number" && value >= min && value <= max;

function settingError(path: string, expected: string, value: unknown): Error {
  const ErrorClass = typeof value === "number" ? OutOfRangeError : InvalidTypeError;
  return new ErrorClass(`filters.${path}`, expected, { value });
}
