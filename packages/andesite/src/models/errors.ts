import { readError, type WireError, type WireStackFrame } from "@asterite/andesite-protocol";
import { requireValid } from "../errors.ts";

/** A frame of a Java stack trace. */
export class StackFrame {
  /** Name of the class loader; null when unknown. */
  declare readonly classLoader: string | null;
  /** Module of the class; null when unknown. */
  declare readonly moduleName: string | null;
  /** Version of the module; null when unknown. */
  declare readonly moduleVersion: string | null;
  /** Java class of the method. */
  declare readonly className: string;
  /** Name of the method. */
  declare readonly methodName: string;
  /** Source file; null when unknown. */
  declare readonly fileName: string | null;
  /** Line in the source file; null when unknown. */
  declare readonly lineNumber: number | null;
  /** The frame as Java prints it. */
  declare readonly pretty: string;

  constructor(wire: WireStackFrame) {
    // The fields have the names of the wire, which are long: naming each would make the bundle for browsers larger.
    Object.assign(this, wire);
  }

  /** Returns module, file and line, where known, followed by class and method. */
  toString(): string {
    const file =
      this.fileName && (this.lineNumber === null ? this.fileName : `${this.fileName}:${this.lineNumber}`);
    return [this.moduleName, file, `${this.className}#${this.methodName}`].filter(Boolean).join(" ");
  }
}

/** An exception of a node as data; {@link asException} converts it to an `Error`. */
export class AndesiteError {
  /** Java class of the exception. */
  declare readonly className: string;
  /** Message of the exception. */
  declare readonly message: string | null;
  /** Stack trace; empty when the node sent the short form. */
  declare readonly stack: readonly StackFrame[];
  /** Errors that occurred while this one was handled. */
  declare readonly suppressed: readonly AndesiteError[];
  /** Cause of the error; null at the end of the chain. */
  declare readonly cause: AndesiteError | null;

  protected constructor(wire: WireError) {
    this.className = wire.class;
    this.message = wire.message;
    this.stack = wire.stack.map((frame) => new StackFrame(frame));
    this.suppressed = wire.suppressed.map((error) => new AndesiteError(error));
    this.cause = wire.cause && new AndesiteError(wire.cause);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): AndesiteError {
    return AndesiteError.fromWire(requireValid("error", readError(raw)));
  }

  /** Creates an instance from a validated error. */
  static fromWire(wire: WireError): AndesiteError {
    return new AndesiteError(wire);
  }

  /** Returns the error in the form of the wire, which can be stored as JSON. */
  toRaw(): WireError {
    return {
      class: this.className,
      message: this.message,
      stack: this.stack.map((frame) => ({ ...frame })),
      suppressed: this.suppressed.map((error) => error.toRaw()),
      cause: this.cause?.toRaw() ?? null,
    };
  }

  /** Converts the error to an exception with the same chain of causes. */
  asException(): AndesiteException {
    return new AndesiteException(this);
  }

  /**
   * Throws the error as an exception.
   *
   * @throws AndesiteException always.
   */
  throw(): never {
    throw this.asException();
  }

  /** Returns class and message, as Java prints them. */
  toString(): string {
    return this.message === null ? this.className : `${this.className}: ${this.message}`;
  }
}

/** An exception of a node as an `Error`. Its `stack` is that of this process, see {@link stackFrames}. */
export class AndesiteException extends Error {
  /** Name of the class. */
  override readonly name = "AndesiteException";
  /** Stable error code. */
  readonly code = "ANDESITE_EXCEPTION";
  /** Java class of the exception. */
  declare readonly className: string;
  /** Stack trace of the node; empty when the node sent the short form. */
  declare readonly stackFrames: readonly StackFrame[];
  /** Exceptions that occurred while this one was handled. */
  declare readonly suppressed: readonly AndesiteException[];
  /** Cause of the exception; undefined at the end of the chain. */
  declare readonly cause: AndesiteException | undefined;

  constructor(error: AndesiteError) {
    super(error.message ?? "", error.cause ? { cause: error.cause.asException() } : undefined);
    this.className = error.className;
    this.stackFrames = error.stack;
    this.suppressed = error.suppressed.map((suppressed) => suppressed.asException());
  }

  override toString(): string {
    return `${this.className}: ${this.message}`;
  }
}
