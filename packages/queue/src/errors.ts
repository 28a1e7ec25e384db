import { isOptionsObject } from "@asterite/util";

/** Code of a {@link QueueError}; each one calls for a different message to the user. */
export type QueueErrorCode =
  /** An argument or option is out of range. */
  | "BAD_ARGUMENT"
  /** The tracks do not fit; none was added. */
  | "QUEUE_FULL"
  /** A track is playing or queued already; none was added. */
  | "DUPLICATE_TRACK"
  /** No entry has this index. */
  | "NO_SUCH_ENTRY"
  /** No entry is playing. */
  | "NOT_PLAYING"
  /** The current track, such as a live stream, does not support seeking. */
  | "NOT_SEEKABLE"
  /** The stored value is not a snapshot, or has an unknown version. */
  | "BAD_SNAPSHOT"
  /** The guild has another queue player on the same client; two would control the same player. */
  | "QUEUE_EXISTS"
  /** The node did not answer a query within `queryTimeoutMs`; reported by a `NodeErrorEvent`, and repeated. */
  | "QUERY_TIMED_OUT"
  /** The queue player is closed, and would never play the tracks. */
  | "CLOSED";

/** Error of a queue operation. */
export class QueueError extends Error {
  /** Name of the class. */
  override readonly name = "QueueError";
  /** Stable code, for programs. */
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws QueueError `BAD_ARGUMENT` unless the options are an object without unknown names. */
export function checkOptions(options: object, known: readonly string[]): void {
  if (!isOptionsObject(options)) throw argumentError("options", options, "an object");
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw argumentError("option", name, known.join(", "));
  }
}

/** @throws QueueError `BAD_ARGUMENT` unless the value is a function. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== "function") throw argumentError(name, typeof value, "a function");
}

/**
 * Creates the error for an invalid argument; the message holds its name, the given value and the allowed
 * ones.
 */
export const argumentError = (name: string, given: unknown, allowed: string): QueueError =>
  new QueueError("BAD_ARGUMENT", `${name} is ${String(given)}; allowed: ${allowed}`);
