import { readError, type WireError, type WireStackFrame } from "@asterite/andesite-protocol";
import { requireValid } from "../errors.ts";

/** One line of a Java stack trace. */
export class StackFrame {
  readonly classLoader: string | null;
  readonly moduleName: string | null;
  readonly moduleVersion: string | null;
  readonly className: string;
  readonly methodName: string;
  readonly fileName: string | null;
  readonly lineNumber: number | null;
  /** The line as Java writes it. */
  readonly pretty: string;

  constructor(wire: WireStackFrame) {
    this.classLoader = wire.classLoader;
    this.moduleName = wire.moduleName;
    this.moduleVersion = wire.moduleVersion;
    this.className = wire.className;
    this.methodName = wire.methodName;
    this.fileName = wire.fileName;
    this.lineNumber = wire.lineNumber;
    this.pretty = wire.pretty;
  }

  /** Module, file and line where they are known, then class and method. */
  toString(): string {
    const file =
      this.fileName && (this.lineNumber === null ? this.fileName : `${this.fileName}:${this.lineNumber}`);
    return [this.moduleName, file, `${this.className}#${this.methodName}`].filter(Boolean).join(" ");
  }
}

/** An exception of a node, as data. */
export class AndesiteError {
  /** Java class of the exception. */
  readonly className: string;
  readonly message: string | null;
  /** Empty where the node sent the short form. */
  readonly stack: readonly StackFrame[];
  readonly suppressed: readonly AndesiteError[];
  readonly cause: AndesiteError | null;

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

  /** From an error that has been read already. */
  static fromWire(wire: WireError): AndesiteError {
    return new AndesiteError(wire);
  }

  /** As it travels; can be stored as JSON. */
  toRaw(): WireError {
    return {
      class: this.className,
      message: this.message,
      stack: this.stack.map((frame) => ({ ...frame })),
      suppressed: this.suppressed.map((error) => error.toRaw()),
      cause: this.cause?.toRaw() ?? null,
    };
  }

  /** An exception of this program with the same chain of causes. */
  asException(): AndesiteException {
    return new AndesiteException(this);
  }

  /** @throws AndesiteException always. */
  throw(): never {
    throw this.asException();
  }

  toString(): string {
    return this.message === null ? this.className : `${this.className}: ${this.message}`;
  }
}

/** An exception of a node, to be thrown. Its `stack` is where this program threw it. */
export class AndesiteException extends Error {
  override readonly name = "AndesiteException";
  readonly code = "andesite-exception";
  /** Java class of the exception. */
  readonly className: string;
  /** Where the node threw it; empty where the node sent the short form. */
  readonly stackFrames: readonly StackFrame[];
  readonly suppressed: readonly AndesiteException[];
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
