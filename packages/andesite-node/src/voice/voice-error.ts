/** The connection cannot go on; code and message are told to the client. */
export class VoiceError extends Error {
  override readonly name = "VoiceError";
  /** A close code of the voice gateway, or one of RFC 6455. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Codes of errors that are found on this side. */
export const VoiceErrorCode = Object.freeze({
  /** The gateway said something that makes no sense. */
  protocolError: 1_002,
  /** No connection, or one that broke without a word. */
  abnormalClosure: 1_006,
  /** The gateway asks for more than anybody needs. */
  policyViolation: 1_008,
  /** Discord's own: there is no mode of encryption that both sides know. */
  unknownMode: 4_016,
  /** Discord's own: the call is only for those who encrypt end to end. */
  endToEndRequired: 4_017,
});

/** The error that something thrown is told as. */
export const toVoiceError = (error: unknown): VoiceError =>
  error instanceof VoiceError
    ? error
    : new VoiceError(VoiceErrorCode.protocolError, error instanceof Error ? error.message : String(error));
