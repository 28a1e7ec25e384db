import { maxTimerMs } from "@asterite/util";

/** Check of an option's value. */
export interface Rule {
  readonly accepts: (value: unknown) => boolean;
  /** The values that pass, in words. */
  readonly allowed: string;
  /** Whether errors have the type of the value instead of the value: errors are logged. */
  readonly isSecret?: boolean;
}

/** Rules of options by their names; undefined for values that are checked together with others or nowhere. */
export type RuleTable = Readonly<Record<string, Rule | undefined>>;
/** A {@link RuleTable} with all options of a type. */
export type Rules<Options> = { readonly [Name in keyof Required<Options>]: Rule | undefined };

/** A number within a range. */
export const numberRule = (minimum: number, maximum = Number.POSITIVE_INFINITY): Rule => ({
  accepts: (value) => typeof value === "number" && value >= minimum && value <= maximum,
  allowed: `a number from ${minimum} to ${maximum}`,
});
/** A time in ms that a timer supports. */
export const timerRule = (minimumMs: number): Rule => numberRule(minimumMs, maxTimerMs);
/** A string that matches a pattern. */
export const textRule = (pattern: RegExp, allowed: string, isSecret = false): Rule => ({
  accepts: (value) => typeof value === "string" && pattern.test(value),
  allowed,
  isSecret,
});
export const flagRule: Rule = { accepts: (value) => typeof value === "boolean", allowed: "true or false" };
const isFunction = (value: unknown): boolean => typeof value === "function";
export const functionRule: Rule = { accepts: isFunction, allowed: "a function" };
export const arrayRule: Rule = { accepts: Array.isArray, allowed: "an array" };
/** An object with some methods. */
export const methodsRule = (...names: readonly string[]): Rule => ({
  accepts: (value) => names.every((name) => isFunction(Object(value)[name])),
  allowed: `an object with ${names.join(", ")}`,
});
