import { arch, type } from "node:os";
import { TrackError } from "@asterite/audio/media";
import { nodeVersion } from "../version.ts";
import { parseStack, type StackFrame } from "./stack-frames.ts";

/** Error object of the protocol (section 5.2). */
export interface ErrorReport {
  /** Class name. */
  readonly class: string;
  readonly message: string | null;
  readonly suppressed: readonly ErrorReport[];
  /** Only present in the long format. */
  readonly stack?: readonly StackFrame[];
  /** Null at the end of the cause chain. */
  readonly cause: ErrorReport | null;
}

/** Format of an error object: `long` includes stack traces. */
export type ErrorFormat = "long" | "short";

/** Limit of errors in one report, including causes and suppressed errors. */
const maxErrors = 32;
const maxFrames = 32;

/**
 * Converts any thrown value to an error object. Reports file names without folders. Includes each error once
 * and at most {@link maxErrors}, because errors can reference each other.
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
        // Clients of the original node expect this entry in every track error.
        ...(error instanceof TrackError ? [environmentReport(form)] : []),
      ],
      ...(form === "long" && { stack: parseStack(error.stack, maxFrames) }),
      cause: cause === undefined || cause === null ? null : describe(cause),
    };
  };

  // Never null here: the first error is always included.
  return describe(thrown) ?? environmentReport(form);
}

const classOf = (error: Error): string => error.constructor.name || error.name || "Error";

/** Returns the message. Messages of system errors contain the full path of the file, so they are replaced. */
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
