/** An operation has an invalid field. The message names it. */
export class OperationError extends Error {
  /** `OperationError`. */
  override readonly name = "OperationError";
  /** Path of the field, such as `filters.tremolo.depth`; empty for the operation as a whole. */
  readonly field: string;

  constructor(field: string, expected: string) {
    super(field === "" ? `The operation must be ${expected}` : `Field ${field} must be ${expected}`);
    this.field = field;
  }
}

/** Code of a {@link NodeError}: an invalid option, or an address that the node cannot listen on. */
export type NodeErrorCode = "INVALID_OPTION" | "CANNOT_LISTEN";

/** The node cannot start. The message names the option or the address. */
export class NodeError extends Error {
  /** `NodeError`. */
  override readonly name = "NodeError";
  /** Stable code of this error. */
  readonly code: NodeErrorCode;

  constructor(code: NodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
