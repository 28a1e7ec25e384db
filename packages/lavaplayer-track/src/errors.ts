/**
 * Codes of {@link TrackFormatError}:
 *
 * - `INVALID_BASE64`: a character outside the standard alphabet, whitespace, or wrong padding
 * - `EMPTY`: a message of size 0, which is the end marker of a stream
 * - `TRUNCATED`: less data than the size of the message, or the length of a field, states
 * - `UNSUPPORTED_VERSION`: a version other than 1, 2 or 3
 * - `MALFORMED_STRING`: invalid modified UTF-8
 * - `STRING_TOO_LONG`: a string of more than 65 535 encoded bytes (only when encoding)
 * - `INTEGER_RANGE`: a number that is not a signed 64-bit integer (only when encoding)
 * - `MISSING_SOURCE_DETAILS`: an `http` or `local` track without a valid probe (only when encoding)
 * - `INVALID_VALUE`: a value of the wrong type, or a message body of invalid size
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

/** Thrown for a message that cannot be decoded, or a track that cannot be encoded. */
export class TrackFormatError extends Error {
  /** Name of the class. */
  override readonly name = "TrackFormatError";
  /** Stable error code. */
  readonly code: TrackErrorCode;
  /** Field that was being read or written, or the invalid argument. */
  readonly field: string;

  constructor(code: TrackErrorCode, field: string, message: string) {
    super(`${field}: ${message}`);
    this.code = code;
    this.field = field;
  }
}
