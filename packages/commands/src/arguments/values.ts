import { argumentError, checkKnownNames, UserError } from "../errors.ts";
import { formatDuration, parseDuration } from "../text/duration.ts";
import { quote } from "../text/sanitize.ts";
import { type Argument, argument } from "./argument.ts";

/** Range of a number or a length. Both ends are included. */
export interface Range {
  /** Smallest value. Default: no limit. */
  readonly min?: number;
  /** Largest value. Default: no limit. */
  readonly max?: number;
}

/** Formats a range after a noun: ` from 1 to 6`, ` of at least 1`, or nothing. */
function rangeText(
  { min, max }: Range,
  format: (value: number) => string = (value) => value.toLocaleString("en"),
): string {
  if (min !== undefined && max !== undefined) return ` from ${format(min)} to ${format(max)}`;
  if (min !== undefined) return ` of at least ${format(min)}`;
  return max === undefined ? "" : ` of at most ${format(max)}`;
}

const isInRange = (
  value: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range,
) => value >= min && value <= max;

/** Checks the options of a range, whose names end with a unit: `minMs`. */
function checkRange(range: Range, unit = ""): void {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range;
  if (typeof max !== "number" || Number.isNaN(max)) throw argumentError(`max${unit}`, max, "a number");
  if (typeof min === "number" && min <= max) return;
  throw argumentError(`min${unit}`, min, `a number of at most max${unit}, ${max}`);
}

const isNumberIn = (value: unknown, range: Range): boolean =>
  typeof value === "number" && isInRange(value, range);

const isText = (value: unknown): boolean => typeof value === "string";

/** Options of the text arguments. Lengths are in characters as the user counts them (code points). */
export interface TextOptions {
  /** Smallest length. Default 1. */
  readonly minLength?: number;
  /** Largest length. Default: no limit but that of a message. */
  readonly maxLength?: number;
}

function textArgument(noun: string, options: TextOptions, takesRest: boolean): Argument<string> {
  checkKnownNames(`option of ${takesRest ? "rest" : "text"}`, options, ["minLength", "maxLength"]);
  const { minLength = 1, maxLength } = options;
  const range = { min: minLength, ...(maxLength !== undefined && { max: maxLength }) };
  checkRange(range, "Length");
  const isLimited = minLength > 1 || maxLength !== undefined;
  const allowed = isLimited ? `${noun} with${rangeText(range)} characters` : noun;
  const parse = (text: string) => (isInRange(Array.from(text).length, range) ? text : undefined);
  return argument<string>({
    allowed: allowed.replace("with from", "with"),
    parse,
    takesRest,
    isValue: isText,
  });
}

/** Argument: one word, or several in quotation marks. */
export const text = (options: TextOptions = {}): Argument<string> =>
  textArgument('a text, in "quotation marks" if it has several words', options, false);

/** Argument: the rest of the message, as it was written. It has to be the last one. */
export const rest = (options: TextOptions = {}): Argument<string> => textArgument("a text", options, true);

/** Options of {@link word}. */
export interface WordOptions {
  /** Expression that the whole word has to match. Default: any word. */
  readonly pattern?: RegExp;
  /** Description of the words that match, as it continues "Give …". Default `one word`. */
  readonly allowed?: string;
}

/** Argument: one word without blanks. */
export const word = (options: WordOptions = {}): Argument<string> => {
  checkKnownNames("option of word", options, ["pattern", "allowed"]);
  const { pattern, allowed = "one word" } = options;
  if (pattern !== undefined && !(pattern instanceof RegExp)) {
    throw argumentError("pattern", pattern, "a regular expression");
  }
  const whole = pattern && new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ""));
  return argument<string>({
    allowed,
    isValue: isText,
    parse: (given) => (/\s/u.test(given) || given === "" || whole?.test(given) === false ? undefined : given),
  });
};

/** Argument: a whole number. */
export function integer(range: Range = {}): Argument<number> {
  checkKnownNames("option of integer", range, ["min", "max"]);
  checkRange(range);
  return argument<number>({
    allowed: `a whole number${rangeText(range)}`,
    isValue: (value) => Number.isSafeInteger(value) && isNumberIn(value, range),
    parse: (given) => {
      const value = Number(given);
      return /^[+-]?\d{1,16}$/.test(given) && Number.isSafeInteger(value) && isInRange(value, range)
        ? value + 0
        : undefined;
    },
  });
}

/** Argument: a number, with a point or a comma before the fraction. */
export function number(range: Range = {}): Argument<number> {
  checkKnownNames("option of number", range, ["min", "max"]);
  checkRange(range);
  return argument<number>({
    allowed: `a number${rangeText(range)}`,
    isValue: (value) => isNumberIn(value, range),
    parse: (given) => {
      if (!/^[+-]?\d{1,16}(?:[.,]\d{1,16})?$/.test(given)) return undefined;
      const value = Number(given.replace(",", "."));
      return isInRange(value, range) ? value + 0 : undefined;
    },
  });
}

const longestDuration = formatDuration(Number.MAX_SAFE_INTEGER);

/** Options of {@link duration}. */
export interface DurationOptions {
  /** Shortest duration, in ms. Default 0. */
  readonly minMs?: number;
  /** Longest duration, in ms. Default and largest value: `Number.MAX_SAFE_INTEGER`, 285 000 years. */
  readonly maxMs?: number;
}

/** Argument: a duration such as `90s`, `1h30m` or `2d`. Its value is in ms. */
export function duration(options: DurationOptions = {}): Argument<number> {
  checkKnownNames("option of duration", options, ["minMs", "maxMs"]);
  const { minMs = 0, maxMs } = options;
  const range = { min: minMs, ...(maxMs !== undefined && { max: maxMs }) };
  checkRange(range, "Ms");
  const limits = minMs > 0 || maxMs !== undefined ? rangeText(range, formatDuration) : "";
  return argument<number>({
    allowed: `a duration${limits}, such as 45s or 1h30m`,
    isValue: (value) => isNumberIn(value, range),
    parse: (given, { texts }) => {
      const ms = parseDuration(given);
      if (ms === undefined || !isInRange(ms, range)) return undefined;
      if (ms <= Number.MAX_SAFE_INTEGER) return ms;
      throw new UserError(texts.durationTooLong(quote(given, 60), longestDuration));
    },
  });
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["yes", "y", "true", "on", "1"].map((name) => [name, true] as const),
  ...["no", "n", "false", "off", "0"].map((name) => [name, false] as const),
]);

/** Argument: `yes` or `no`; `on`, `off`, `true`, `false`, `y`, `n`, `1` and `0` are accepted too. */
export const boolean = (): Argument<boolean> =>
  argument<boolean>({
    allowed: "yes or no",
    isValue: (value) => typeof value === "boolean",
    parse: (given) => booleans.get(given.toLowerCase()),
  });

/**
 * Argument: one of several words, without regard to case. Its value is the word as it is given here.
 *
 * @throws CommandsError `ARGUMENT_INVALID` unless it is an array of at least one word.
 */
export function choice<const Choice extends string>(choices: readonly Choice[]): Argument<Choice> {
  const [last] = Array.isArray(choices) && choices.every(isText) ? choices.slice(-1) : [];
  if (last === undefined) throw argumentError("choices", choices, 'an array of words, such as ["on", "off"]');
  const list = choices.length === 1 ? last : `${choices.slice(0, -1).join(", ")} or ${last}`;
  const byName = new Map(choices.map((name) => [name.toLowerCase(), name]));
  return argument<Choice>({
    allowed: list,
    isValue: (value) => choices.some((each) => each === value),
    parse: (given) => byName.get(given.toLowerCase()),
  });
}
