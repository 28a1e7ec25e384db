import { ArgumentTypeError } from "./errors.ts";
import type { Callback, Key } from "./listener-table.ts";
import type { ListenOptions } from "./types.ts";

/** Arguments of `on`, `once` and `off`, independent of the form in which they were passed. */
export interface ListenArguments {
  /** Classes without duplicates; null without a selector. */
  readonly keys: readonly Key[] | null;
  readonly callback: Callback | null;
  readonly signal: AbortSignal | null;
}

/**
 * Reads `(event, callback, options)` or `({ event, callback, signal })`. A class is a function too, so a
 * single function is always read as the event.
 *
 * @throws ArgumentTypeError naming `event` or `callback`.
 */
export function readArguments(
  first: unknown,
  second: unknown,
  options: ListenOptions | null | undefined,
): ListenArguments {
  if (typeof first === "object" && first !== null && !Array.isArray(first)) {
    const { event, callback, signal } = first as Record<string, unknown>;
    requireKnownOptions(first, ["event", "callback", "signal"]);
    return { keys: readSelector(event), callback: readCallback(callback), signal: readSignal(signal) };
  }
  requireKnownOptions(options, ["signal"]);
  requireGiven(first);
  return { keys: readSelector(first), callback: readCallback(second), signal: readSignal(options?.signal) };
}

/**
 * Checks that a selector in the place of an argument is not undefined: a misspelt class of a module would select
 * all events.
 *
 * @throws ArgumentTypeError naming `event`.
 */
export function requireGiven(selector: unknown): void {
  if (selector === undefined) throw selectorError(selector);
}

function selectorError(candidate: unknown): ArgumentTypeError {
  const given = typeof candidate === "string" ? `the text ${JSON.stringify(candidate)}` : typeof candidate;
  const message = `must be an event class, an array of at least one, or null, not ${given}`;
  return new ArgumentTypeError("INVALID_EVENT", "event", message);
}

/**
 * Checks that options are an object with known names only: a misspelt option would be ignored.
 *
 * @throws ArgumentTypeError naming `options` or the option.
 */
export function requireKnownOptions(options: unknown, known: readonly string[]): void {
  if (options === null || options === undefined) return;
  if (typeof options !== "object") {
    throw new ArgumentTypeError("UNKNOWN_OPTION", "options", "must be an object");
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new ArgumentTypeError("UNKNOWN_OPTION", name, `is unknown; known are ${known.join(", ")}`);
    }
  }
}

/**
 * Returns a signal, or null without one.
 *
 * @throws ArgumentTypeError naming `signal`.
 */
export function readSignal(signal: unknown): AbortSignal | null {
  if (signal === null || signal === undefined) return null;
  if (!(signal instanceof AbortSignal)) {
    throw new ArgumentTypeError("INVALID_SIGNAL", "signal", "must be an AbortSignal");
  }
  return signal;
}

/**
 * Returns the classes of a selector; null without a selector.
 *
 * @throws ArgumentTypeError naming `event`.
 */
export function readSelector(selector: unknown): readonly Key[] | null {
  if (selector === null || selector === undefined) return null;
  // An empty array selects nothing, so that its listener would never run.
  const isList = Array.isArray(selector) && selector.length > 0;
  const classes: readonly unknown[] = isList ? selector : [selector];
  for (const candidate of classes) {
    if (!isClass(candidate)) throw selectorError(candidate);
  }
  return [...new Set(classes as readonly Key[])];
}

/**
 * Returns whether a value is a class. An arrow function or method, passed by mistake, has no prototype
 * object.
 */
const isClass = (candidate: unknown): boolean =>
  typeof candidate === "function" && typeof candidate.prototype === "object" && candidate.prototype !== null;

function readCallback(callback: unknown): Callback | null {
  if (callback === null || callback === undefined) return null;
  if (typeof callback !== "function") {
    throw new ArgumentTypeError("INVALID_LISTENER", "callback", "must be a function");
  }
  return callback as Callback;
}
