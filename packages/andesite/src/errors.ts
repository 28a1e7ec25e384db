import { type Checked, describeValue } from "@asterite/andesite-protocol";

/** Options of errors about an argument. */
export interface ArgumentErrorOptions extends ErrorOptions {
  /** The argument, which the message shows unless the property is missing. Never a secret. */
  readonly value?: unknown;
}

const describeArgument = (field: string, expected: string, options?: ArgumentErrorOptions | null): string =>
  `${field} must be ${expected}${options && "value" in options ? `, but is ${describeValue(options.value)}` : ""}`;

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

  constructor(field: string, expected: string, options?: ArgumentErrorOptions | null) {
    super(describeArgument(field, expected, options), options ?? undefined);
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

  constructor(field: string, expected: string, options?: ArgumentErrorOptions | null) {
    super(describeArgument(field, expected, options), options ?? undefined);
    this.field = field;
    this.expected = expected;
    this.value = options?.value;
  }
}

/** Returns whether an error is about an argument. */
export const isArgumentError = (error: unknown): error is InvalidTypeError | OutOfRangeError =>
  error instanceof InvalidTypeError || error instanceof OutOfRangeError;

/**
 * Runs a check of a part of an argument. The field of its error gets a prefix.
 *
 * @throws InvalidTypeError, OutOfRangeError
 */
export function withFieldPrefix<Result>(prefix: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!isArgumentError(error)) throw error;
    const { expected, value, cause } = error;
    const field = `${prefix}.${error.field}`;
    const options = { ...(value !== undefined && { value }), ...(cause !== undefined && { cause }) };
    const ErrorClass = error instanceof InvalidTypeError ? InvalidTypeError : OutOfRangeError;
    throw new ErrorClass(field, expected, options);
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
  override readonly name: string = "ConnectionError";
  /** Stable error code. */
  readonly code: "CONNECTION_ERROR" | "AUTHENTICATION_FAILED" | "CONNECTION_TIMEOUT" | "WRONG_ADDRESS" =
    "CONNECTION_ERROR";
}

/**
 * Thrown when a node refused the handshake with the HTTP status 401 or 403. Attempts to connect end with it,
 * because only another password helps.
 */
export class AuthenticationError extends ConnectionError {
  /** Name of the class. */
  override readonly name = "AuthenticationError";
  /** Stable error code. */
  override readonly code = "AUTHENTICATION_FAILED";
  /** HTTP status of the response. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/**
 * Thrown when a node did not reply, or a message could not be sent, within its time limit. The message contains
 * the last failure to connect, which is also the `cause`.
 */
export class ConnectionTimeoutError extends ConnectionError {
  /** Name of the class. */
  override readonly name = "ConnectionTimeoutError";
  /** Stable error code. */
  override readonly code = "CONNECTION_TIMEOUT";
  /** The time limit, in ms. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.timeoutMs = timeoutMs;
  }
}

/** What is wrong with the address of a node. */
export type AddressFault =
  /** The port does not use TLS: `ws:` or `http:` instead of `wss:` or `https:`. */
  | "NO_TLS"
  /** The port uses TLS: `wss:` or `https:` instead of `ws:` or `http:`. */
  | "NEEDS_TLS"
  /** The node has no Andesite WebSocket at this path; `/` is that of Lavalink. */
  | "WRONG_PATH"
  /** The server is no Andesite node, or for a client of Lavalink nodes no Lavalink 4 node. */
  | "NOT_ANDESITE";

/** Thrown when the address seems to be wrong. The message names the address and what to change. */
export class WrongAddressError extends ConnectionError {
  /** Name of the class. */
  override readonly name = "WrongAddressError";
  /** Stable error code. */
  override readonly code = "WRONG_ADDRESS";
  /** What is wrong. */
  readonly fault: AddressFault;

  constructor(fault: AddressFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
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
