import type { AndesiteError } from "../models/errors.ts";

/** A node answered a request with a status of 400 or more. */
export class HTTPError extends Error {
  /** Name of the class. */
  override readonly name = "HTTPError";
  /** HTTP status, from the body where it has one. */
  readonly code: number;
  /** The exception of the node, where it sent one. */
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
