import type { Checked } from "@asterite/andesite-protocol";

/** An argument of the wrong type. */
export class InvalidTypeError extends TypeError {
  /** Name of the class. */
  override readonly name = "InvalidTypeError";
  /** Stable code, for programs. */
  readonly code = "INVALID_TYPE";
  /** Name of the argument. */
  readonly field: string;

  constructor(field: string, expected: string) {
    super(`${field} must be ${expected}`);
    this.field = field;
  }
}

/** An argument of the right type whose value is not allowed. */
export class OutOfRangeError extends RangeError {
  /** Name of the class. */
  override readonly name = "OutOfRangeError";
  /** Stable code, for programs. */
  readonly code = "OUT_OF_RANGE";
  /** Name of the argument. */
  readonly field: string;

  constructor(field: string, expected: string) {
    super(`${field} must be ${expected}`);
    this.field = field;
  }
}

/** Data from a node, or from a store, that does not have the form that it should. */
export class MalformedDataError extends Error {
  /** Name of the class. */
  override readonly name = "MalformedDataError";
  /** Stable code, for programs. */
  readonly code = "MALFORMED_DATA";
  /** Path of the field that is wrong. */
  readonly field: string;

  constructor(what: string, field: string, expected: string, options?: ErrorOptions) {
    super(`${what}${field && `.${field}`} should be ${expected}`, options);
    this.field = field;
  }
}

/** A client was used after `close()`; `reset()` makes it usable again. */
export class ClientClosedError extends Error {
  /** Name of the class. */
  override readonly name = "ClientClosedError";
  /** Stable code, for programs. */
  readonly code = "CLIENT_CLOSED";

  constructor(message = "the client is closed", options?: ErrorOptions) {
    super(message, options);
  }
}

/** The connection to a node could not be made, or was lost before an answer. */
export class ConnectionError extends Error {
  /** Name of the class. */
  override readonly name = "ConnectionError";
  /** Stable code, for programs. */
  readonly code = "CONNECTION_ERROR";
}

/** A client needs the id of the bot to connect, and was never given one. */
export class MissingUserIdError extends Error {
  /** Name of the class. */
  override readonly name = "MissingUserIdError";
  /** Stable code, for programs. */
  readonly code = "MISSING_USER_ID";

  constructor() {
    super("userId must be set before connecting");
  }
}

/** More messages are waiting, for a connection or for a store, than may be kept. */
export class QueueFullError extends Error {
  /** Name of the class. */
  override readonly name = "QueueFullError";
  /** Stable code, for programs. */
  readonly code = "QUEUE_FULL";
  /** How many may wait. */
  readonly limit: number;

  constructor(limit: number) {
    super(`${limit} messages are waiting already`);
    this.limit = limit;
  }
}

/**
 * The value of a successful check.
 *
 * @throws MalformedDataError otherwise.
 */
export function requireValid<Value>(what: string, checked: Checked<Value>): Value {
  if (checked.ok) return checked.value;
  throw new MalformedDataError(what, checked.field, checked.expected);
}
