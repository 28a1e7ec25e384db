import { ArgumentTypeError } from "./errors.ts";
import type { Callback, Key } from "./listener-table.ts";
import type { ListenOptions } from "./types.ts";

/** The arguments of `on`, `once` and `off`, whichever way they were written. */
export interface ListenArguments {
  /** The classes without repetition; null where no selector was given. */
  readonly keys: readonly Key[] | null;
  readonly callback: Callback | null;
  readonly signal: AbortSignal | null;
}

/**
 * Reads `(event, callback, options)` or `({ event, callback, signal })`. A class is a function too, so a
 * single function is always taken as the event.
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
    return {
      keys: readSelector(event),
      callback: readCallback(callback),
      signal: signal instanceof AbortSignal ? signal : null,
    };
  }
  return { keys: readSelector(first), callback: readCallback(second), signal: options?.signal ?? null };
}

/**
 * Reads a selector into its classes, null for none.
 *
 * @throws ArgumentTypeError naming `event`.
 */
export function readSelector(selector: unknown): readonly Key[] | null {
  if (selector === null || selector === undefined) return null;
  const classes: readonly unknown[] = Array.isArray(selector) ? selector : [selector];
  for (const candidate of classes) {
    if (!isClass(candidate)) {
      throw new ArgumentTypeError("INVALID_EVENT", "event", "must be an event class or an array of them");
    }
  }
  return [...new Set(classes as readonly Key[])];
}

/** A class has a prototype object; an arrow function or method, passed by mistake, has none. */
const isClass = (candidate: unknown): boolean =>
  typeof candidate === "function" && typeof candidate.prototype === "object" && candidate.prototype !== null;

function readCallback(callback: unknown): Callback | null {
  if (callback === null || callback === undefined) return null;
  if (typeof callback !== "function") {
    throw new ArgumentTypeError("INVALID_LISTENER", "callback", "must be a function");
  }
  return callback as Callback;
}
