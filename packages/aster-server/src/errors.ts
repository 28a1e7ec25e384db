/** What a {@link ServerError} is about; each is a different thing for an operator to do. */
export type ServerErrorCode =
  /** An option has a value that it cannot have. */
  | "OPTION_INVALID"
  /** The address or port cannot be listened on. */
  | "LISTEN_FAILED"
  /** The certificate or its key cannot be read, or do not fit each other. */
  | "CERTIFICATE_INVALID"
  /** The database file cannot be opened or written. */
  | "DATABASE_UNUSABLE"
  /** Another process has the database open. */
  | "DATABASE_LOCKED"
  /** The database has a form that this version does not know. */
  | "DATABASE_VERSION"
  /** A picture cannot be read or is no PNG. */
  | "PICTURE_INVALID";

/** The server cannot start, or cannot do what it was asked; the message says what to do about it. */
export class ServerError extends Error {
  /** Name of the class, as logs show it. */
  override readonly name = "ServerError";
  /** Stable name of the case. */
  readonly code: ServerErrorCode;

  /** Makes an error with the failure behind it as `cause`. */
  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
