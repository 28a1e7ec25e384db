/**
 * What is wrong with a message or with a track to be written:
 *
 * - `invalid-base64`: a character outside the alphabet (URL-safe ones too), a blank, or wrong padding
 * - `empty`: a size of 0, which marks the end of a stream and is no track
 * - `truncated`: less data than the message, or one of its fields, says it has
 * - `unsupported-version`: a version other than 1, 2 and 3
 * - `malformed-string`: bytes that are no modified UTF-8
 * - `string-too-long`: a text of more than 65 535 encoded bytes (only when writing)
 * - `integer-range`: a number that is no integer of 64 bits with sign (only when writing)
 * - `missing-source-details`: an `http` or `local` track without a usable probe (only when writing)
 * - `invalid-value`: a value of the wrong type, or details that the source cannot have
 */
export type TrackErrorCode =
  | "invalid-base64"
  | "empty"
  | "truncated"
  | "unsupported-version"
  | "malformed-string"
  | "string-too-long"
  | "integer-range"
  | "missing-source-details"
  | "invalid-value";

/** A message that cannot be read, or a track that cannot be written. */
export class TrackFormatError extends Error {
  /** Name of the class. */
  override readonly name = "TrackFormatError";
  /** What is wrong, for programs. */
  readonly code: TrackErrorCode;
  /** The field that was being read or written, or the argument that is wrong. */
  readonly field: string;

  constructor(code: TrackErrorCode, field: string, message: string) {
    super(`${field}: ${message}`);
    this.code = code;
    this.field = field;
  }
}
