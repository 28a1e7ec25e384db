import { InvalidTypeError, OutOfRangeError } from "./errors.ts";

/**
 * A number of at least as much; infinity is one.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
export function requireAtLeast(field: string, least: number, value: number): number {
  if (typeof value !== "number") throw new InvalidTypeError(field, "a number");
  if (!(value >= least)) throw new OutOfRangeError(field, `${least} or more`);
  return value;
}

/**
 * A number above 0; infinity is one.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
export function requirePositive(field: string, value: number): number {
  if (typeof value !== "number") throw new InvalidTypeError(field, "a number");
  if (!(value > 0)) throw new OutOfRangeError(field, "above 0");
  return value;
}

/**
 * Options that are numbers, with their defaults where they are not given.
 *
 * @param prefix - Goes before the names of options in messages.
 * @param least - How small each may be.
 * @throws InvalidTypeError, OutOfRangeError naming the option.
 */
export function readNumberOptions<Defaults extends Readonly<Record<string, number>>>(
  prefix: string,
  defaults: Defaults,
  least: { readonly [Name in keyof NoInfer<Defaults>]: number },
  given: { readonly [Name in keyof NoInfer<Defaults>]?: number | null | undefined } | null | undefined,
): { readonly [Name in keyof Defaults]: number } {
  const read = Object.entries(defaults).map(([name, normal]) => {
    const key: keyof Defaults = name;
    return [name, requireAtLeast(prefix + name, least[key], given?.[key] ?? normal)] as const;
  });
  return Object.fromEntries(read) as { readonly [Name in keyof Defaults]: number };
}

/** @throws InvalidTypeError naming the field. */
export function requireFunction<Value>(field: string, value: Value): Value {
  if (typeof value !== "function") throw new InvalidTypeError(field, "a function");
  return value;
}

/** Whether a value is what JSON calls an object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
