import { describeValue } from "./describe-value.ts";

/** Discord id as an argument. Numbers are not accepted, because they cannot hold all digits. */
export type Snowflake = string | bigint;

/** Discord id as an argument, or an object with that id, such as a guild of a Discord library. */
export type SnowflakeLike = Snowflake | { readonly id: Snowflake };

const maxSnowflake = 2n ** 64n - 1n;
const digits = /^\+?\d{1,64}$/;

/**
 * Parses an unsigned 64-bit decimal like the node: leading zeros and a leading plus are removed.
 *
 * @returns The canonical string; null for other strings.
 */
export function parseSnowflake(text: string): string | null {
  if (!digits.test(text)) return null;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return value <= maxSnowflake ? String(value) : null;
}

/**
 * Returns the canonical decimal string of a snowflake, or of the id of an object.
 *
 * @param field - Name of the argument, for the error.
 * @throws SnowflakeTypeError when the value is neither a string nor a bigint nor an object with such an id,
 *   for example a number.
 * @throws SnowflakeRangeError for a string or bigint that is not an unsigned 64-bit integer.
 */
export function toSnowflake(value: SnowflakeLike, field: string): string {
  const id = typeof value === "object" && value !== null ? value.id : value;
  if (typeof id !== "string" && typeof id !== "bigint") {
    const hint = typeof id === "number" ? ", because a number cannot hold all of its digits" : "";
    throw new SnowflakeTypeError(field, `must be a string or bigint, but is ${describeValue(id)}${hint}`);
  }
  const text = parseSnowflake(String(id));
  if (text === null) {
    throw new SnowflakeRangeError(field, `must be an unsigned 64-bit integer, but is ${describeValue(id)}`);
  }
  return text;
}

/** Thrown for an id that is neither a string nor a bigint. */
export class SnowflakeTypeError extends TypeError {
  /** Name of the class. */
  override readonly name = "SnowflakeTypeError";
  /** Stable error code. */
  readonly code = "INVALID_SNOWFLAKE";
  /** Name of the argument. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field} ${message}`);
    this.field = field;
  }
}

/** Thrown for an id that is not an unsigned 64-bit integer. */
export class SnowflakeRangeError extends RangeError {
  /** Name of the class. */
  override readonly name = "SnowflakeRangeError";
  /** Stable error code. */
  readonly code = "INVALID_SNOWFLAKE";
  /** Name of the argument. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field} ${message}`);
    this.field = field;
  }
}
