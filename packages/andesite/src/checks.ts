import { isOptionsObject } from "@asterite/util";
import { InvalidTypeError, OutOfRangeError } from "./errors.ts";

/**
 * Returns a number that is not below a minimum; `Infinity` is allowed.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
export function requireAtLeast(field: string, min: number, value: number): number {
  if (typeof value !== "number") throw new InvalidTypeError(field, "a number");
  if (!(value >= min)) throw new OutOfRangeError(field, `at least ${min}`);
  return value;
}

/**
 * Returns a number above 0; `Infinity` is allowed.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
export function requirePositive(field: string, value: number): number {
  if (typeof value !== "number") throw new InvalidTypeError(field, "a number");
  if (!(value > 0)) throw new OutOfRangeError(field, "above 0");
  return value;
}

/**
 * Returns numeric options with their defaults.
 *
 * @param prefix - Prefix of option names in error messages.
 * @param minimums - Minimum of each option.
 * @throws InvalidTypeError, OutOfRangeError naming the option.
 */
export function readNumberOptions<Defaults extends Readonly<Record<string, number>>>(
  prefix: string,
  defaults: Defaults,
  minimums: { readonly [Name in keyof NoInfer<Defaults>]: number },
  given: { readonly [Name in keyof NoInfer<Defaults>]?: number | null | undefined } | null | undefined,
): { readonly [Name in keyof Defaults]: number } {
  const read = Object.entries(defaults).map(([name, defaultValue]) => {
    const key: keyof Defaults = name;
    return [name, requireAtLeast(prefix + name, minimums[key], given?.[key] ?? defaultValue)] as const;
  });
  return Object.fromEntries(read) as { readonly [Name in keyof Defaults]: number };
}

/**
 * Returns the value if it is a function.
 *
 * @throws InvalidTypeError naming the field.
 */
export function requireFunction<Value>(field: string, value: Value): Value {
  if (typeof value !== "function") throw new InvalidTypeError(field, "a function");
  return value;
}

/**
 * Returns the value if it is a string.
 *
 * @throws InvalidTypeError naming the field.
 */
export function requireText(field: string, value: string): string {
  if (typeof value !== "string") throw new InvalidTypeError(field, "a string");
  return value;
}

/**
 * Checks that a value is an object with a method, for callers without types.
 *
 * @throws InvalidTypeError naming the field.
 */
export function requireMethod(field: string, value: unknown, method: PropertyKey, expected: string): void {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isObject || typeof Reflect.get(value, method) !== "function")
    throw new InvalidTypeError(field, expected);
}

/**
 * Returns the value if it is an array or another iterable object; a string is none.
 *
 * @throws InvalidTypeError naming the field.
 */
export function requireIterable<Item>(field: string, value: Iterable<Item>): Iterable<Item> {
  requireMethod(field, value, Symbol.iterator, "an array or another iterable");
  return value;
}

/** Returns the names of the options of a type, of which none may be missing. */
export const optionNames = <Options>(
  names: Readonly<Record<keyof Required<Options>, true>>,
): readonly string[] => Object.keys(names);

/**
 * Checks that options are an object without unknown names, which would be ignored.
 *
 * @param prefix - Prefix of option names in error messages.
 * @throws InvalidTypeError naming `options` or the option.
 */
export function requireKnownOptions(prefix: string, options: unknown, known: readonly string[]): void {
  if (options === null || options === undefined) return;
  if (!isOptionsObject(options)) {
    throw new InvalidTypeError(prefix.replace(/\.$/, "") || "options", "an object");
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new InvalidTypeError(prefix + name, `one of the options ${known.join(", ")}`);
  }
}

/**
 * Returns a signal, or null for none.
 *
 * @throws InvalidTypeError naming `signal`.
 */
export function readSignal(signal: unknown): AbortSignal | null {
  if (signal === null || signal === undefined) return null;
  if (!(signal instanceof AbortSignal)) throw new InvalidTypeError("signal", "an AbortSignal");
  return signal;
}

/**
 * Returns an address as a URL without a fragment.
 *
 * @throws InvalidTypeError, OutOfRangeError for another protocol, and for a user or password in the address.
 */
export function readUri(field: string, uri: string | URL, protocols: readonly string[]): URL {
  if (typeof uri !== "string" && !(uri instanceof URL)) throw new InvalidTypeError(field, "a string or URL");
  if (!URL.canParse(String(uri))) throw new OutOfRangeError(field, "a URL");
  const url = new URL(uri);
  if (!protocols.includes(url.protocol)) {
    throw new OutOfRangeError(field, `a URL with ${protocols.join(" or ")}`);
  }
  if (url.username || url.password) throw new OutOfRangeError(field, "a URL without user and password");
  url.hash = "";
  return url;
}
