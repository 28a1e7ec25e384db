/** What a {@link DjError} is about; each is a different thing for the operator to mend. */
export type DjErrorCode =
  /** An option that cannot be. */
  | "OPTION_INVALID"
  /** The chat server does not let the bot in, or is not the one that it says. */
  | "SERVER_REFUSED"
  /** The folder cannot be written to. */
  | "FOLDER_UNUSABLE";

/** The bot cannot run; the message tells the operator why. */
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

/** Something that a person in the chat can do better; the message is the answer to them. */
export class UserError extends Error {
  override readonly name = "Hint";
}
