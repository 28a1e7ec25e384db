/** Code of a {@link DjError}; each one calls for a different fix by the operator. */
export type DjErrorCode =
  /** An option is invalid. */
  | "OPTION_INVALID"
  /** The chat server rejected the bot, or is not the expected server. */
  | "SERVER_REFUSED"
  /** The data folder is not writable. */
  | "FOLDER_UNUSABLE";

/** Error that prevents the bot from running; the message tells the operator the reason. */
export class DjError extends Error {
  /** Name of the class. */
  override readonly name = "DjError";
  /** Stable code, for programs. */
  readonly code: DjErrorCode;

  constructor(code: DjErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Returns the stack of an error, for the log. */
export const traceOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
