import type { ListenerError } from "./errors.ts";

/** Warning about an error that an event reports and no listener received. */
export class EventWarning extends Error {
  /** Stack of the error, which Node prints below the message. */
  readonly detail: string;

  constructor(message: string, error: unknown) {
    super(`${message}: ${error}`, { cause: error });
    this.detail = (error instanceof Error && error.stack) || String(error);
    this.stack = `${this.name}: ${this.message}\n${this.detail}`;
  }
}

/** Warning about a failure of a listener, for programs that do not listen for {@link ListenerError}. */
export class ListenerWarning extends EventWarning {
  /** Name under which Node prints the warning. */
  override readonly name = "ListenerError";
  /** Stable error code. */
  readonly code = "LISTENER_ERROR";

  constructor({ event, error }: ListenerError) {
    super(`a listener of ${event.constructor.name} failed`, error);
    this.stack = `${this.name}: ${this.message}\n${this.detail}`;
  }
}
