/** Thrown or reported for an operation, or a part of one, that a Lavalink node does not have. */
export class UnsupportedOperationError extends Error {
  /** Name of the class. */
  override readonly name = "UnsupportedOperationError";
  /** Stable error code. */
  readonly code = "UNSUPPORTED_OPERATION";
  /** Name of the operation, such as `mixer` or `play`. */
  readonly operation: string;
  /** The part that the node does not have, such as `next` or `filters.rotation`; null for the whole operation. */
  readonly field: string | null;

  constructor(operation: string, field: string | null, reason: string) {
    super(`${field === null ? operation : `${field} of ${operation}`} is not supported: ${reason}`);
    this.operation = operation;
    this.field = field;
  }
}
