import { arch, type } from "node:os";
import { TrackError } from "@asterite/audio/media";
import { nodeVersion } from "../version.ts";
import { parseStack, type StackFrame } from "./stack-frames.ts";

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
export type ErrorFormat = "long" | "short";

/** Errors in one report, causes and suppressed ones together. */
const maxErrors = 32;
const maxFrames = 32;

/**
 * Describes anything that was thrown. Of files only the names are told. Each error is told once, and only so
 * many of them, because errors can contain each other.
 */
export function toErrorReport(thrown: unknown, form: ErrorFormat): ErrorReport {
  const seen = new Set<Error>();

  const describe = (given: unknown): ErrorReport | null => {
    const error = given instanceof Error ? given : new Error(String(given));
    if (seen.has(error) || seen.size === maxErrors) return null;
    seen.add(error);
    const { cause } = error;
    return {
      class: classOf(error),
      message: messageOf(error),
      suppressed: [
        ...suppressedErrors(error).flatMap((one) => describe(one) ?? []),
        // Clients of the original node find one entry there in every error of a track.
        ...(error instanceof TrackError ? [environmentReport(form)] : []),
      ],
      ...(form === "long" && { stack: parseStack(error.stack, maxFrames) }),
      cause: cause === undefined || cause === null ? null : describe(cause),
    };
  };

  // The first of them is always told.
  return describe(thrown) ?? environmentReport(form);
}

const classOf = (error: Error): string => error.constructor.name || error.name || "Error";

/** The texts of system errors name the file, with its folders. */
function messageOf(error: Error): string | null {
  if ("syscall" in error && "code" in error) return `${String(error.code)} in ${String(error.syscall)}`;
  return error.message === "" ? null : error.message;
}

function suppressedErrors(error: Error): readonly unknown[] {
  if (error instanceof AggregateError) return error.errors;
  return error instanceof SuppressedError ? [error.suppressed] : [];
}

function environmentReport(form: ErrorFormat): ErrorReport {
  const message = `asterite.version: ${nodeVersion}, os.name: ${type()}, os.arch: ${arch()}, node.version: ${process.versions.node}`;
  return {
    class: "EnvironmentInformation",
    message,
    suppressed: [],
    ...(form === "long" && { stack: [] }),
    cause: null,
  };
}
