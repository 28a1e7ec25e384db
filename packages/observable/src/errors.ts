import type { ChildEmitter } from "./observable-like.ts";
import type { Listener } from "./types.ts";

/** What is wrong with an argument, for programs. */
export type ArgumentErrorCode =
  | "INVALID_EVENT"
  | "INVALID_LISTENER"
  | "INVALID_EMITTER"
  | "INVALID_LIMIT"
  | "EVENT_NOT_ALLOWED"
  | "LISTENER_EXISTS"
  | "CHILD_EXISTS"
  | "CHILD_MISSING";

/** An argument of the wrong type. */
export class ArgumentTypeError extends TypeError {
  /** Name of the class. */
  override readonly name = "ArgumentTypeError";
  /** What is wrong, for programs. */
  readonly code: ArgumentErrorCode;
  /** Name of the argument. */
  readonly field: string;

  constructor(code: ArgumentErrorCode, field: string, message: string) {
    super(`${field}: ${message}`);
    this.code = code;
    this.field = field;
  }
}

/** An argument of the right type whose value is not allowed. */
export class ArgumentRangeError extends RangeError {
  /** Name of the class. */
  override readonly name = "ArgumentRangeError";
  /** What is wrong, for programs. */
  readonly code: ArgumentErrorCode;
  /** Name of the argument. */
  readonly field: string;

  constructor(code: ArgumentErrorCode, field: string, message: string) {
    super(`${field}: ${message}`);
    this.code = code;
    this.field = field;
  }
}

/** The subscription was ended while, or before, somebody waited for an event. */
export class SubscriptionClosed extends Error {
  /** Name of the class. */
  override readonly name: string = "SubscriptionClosed";
  /** What is wrong, for programs. */
  readonly code: "SUBSCRIPTION_CLOSED" | "SUBSCRIPTION_OVERFLOW" = "SUBSCRIPTION_CLOSED";

  /** @param options - `cause` is the reason of the signal that ended the subscription, if one did. */
  constructor(message = "the subscription is closed", options?: ErrorOptions) {
    super(message, options);
  }
}

/** Events arrived faster than they were read, for so long that the limit was reached; later ones are lost. */
export class SubscriptionOverflow extends SubscriptionClosed {
  /** Name of the class. */
  override readonly name = "SubscriptionOverflow";
  /** Stable code, for programs. */
  override readonly code = "SUBSCRIPTION_OVERFLOW";
  /** The limit that was reached, in events. */
  readonly limit: number;

  constructor(limit: number) {
    super(`the subscription was closed because ${limit} events were unread`);
    this.limit = limit;
  }
}

/**
 * Event emitted when a listener throws or rejects, on the emitter that the listener belongs to and on its
 * children. What goes wrong in a listener for this event is ignored, or it would never end.
 */
export class ListenerError<Event extends object = object> {
  /** The event that was being handled. */
  readonly event: Event;
  /** The listener that failed, or the child emitter whose `emit` did. */
  readonly listener: Listener<never> | ChildEmitter<never>;
  /** What was thrown. */
  readonly error: unknown;

  constructor(event: Event, listener: Listener<never> | ChildEmitter<never>, error: unknown) {
    this.event = event;
    this.listener = listener;
    this.error = error;
  }
}
