import { readError, type WireError, type WireStackFrame } from "@asterite/andesite-protocol";
import { requireValid } from "../errors.ts";

/** One line of a Java stack trace. */
export class StackFrame {
  /** Name of the class loader. */
  readonly classLoader: string | null;
  /** Module of the class. */
  readonly moduleName: string | null;
  /** Version of the module. */
  readonly moduleVersion: string | null;
  /** Java class of the method. */
  readonly className: string;
  /** Method that was running. */
  readonly methodName: string;
  /** Source file. */
  readonly fileName: string | null;
  /** Line in the source file. */
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
  /** What the node says went wrong. */
  readonly message: string | null;
  /** Empty where the node sent the short form. */
  readonly stack: readonly StackFrame[];
  /** Errors that happened while this one was handled. */
  readonly suppressed: readonly AndesiteError[];
  /** What led to it; null at the end of the chain. */
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

  /** Class and message, as Java prints them. */
  toString(): string {
    return this.message === null ? this.className : `${this.className}: ${this.message}`;
  }
}

/** An exception of a node, to be thrown. Its `stack` is where this program threw it. */
export class AndesiteException extends Error {
  /** Name of the class. */
  override readonly name = "AndesiteException";
  /** Stable code, for programs. */
  readonly code = "ANDESITE_EXCEPTION";
  /** Java class of the exception. */
  readonly className: string;
  /** Where the node threw it; empty where the node sent the short form. */
  readonly stackFrames: readonly StackFrame[];
  /** Exceptions that happened while this one was handled. */
  readonly suppressed: readonly AndesiteException[];
  /** What led to it; undefined at the end of the chain. */
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
