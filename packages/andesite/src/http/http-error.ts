import type { AndesiteError } from "../models/errors.ts";

/** Thrown when a node responded with a status of 400 or above. */
export class HTTPError extends Error {
  /** Name of the class. */
  override readonly name = "HTTPError";
  /** HTTP status; the one in the body takes precedence. */
  readonly code: number;
  /** Exception of the node; null when the response contains none. */
  readonly error: AndesiteError | null;

  constructor(code: number, message: string, error: AndesiteError | null = null) {
    super(message, error ? { cause: error.asException() } : undefined);
    this.code = code;
    this.error = error;
  }

  override toString(): string {
    return `${this.name}: ${this.code} ${this.message}`;
  }
}
