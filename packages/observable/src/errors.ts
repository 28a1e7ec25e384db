import type { ChildEmitter, Listener } from "./types.ts";

/** Code of an argument error. */
export type ArgumentErrorCode =
  | "INVALID_EVENT"
  | "INVALID_LISTENER"
  | "INVALID_EMITTER"
  | "INVALID_LIMIT"
  | "INVALID_SIGNAL"
  | "UNKNOWN_OPTION"
  | "EVENT_NOT_ALLOWED"
  | "LISTENER_EXISTS"
  | "CHILD_EXISTS"
  | "CHILD_MISSING";

/** Thrown for an argument of the wrong type. */
export class ArgumentTypeError extends TypeError {
  /** Name of the class. */
  override readonly name = "ArgumentTypeError";
  /** Stable error code. */
  readonly code: ArgumentErrorCode;
  /** Name of the argument. */
  readonly field: string;

  constructor(code: ArgumentErrorCode, field: string, message: string) {
    super(`${field}: ${message}`);
    this.code = code;
    this.field = field;
  }
}

/** Thrown for an argument of the right type whose value is not allowed. */
export class ArgumentRangeError extends RangeError {
  /** Name of the class. */
  override readonly name = "ArgumentRangeError";
  /** Stable error code. */
  readonly code: ArgumentErrorCode;
  /** Name of the argument. */
  readonly field: string;

  constructor(code: ArgumentErrorCode, field: string, message: string) {
    super(`${field}: ${message}`);
    this.code = code;
    this.field = field;
  }
}

/** Thrown when an event is awaited on a subscription that has ended or ends. */
export class SubscriptionClosed extends Error {
  /** Name of the class. */
  override readonly name: string = "SubscriptionClosed";
  /** Stable error code. */
  readonly code: "SUBSCRIPTION_CLOSED" | "SUBSCRIPTION_OVERFLOW" = "SUBSCRIPTION_CLOSED";

  /** @param options - `cause` is the reason of the signal, if a signal ended the subscription. */
  constructor(message = "the subscription is closed", options?: ErrorOptions) {
    super(message, options);
  }
}

/** Thrown when the limit of unread events was exceeded. Later events are lost. */
export class SubscriptionOverflow extends SubscriptionClosed {
  /** Name of the class. */
  override readonly name = "SubscriptionOverflow";
  /** Stable error code. */
  override readonly code = "SUBSCRIPTION_OVERFLOW";
  /** Limit of unread events. */
  readonly limit: number;

  constructor(limit: number) {
    super(`the subscription was closed: more than ${limit} unread events`);
    this.limit = limit;
  }
}

/**
 * Emitted when a listener throws or rejects, on the emitter of the listener and its children. When neither
 * has a listener for this class, and when such a listener fails itself, the error is reported as a warning of
 * the platform instead: `process.emitWarning` in Node.js, `reportError` in browsers.
 */
export class ListenerError<Event extends object = object> {
  /** Event that was being handled. */
  readonly event: Event;
  /** Listener that failed, or child emitter whose `emit` failed. */
  readonly listener: Listener<never> | ChildEmitter<never>;
  /** The error that was thrown. */
  readonly error: unknown;

  constructor(event: Event, listener: Listener<never> | ChildEmitter<never>, error: unknown) {
    this.event = event;
    this.listener = listener;
    this.error = error;
  }
}
