import {
  filterSettings,
  isFilterName,
  maxGain,
  minGain,
  readFilterUpdates,
} from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";

/**
 * Checks filters in the form in which they are sent. Filters of plug-ins are not checked.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the first setting that nodes refuse or ignore.
 */
export function requireValidFilters(raw: Readonly<Record<string, unknown>>): void {
  const { problem } = readFilterUpdates(raw);
  if (problem) throwProblem(problem.field, problem.expected, valueAt(raw, problem.field));
  for (const [name, settings] of Object.entries(raw)) {
    if (isFilterName(name) && isRecord(settings)) requireKnownSettings(name, settings);
  }
  const { equalizer } = raw;
  const bands = isRecord(equalizer) ? equalizer["bands"] : equalizer;
  for (const [index, band] of (Array.isArray(bands) ? bands : []).entries()) requireGain(index, band);
}

function requireKnownSettings(name: string, settings: Readonly<Record<string, unknown>>): void {
  const table: Readonly<Record<string, object>> = filterSettings;
  const known = name === "equalizer" ? ["bands"] : Object.keys(table[name] ?? {});
  // A player's state has `enabled`, which nodes derive from the settings.
  const unknown = Object.keys(settings).find((setting) => setting !== "enabled" && !known.includes(setting));
  if (unknown === undefined) return;
  throw new InvalidTypeError(`filters.${name}.${unknown}`, `one of the settings ${known.join(", ")}`);
}

function requireGain(index: number, band: unknown): void {
  const gain = isRecord(band) ? band["gain"] : undefined;
  if (typeof gain !== "number" || (gain >= minGain && gain <= maxGain)) return;
  throwProblem(`equalizer.bands.${index}.gain`, `a number from ${minGain} to ${maxGain}`, gain);
}

function throwProblem(path: string, expected: string, value: unknown): never {
  const field = `filters.${path}`;
  if (typeof value === "number") throw new OutOfRangeError(field, expected, { value });
  throw new InvalidTypeError(field, expected, { value });
}

const valueAt = (raw: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return value;
    return (value as Readonly<Record<string, unknown>>)[key];
  }, raw);
