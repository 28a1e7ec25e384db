import type { ListenerError } from "./errors.ts";

/** Warning about a failure of a listener, for programs that do not listen for {@link ListenerError}. */
export class ListenerWarning extends Error {
  /** Name under which Node prints the warning. */
  override readonly name = "ListenerError";
  /** Stable error code. */
  readonly code = "LISTENER_ERROR";
  /** Stack of the listener's error, which Node prints below the message. */
  readonly detail: string;

  constructor({ event, error }: ListenerError) {
    super(`a listener of ${event.constructor.name} failed: ${error}`, { cause: error });
    this.detail = (error instanceof Error && error.stack) || String(error);
    this.stack = `${this.name}: ${this.message}\n${this.detail}`;
  }
}
