/** What a {@link QueueError} is about; each is a different thing to tell a person. */
export type QueueErrorCode =
  /** An argument or option that cannot be. */
  | "bad-argument"
  /** There is no room for what was to be added; nothing was. */
  | "queue-full"
  /** No entry has this place. */
  | "no-such-entry"
  /** Nothing is playing. */
  | "not-playing"
  /** What plays has no positions, such as a stream of a radio station. */
  | "not-seekable"
  /** What was stored is no snapshot, or one of a version that is not known. */
  | "bad-snapshot";

/** Something that a queue cannot do. */
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

/** An argument that is not allowed; names it, what was given and what may be. */
export const argumentError = (name: string, given: unknown, allowed: string): QueueError =>
  new QueueError("bad-argument", `${name} is ${String(given)}; allowed: ${allowed}`);
