import { TrackError } from "@asterite/audio/media";
import type { SerializedError } from "./messages.ts";

/** Depth below which causes are dropped. */
const maxCauses = 8;

/** Converts an error to plain data. Structured cloning would keep only the message of an error subclass. */
export function serializeError(error: unknown, depth = 0): SerializedError {
  const known = error instanceof Error ? error : new Error(String(error));
  return {
    message: known.message,
    severity: known instanceof TrackError ? known.severity : "FAULT",
    name: known.name,
    stack: known.stack,
    cause:
      known.cause === undefined || depth >= maxCauses ? undefined : serializeError(known.cause, depth + 1),
  };
}

/** Restores an error with its stack and causes. */
export function deserializeError({ message, severity, name, stack, cause }: SerializedError): TrackError {
  const error = new TrackError(message, severity, cause ? { cause: deserializeCause(cause) } : undefined);
  if (name === error.name && stack !== undefined) error.stack = stack;
  return error;
}

function deserializeCause({ message, name, stack, cause }: SerializedError): Error {
  const error = new Error(message, cause ? { cause: deserializeCause(cause) } : undefined);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
