/**
 * Why nothing was dialled: the address is not a public one and private ones are not allowed, or the name leads
 * nowhere.
 */
export type DialErrorCode = "private-address" | "unknown-host";

/**
 * A host that is not dialled. The message names the host as it was given and never what it resolved to, so that
 * nobody can map a private network with it.
 */
export class DialError extends Error {
  override readonly name = "DialError";
  /** Why. */
  readonly code: DialErrorCode;

  constructor(code: DialErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
