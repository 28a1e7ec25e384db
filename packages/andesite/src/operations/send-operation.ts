import {
  type OperationFields,
  type OperationName,
  readOperation,
  toCenti,
  toMilli,
} from "@asterite/andesite-protocol";
import { InvalidTypeError, OutOfRangeError, requireValid } from "../errors.ts";
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

/**
 * The fields of an operation on the wire.
 *
 * @throws MalformedDataError
 */
export const readFields = <Name extends OperationName>(op: Name, raw: unknown): OperationFields<Name> =>
  requireValid(op, readOperation(op, raw));

/** Leaves out what has no value: nodes take null for a wrong type. */
export const omitNull = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

/** A value that may be left out in two ways. */
export type Optional<Value> = Value | null | undefined;

/** @throws InvalidTypeError naming the field. */
export function requireBoolean(field: string, value: boolean): boolean {
  if (typeof value !== "boolean") throw new InvalidTypeError(field, "a boolean");
  return value;
}

/**
 * Seconds as ms on the wire.
 *
 * @throws OutOfRangeError, InvalidTypeError naming the field.
 */
export const secondsToRaw = (field: string, seconds: number): number =>
  toMilli(requireNumber(field, seconds));

/**
 * A factor as percent on the wire.
 *
 * @throws OutOfRangeError, InvalidTypeError naming the field.
 */
export const factorToRaw = (field: string, factor: number): number => toCenti(requireNumber(field, factor));

/** Undefined for what is left out, and else what the conversion says. */
export const convertGiven = <Value, Raw>(
  convert: (field: string, value: Value) => Raw,
  field: string,
  value: Optional<Value>,
): Raw | undefined => (value === null || value === undefined ? undefined : convert(field, value));

function requireNumber(field: string, value: number): number {
  if (typeof value !== "number") throw new InvalidTypeError(field, "a number");
  if (!Number.isFinite(value)) throw new OutOfRangeError(field, "a finite number");
  return value;
}
