import type { OutputOf } from "@asterite/util/schema";
import {
  type Described,
  described,
  integer,
  list,
  nullableNumber,
  nullableString,
  object,
  orNull,
  string,
  text,
} from "./schema.ts";
import { type Checked, check } from "./validate.ts";

/** A frame of a Java stack trace. */
const stackFrame = object({
  classLoader: nullableString,
  moduleName: nullableString,
  moduleVersion: nullableString,
  className: text,
  methodName: text,
  fileName: nullableString,
  lineNumber: nullableNumber,
  pretty: text,
});
/** A frame of a Java stack trace; `pretty` is the frame as text. */
export type WireStackFrame = OutputOf<typeof stackFrame>;

/** An exception of the node, in long or short form. */
export interface WireError {
  /** Class name of the exception. */
  readonly class: string;
  /** Message of the exception. */
  readonly message: string | null;
  /** Stack trace; empty in the short form. */
  readonly stack: readonly WireStackFrame[];
  /** Errors that occurred while this one was handled. */
  readonly suppressed: readonly WireError[];
  /** Cause of the error; null at the end of the chain. */
  readonly cause: WireError | null;
}

/** Refers to the schema below, by its name in the documentation. */
const nestedError = described<WireError, unknown>((value) => wireError(value), {
  $ref: "#/components/schemas/Error",
});

/** Schema of an exception in both forms; the short one has no `stack`. */
export const wireError: Described<WireError, unknown> = object({
  class: string,
  message: nullableString,
  stack: list(stackFrame),
  suppressed: list(nestedError),
  cause: orNull(nestedError),
});

/** Reads an exception. */
export const readError = (body: unknown): Checked<WireError> => check(wireError, body);

/** Schema of an error without an exception. The HTTP status line contains the same values. */
export const simpleError = object({ code: integer, message: string });
/** Body of an error response without an exception. */
export interface SimpleError {
  /** HTTP status. */
  readonly code: number;
  /** Error message. */
  readonly message: string;
}

/** Content of an HTTP response with a status of 400 or above. */
export interface HttpErrorInfo extends SimpleError {
  /** Exception in the body; null for none. */
  readonly error: WireError | null;
}

/**
 * Reads the body of an HTTP error in any of its forms: an exception, whose message or else class name becomes the
 * message; a simple error, or one of Lavalink 4, which has no `code`; or any other body, for which status and status
 * text are used.
 *
 * @param body - The parsed JSON; undefined for none.
 */
export function readHttpError(status: number, statusText: string, body: unknown): HttpErrorInfo {
  const exception = check(wireError, body);
  if (exception.ok) {
    const { value } = exception;
    return { code: status, message: value.message || value.class, error: value };
  }
  const other = { code: status, message: statusText };
  const simple = check(simpleError, { ...other, ...Object(body) });
  return { ...(simple.ok ? simple.value : other), error: null };
}

/** Messages of simple errors. */
export const errorMessages = /* @__PURE__ */ Object.freeze({
  missingIdentifier: "Missing identifier query param",
  missingTrackParam: "Missing track query param",
  missingTrackField: "Missing track json field",
  undecodableTrack: "Unable to decode track. Is the source manager enabled?",
  invalidUserId: "Missing or invalid user id",
  unauthorized: "Unauthorized",
  playerNotFound: "Player not found",
  notFound: "Not found",
  // The following ones are Asterite's: the original node responds with an exception in these cases.
  noLibrary: "This node has no music library",
  invalidGuildId: "Missing or invalid guild id",
  malformedUrl: "Malformed percent-encoding in the URL",
  bodyNotJson: "The body is not JSON",
  bodyNotObject: "The body is not a JSON object",
  bodyNotArray: "The body is not a JSON array",
  bodyTooLarge: "The body is too large",
  tooManySockets: "Too many WebSockets",
  originNotAllowed: "Pages of this origin may not use a node without a password",
});
