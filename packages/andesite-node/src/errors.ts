/** An operation whose fields do not fit its definition; the message names the field. */
export class OperationError extends Error {
  /** `OperationError`. */
  override readonly name = "OperationError";
  /** Path of the field, such as `filters.tremolo.depth`; empty for the operation itself. */
  readonly field: string;

  constructor(field: string, expected: string) {
    super(field === "" ? `The operation must be ${expected}` : `Field ${field} must be ${expected}`);
    this.field = field;
  }
}

/** What a {@link NodeError} is about: a wrong option, or an address that cannot be listened on. */
export type NodeErrorCode = "INVALID_OPTION" | "CANNOT_LISTEN";

/** The node cannot be started; the message names the option or the address. */
export class NodeError extends Error {
  /** Name of the class. */
  /** `NodeError`. */
  override readonly name = "NodeError";
  /** What it is about. */
  readonly code: NodeErrorCode;

  constructor(code: NodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
