/** A voice connection failed. Code and message are sent to the client. */
export class VoiceError extends Error {
  override readonly name = "VoiceError";
  /** Close code of the voice gateway or of RFC 6455. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Close codes of errors that are detected by this client. */
export const VoiceErrorCode = Object.freeze({
  /** The gateway sent an invalid message. */
  protocolError: 1_002,
  /** The connection failed, or broke without a close frame. */
  abnormalClosure: 1_006,
  /** The gateway exceeded a limit. */
  policyViolation: 1_008,
  /** Discord's code: no common encryption mode. */
  unknownMode: 4_016,
  /** Discord's code: the call requires end-to-end encryption. */
  endToEndRequired: 4_017,
});

/** Converts a thrown value to a {@link VoiceError}. */
export const toVoiceError = (error: unknown): VoiceError =>
  error instanceof VoiceError
    ? error
    : new VoiceError(VoiceErrorCode.protocolError, error instanceof Error ? error.message : String(error));
