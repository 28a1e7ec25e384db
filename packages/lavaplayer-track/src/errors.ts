/**
 * What is wrong with a message or with a track to be written:
 *
 * - `INVALID_BASE64`: a character outside the alphabet (URL-safe ones too), a blank, or wrong padding
 * - `EMPTY`: a size of 0, which marks the end of a stream and is no track
 * - `TRUNCATED`: less data than the message, or one of its fields, says it has
 * - `UNSUPPORTED_VERSION`: a version other than 1, 2 and 3
 * - `MALFORMED_STRING`: bytes that are no modified UTF-8
 * - `STRING_TOO_LONG`: a text of more than 65 535 encoded bytes (only when writing)
 * - `INTEGER_RANGE`: a number that is no integer of 64 bits with sign (only when writing)
 * - `MISSING_SOURCE_DETAILS`: an `http` or `local` track without a usable probe (only when writing)
 * - `INVALID_VALUE`: a value of the wrong type, or details that the source cannot have
 */
export type TrackErrorCode =
  | "INVALID_BASE64"
  | "EMPTY"
  | "TRUNCATED"
  | "UNSUPPORTED_VERSION"
  | "MALFORMED_STRING"
  | "STRING_TOO_LONG"
  | "INTEGER_RANGE"
  | "MISSING_SOURCE_DETAILS"
  | "INVALID_VALUE";

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
