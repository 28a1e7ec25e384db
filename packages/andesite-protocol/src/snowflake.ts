/** An id of Discord as programs give it. A plain number is refused, because it has lost digits already. */
export type Snowflake = string | bigint;

const maxSnowflake = 2n ** 64n - 1n;
const digits = /^\+?\d{1,64}$/;

/**
 * Reads an unsigned 64-bit decimal the way the node does: leading zeros and a leading plus disappear.
 *
 * @returns The canonical text, or null for anything else.
 */
export function parseSnowflake(text: string): string | null {
  if (!digits.test(text)) return null;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return value <= maxSnowflake ? String(value) : null;
}

/**
 * The decimal text of a snowflake.
 *
 * @param field - Name of the argument for the error.
 * @throws SnowflakeTypeError for anything but a string or bigint, plain numbers included.
 * @throws SnowflakeRangeError for a string or bigint that is no unsigned 64-bit integer.
 */
export function toSnowflake(value: Snowflake, field: string): string {
  if (typeof value !== "string" && typeof value !== "bigint") {
    const hint = typeof value === "number" ? ", because a number cannot hold all of its digits" : "";
    throw new SnowflakeTypeError(field, `must be a string or bigint${hint}`);
  }
  const text = parseSnowflake(String(value));
  if (text === null) throw new SnowflakeRangeError(field, "must be an unsigned 64-bit integer");
  return text;
}

/** An id that is neither a string nor a bigint. */
export class SnowflakeTypeError extends TypeError {
  /** Name of the class. */
  override readonly name = "SnowflakeTypeError";
  /** Stable code, for programs. */
  readonly code = "INVALID_SNOWFLAKE";
  /** Name of the argument. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.field = field;
  }
}

/** An id that is no unsigned 64-bit integer. */
export class SnowflakeRangeError extends RangeError {
  /** Name of the class. */
  override readonly name = "SnowflakeRangeError";
  /** Stable code, for programs. */
  readonly code = "INVALID_SNOWFLAKE";
  /** Name of the argument. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.field = field;
  }
}
