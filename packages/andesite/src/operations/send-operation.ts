import { type OperationName, toCenti, toMilli } from "@asterite/andesite-protocol";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import { isInstance } from "../mixin.ts";

/** What can be sent to a node for a guild. */
export abstract class SendOperation {
  /** Holds for classes that this was mixed into as well. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this, and each asks for itself.
    return isInstance(this, value);
  }

  /** Name on the wire. */
  abstract readonly op: OperationName;
  /** The fields as they are sent, without `op` and `guildId`. What has no value is left out. */
  abstract toRaw(): Record<string, unknown>;
}

/** Leaves out what has no value: nodes take null for a wrong type. */
export const withoutNull = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

/** A value that may be left out in two ways. */
export type Optional<Value> = Value | null | undefined;

/**
 * Seconds as ms on the wire.
 *
 * @throws OutOfRangeError, InvalidTypeError naming the field.
 */
export const secondsToRaw = (field: string, seconds: Optional<number>) =>
  toMilli(requireNumber(field, seconds));

/**
 * A factor as percent on the wire.
 *
 * @throws OutOfRangeError, InvalidTypeError naming the field.
 */
export const factorToRaw = (field: string, factor: Optional<number>) => toCenti(requireNumber(field, factor));

function requireNumber(field: string, value: Optional<number>): Optional<number> {
  if (value === null || value === undefined) return value;
  if (typeof value !== "number") throw new InvalidTypeError(field, "a number");
  if (!Number.isFinite(value)) throw new OutOfRangeError(field, "a finite number");
  return value;
}

/** @throws InvalidTypeError naming the field. */
export function requireBoolean<Value extends Optional<boolean>>(field: string, value: Value): Value {
  if (value === null || value === undefined || typeof value === "boolean") return value;
  throw new InvalidTypeError(field, "a boolean");
}
