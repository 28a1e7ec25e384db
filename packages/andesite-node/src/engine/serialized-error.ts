import { TrackError } from "@asterite/audio/media";
import type { PackedError } from "./messages.ts";

/** Causes beyond this depth are left out. */
const maxCauses = 8;

/** Takes an error apart, because threads hand over only the message of an error of one's own. */
export function packError(error: unknown, depth = 0): PackedError {
  const known = error instanceof Error ? error : new Error(String(error));
  return {
    message: known.message,
    severity: known instanceof TrackError ? known.severity : "FAULT",
    name: known.name,
    stack: known.stack,
    cause: known.cause === undefined || depth >= maxCauses ? null : packError(known.cause, depth + 1),
  };
}

/** Puts an error together again. */
export function unpackError({ message, severity, name, stack, cause }: PackedError): TrackError {
  const error = new TrackError(message, severity, cause ? { cause: unpackCause(cause) } : undefined);
  if (name === error.name && stack !== undefined) error.stack = stack;
  return error;
}

function unpackCause({ message, name, stack, cause }: PackedError): Error {
  const error = new Error(message, cause ? { cause: unpackCause(cause) } : undefined);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
