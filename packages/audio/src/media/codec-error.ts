/** Cause of a {@link CodecError}: the package of the codec is not installed, or an option is out of range. */
export type CodecErrorCode = "CODEC_UNAVAILABLE" | "INVALID_OPTION";

/** An encoder or decoder that cannot be created; the message names the package or the option. */
export class CodecError extends Error {
  /** `CodecError`. */
  override readonly name = "CodecError";
  /** Stable code of the cause. */
  readonly code: CodecErrorCode;

  constructor(code: CodecErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
