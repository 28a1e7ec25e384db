import { type Checked, describeValue } from "@asterite/andesite-protocol";

/** Options of errors about an argument. */
export interface ArgumentErrorOptions extends ErrorOptions {
  /** The argument, which the message shows unless the property is missing. Never a secret. */
  readonly value?: unknown;
}

const describeArgument = (field: string, expected: string, options: ArgumentErrorOptions = {}): string =>
  `${field} must be ${expected}${"value" in options ? `, but is ${describeValue(options.value)}` : ""}`;

/** Thrown for an argument of the wrong type. */
export class InvalidTypeError extends TypeError {
  /** Name of the class. */
  override readonly name = "InvalidTypeError";
  /** Stable error code. */
  readonly code = "INVALID_TYPE";
  /** Name of the argument. */
  readonly field: string;
  /** Description of the allowed values. */
  readonly expected: string;
  /** The argument; undefined when it is not included, because it may be a secret. */
  readonly value: unknown;

  constructor(field: string, expected: string, options?: ArgumentErrorOptions) {
    super(describeArgument(field, expected, options), options);
    this.field = field;
    this.expected = expected;
    this.value = options?.value;
  }
}

/** Thrown for an argument of the right type whose value is out of range. */
export class OutOfRangeError extends RangeError {
  /** Name of the class. */
  override readonly name = "OutOfRangeError";
  /** Stable error code. */
  readonly code = "OUT_OF_RANGE";
  /** Name of the argument. */
  readonly field: string;
  /** Description of the allowed values. */
  readonly expected: string;
  /** The argument; undefined when it is not included, because it may be a secret. */
  readonly value: unknown;

  constructor(field: string, expected: string, options?: ArgumentErrorOptions) {
    super(describeArgument(field, expected, options), options);
    this.field = field;
    this.expected = expected;
    this.value = options?.value;
  }
}

/**
 * Runs a check of a part of an argument. The field of its error gets a prefix.
 *
 * @throws InvalidTypeError, OutOfRangeError
 */
export function withFieldPrefix<Result>(prefix: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InvalidTypeError || error instanceof OutOfRangeError)) throw error;
    const { expected, value, cause } = error;
    const field = `${prefix}.${error.field}`;
    const options = { ...(value !== undefined && { value }), ...(cause !== undefined && { cause }) };
    throw error instanceof InvalidTypeError
      ? new InvalidTypeError(field, expected, options)
      : new OutOfRangeError(field, expected, options);
  }
}

/** Thrown or reported for data from a node or store that does not match its definition. */
export class MalformedDataError extends Error {
  /** Name of the class. */
  override readonly name = "MalformedDataError";
  /** Stable error code. */
  readonly code = "MALFORMED_DATA";
  /** Path of the malformed field, such as `state.volume`; empty for the value itself. */
  readonly field: string;

  constructor(subject: string, field: string, expected: string, options?: ErrorOptions) {
    super(`${subject}${field && `.${field}`} should be ${expected}`, options);
    this.field = field;
  }
}

/** Thrown when a client is used after `close()`; `reset()` makes it usable again. */
export class ClientClosedError extends Error {
  /** Name of the class. */
  override readonly name = "ClientClosedError";
  /** Stable error code. */
  readonly code = "CLIENT_CLOSED";

  constructor(message = "the client is closed", options?: ErrorOptions) {
    super(message, options);
  }
}

/** Thrown when a connection could not be established, or was lost before a reply arrived. */
export class ConnectionError extends Error {
  /** Name of the class. */
  override readonly name = "ConnectionError";
  /** Stable error code. */
  readonly code = "CONNECTION_ERROR";
}

/** Thrown when a client connects without a user id. */
export class MissingUserIdError extends Error {
  /** Name of the class. */
  override readonly name = "MissingUserIdError";
  /** Stable error code. */
  readonly code = "MISSING_USER_ID";

  constructor() {
    super("userId must be set before connecting");
  }
}

/** Thrown when too many messages are queued for a connection or a store. */
export class QueueFullError extends Error {
  /** Name of the class. */
  override readonly name = "QueueFullError";
  /** Stable error code. */
  readonly code = "QUEUE_FULL";
  /** Maximum number of queued messages. */
  readonly limit: number;

  constructor(limit: number) {
    super(`the queue is full: ${limit} messages are waiting`);
    this.limit = limit;
  }
}

/**
 * Returns the value of a successful check.
 *
 * @throws MalformedDataError when the check failed.
 */
export function requireValid<Value>(subject: string, checked: Checked<Value>): Value {
  if (checked.ok) return checked.value;
  throw new MalformedDataError(subject, checked.field, checked.expected);
}
