import { arch, type } from "node:os";
import { TrackError } from "../errors.ts";
import { nodeVersion } from "../version.ts";
import { readStack, type StackFrame } from "./stack-frames.ts";

/** An error object of the protocol (section 5.2). */
export interface ErrorReport {
  /** Name of the class. */
  readonly class: string;
  readonly message: string | null;
  readonly suppressed: readonly ErrorReport[];
  /** Only in the long form. */
  readonly stack?: readonly StackFrame[];
  /** Null at the end of the chain. */
  readonly cause: ErrorReport | null;
}

/** Whether an error object has stack traces. */
export type ErrorForm = "long" | "short";

const mostCauses = 16;
const mostSuppressed = 8;
const mostFrames = 32;

/**
 * Describes anything that was thrown. Of files only the names are told, and chains end after a bounded number
 * of causes, so that errors which contain themselves do too.
 */
export function reportError(thrown: unknown, form: ErrorForm): ErrorReport {
  return describe(thrown, form, mostCauses);
}

function describe(thrown: unknown, form: ErrorForm, depth: number): ErrorReport {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { cause } = error;
  const hasCause = cause !== undefined && cause !== null && depth > 0;
  return {
    class: classOf(error),
    message: messageOf(error),
    suppressed: depth > 0 ? suppressedBy(error, form, depth - 1) : [],
    ...(form === "long" && { stack: readStack(error.stack, mostFrames) }),
    cause: hasCause ? describe(cause, form, depth - 1) : null,
  };
}

const classOf = (error: Error): string => error.constructor.name || error.name || "Error";

/** The texts of system errors name the file, with its folders. */
function messageOf(error: Error): string | null {
  if ("syscall" in error && "code" in error) return `${String(error.code)} in ${String(error.syscall)}`;
  return error.message === "" ? null : error.message;
}

function suppressedBy(error: Error, form: ErrorForm, depth: number): ErrorReport[] {
  if (error instanceof AggregateError) {
    return error.errors.slice(0, mostSuppressed).map((one) => describe(one, form, depth));
  }
  if (error instanceof SuppressedError) return [describe(error.suppressed, form, depth)];
  // Clients of the original node find one entry there in every error of a track.
  return error instanceof TrackError ? [environment(form)] : [];
}

function environment(form: ErrorForm): ErrorReport {
  const message = `asterite.version: ${nodeVersion}, os.name: ${type()}, os.arch: ${arch()}, node.version: ${process.versions.node}`;
  return {
    class: "EnvironmentInformation",
    message,
    suppressed: [],
    ...(form === "long" && { stack: [] }),
    cause: null,
  };
}
