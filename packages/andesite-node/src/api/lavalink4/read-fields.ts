import { isRecord } from "@asterite/util";
import type { JsonObject } from "../../engine/remote-deck.ts";
import { OperationError } from "../../errors.ts";
import type { Query } from "../http/query.ts";

// Readers of fields by the rules of section 1 of the Lavalink protocol: an absent field is undefined, and null is an
// error.

/** Whole numbers may be in quotes. */
const wholeNumber = /^-?\d{1,19}$/;
const maxLong = 2 ** 63;
/** Levels of objects and arrays. `JSON.stringify` exhausts the stack at some thousands. */
const maxUserDataDepth = 500;

/** @throws OperationError */
export function readObject(value: unknown, field: string): JsonObject {
  if (!isRecord(value)) throw new OperationError(field, "an object");
  return value;
}

/**
 * Reads the data that a client attaches to a track.
 *
 * @throws OperationError
 */
export function readUserData(value: unknown, field: string): JsonObject {
  const userData = readObject(value, field);
  if (isDeeper(userData, maxUserDataDepth)) {
    throw new OperationError(field, `nested at most ${maxUserDataDepth} levels deep`);
  }
  return userData;
}

/** Returns whether a value has more levels of objects and arrays than given. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** @throws OperationError */
export function readOptional<Value>(
  object: JsonObject,
  name: string,
  read: (value: unknown, field: string) => Value,
  prefix = "",
): Value | undefined {
  const value = object[name];
  return value === undefined ? undefined : read(value, `${prefix}${name}`);
}

/** @throws OperationError */
export function readString(value: unknown, field: string): string {
  if (typeof value !== "string") throw new OperationError(field, "a string");
  return value;
}

/** @throws OperationError */
export function readNullableString(value: unknown, field: string): string | null {
  if (value === null) return null;
  if (typeof value !== "string") throw new OperationError(field, "a string or null");
  return value;
}

/**
 * Reads an integer of 64 bits.
 *
 * @throws OperationError
 */
export function readInteger(value: unknown, field: string): number {
  const number = typeof value === "string" && wholeNumber.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || Math.abs(number) > maxLong) {
    throw new OperationError(field, "an integer");
  }
  return number;
}

/**
 * Reads an integer of 32 bits.
 *
 * @throws OperationError
 */
export function readInt32(value: unknown, field: string): number {
  const number = readInteger(value, field);
  if (number < -(2 ** 31) || number >= 2 ** 31) {
    throw new OperationError(field, "an integer of 32 bits");
  }
  return number;
}

/**
 * Returns the volume of a layer, from 0 to 1.
 *
 * @throws OperationError
 */
export function readLayerVolume(value: unknown, field: string): number {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw new OperationError(field, "a number from 0 to 1");
  }
  return value;
}

/** @throws OperationError */
export function readBoolean(value: unknown, field: string): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new OperationError(field, "true or false");
}

const flags: ReadonlyMap<string, boolean> = new Map([
  ...["true", "1", "yes", "on"].map((word) => [word, true] as const),
  ...["false", "0", "no", "off"].map((word) => [word, false] as const),
]);

/**
 * Reads a query parameter that is true or false; absent is false.
 *
 * @throws OperationError
 */
export function readFlag(query: Query, name: string): boolean {
  const text = query.get(name);
  if (text === undefined) return false;
  const flag = flags.get(text.toLowerCase());
  if (flag === undefined) throw new OperationError(name, "true or false");
  return flag;
}
