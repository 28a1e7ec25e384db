/**
 * Reason of a {@link DialError}: only private addresses were found and these are not allowed, or the name
 * does not resolve.
 */
export type DialErrorCode = "PRIVATE_ADDRESS" | "UNKNOWN_HOST";

/**
 * A host that must not or cannot be dialled. The message contains the host as given and never its addresses,
 * so that clients cannot map a private network with it.
 */
export class DialError extends Error {
  override readonly name = "DialError";
  /** Stable code of the reason. */
  readonly code: DialErrorCode;

  constructor(code: DialErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
