/** Codes of {@link ServerError}. Each requires a different action of the operator. */
export type ServerErrorCode =
  /** An option has an invalid value. */
  | "OPTION_INVALID"
  /** The server cannot listen on the address or port. */
  | "LISTEN_FAILED"
  /** The certificate or its key cannot be read, or do not match. */
  | "CERTIFICATE_INVALID"
  /** The database file cannot be opened or written. */
  | "DATABASE_UNUSABLE"
  /** Another process has the database open. */
  | "DATABASE_LOCKED"
  /** The schema of the database is unknown to this version. */
  | "DATABASE_VERSION"
  /** A picture cannot be read or is not a valid PNG. */
  | "PICTURE_INVALID";

/**
 * A failure to start the server or to run an operation on its database. The message explains how to fix it.
 */
export class ServerError extends Error {
  /** `ServerError`. */
  override readonly name = "ServerError";
  /** Stable code of this error. */
  readonly code: ServerErrorCode;

  /** Creates an error; the underlying failure is given as `cause`. */
  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
