import {
  type OperationFields,
  type OperationName,
  readOperation,
  toCenti,
  toMilli,
} from "@asterite/andesite-protocol";
import { InvalidTypeError, OutOfRangeError, requireValid } from "../errors.ts";
import { isInstance } from "../mixin.ts";

/** Base class of operations that a client sends to a node. */
export abstract class SendOperation {
  /** Also true for instances of classes into which this class was mixed. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit the method, with themselves as `this`.
    return isInstance(this, value);
  }

  /** Name of the operation on the wire. */
  abstract readonly op: OperationName;
  /** Returns the fields as they are sent, without `op` and `guildId`. Fields without a value are omitted. */
  abstract toRaw(): Record<string, unknown>;
}

/**
 * Reads the fields of an operation in the form of the wire.
 *
 * @throws MalformedDataError
 */
export const readFields = <Name extends OperationName>(op: Name, raw: unknown): OperationFields<Name> =>
  requireValid(op, readOperation(op, raw));

/** Returns the fields that are neither null nor undefined: nodes reject null as a wrong type. */
export const omitNull = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

/** A value that may be null or undefined. */
export type Optional<Value> = Value | null | undefined;

/**
 * Returns the value if it is a boolean.
 *
 * @throws InvalidTypeError naming the field.
 */
export function requireBoolean(field: string, value: boolean): boolean {
  if (typeof value !== "boolean") throw new InvalidTypeError(field, "a boolean", { value });
  return value;
}

/**
 * Returns the value if it can be converted to JSON.
 *
 * @throws InvalidTypeError naming the field.
 */
export function requireJson(field: string, value: unknown): unknown {
  try {
    if (JSON.stringify(value) !== undefined) return value;
  } catch (cause) {
    throw new InvalidTypeError(field, "a JSON value", { cause });
  }
  throw new InvalidTypeError(field, "a JSON value");
}

/**
 * Converts seconds to ms on the wire.
 *
 * @throws OutOfRangeError for a negative or infinite number, InvalidTypeError naming the field.
 */
export function secondsToRaw(field: string, seconds: number): number {
  requireNumber(field, seconds);
  if (seconds < 0) throw new OutOfRangeError(field, "at least 0 s", { value: seconds });
  return toMilli(seconds);
}

/** Maximum volume of a player, as a factor. */
const maxVolume = 10;

/**
 * Converts a volume to percent on the wire.
 *
 * @throws OutOfRangeError unless from 0 to 10, InvalidTypeError naming the field.
 */
export function volumeToRaw(field: string, factor: number): number {
  requireNumber(field, factor);
  if (factor < 0 || factor > maxVolume) {
    const expected = `a factor from 0 to ${maxVolume}, where 1 is 100 %`;
    throw new OutOfRangeError(field, expected, { value: factor });
  }
  return toCenti(factor);
}

/** Converts a value; undefined for null and undefined. */
export const convertGiven = <Value, Raw>(
  convert: (field: string, value: Value) => Raw,
  field: string,
  value: Optional<Value>,
): Raw | undefined => (value === null || value === undefined ? undefined : convert(field, value));

function requireNumber(field: string, value: number): void {
  if (typeof value !== "number") throw new InvalidTypeError(field, "a number", { value });
  if (!Number.isFinite(value)) throw new OutOfRangeError(field, "a finite number", { value });
}
