import * as v from "valibot";
import { finite, list, object, orNull, text } from "./schema.ts";
import { type Checked, check } from "./validate.ts";

/** One line of a Java stack trace. */
const stackFrame = object({
  classLoader: orNull(v.string()),
  moduleName: orNull(v.string()),
  moduleVersion: orNull(v.string()),
  className: text,
  methodName: text,
  fileName: orNull(v.string()),
  lineNumber: orNull(finite),
  pretty: text,
});
/** One line of a Java stack trace; `pretty` is the line as text. */
export type WireStackFrame = v.InferOutput<typeof stackFrame>;

/** An exception of the node, in its long or short form. */
export interface WireError {
  /** Class name of the exception. */
  readonly class: string;
  /** What went wrong. */
  readonly message: string | null;
  /** Empty in the short form. */
  readonly stack: readonly WireStackFrame[];
  /** Errors that happened while this one was handled. */
  readonly suppressed: readonly WireError[];
  /** Null at the end of the chain. */
  readonly cause: WireError | null;
}

/** Both forms of an exception: `stack` is absent in the short one. */
export const wireError: v.GenericSchema<unknown, WireError> = object({
  class: v.string(),
  message: orNull(v.string()),
  stack: list(stackFrame),
  suppressed: list(v.lazy(() => wireError)),
  cause: orNull(v.lazy(() => wireError)),
});

/** Reads an exception. */
export const readError = (body: unknown): Checked<WireError> => check(wireError, body);

/** The body of an error that has no exception behind it; the HTTP status line repeats both. */
export const simpleError = object({ code: v.pipe(v.number(), v.integer()), message: v.string() });
/** The body of an error that has no exception behind it. */
export interface SimpleError {
  /** HTTP status. */
  readonly code: number;
  /** What is wrong. */
  readonly message: string;
}

/** What an HTTP answer with a status of 400 or more says. */
export interface HttpErrorInfo extends SimpleError {
  /** The exception, where the body was one. */
  readonly error: WireError | null;
}

/**
 * Reads the body of an HTTP error in any of its forms: the simple error; an exception, whose message (or
 * class name, without one) counts; or anything else, for which status and status text stand.
 *
 * @param body - The parsed JSON, or undefined where there was none.
 */
export function readHttpError(status: number, statusText: string, body: unknown): HttpErrorInfo {
  const simple = check(simpleError, body);
  if (simple.ok) return { ...simple.value, error: null };
  const exception = check(wireError, body);
  if (exception.ok) {
    const { value } = exception;
    return { code: status, message: value.message || value.class, error: value };
  }
  return { code: status, message: statusText, error: null };
}

/** The texts of simple errors, by what is wrong. */
export const errorMessages = Object.freeze({
  missingIdentifier: "Missing identifier query param",
  missingTrackParam: "Missing track query param",
  missingTrackField: "Missing track json field",
  undecodableTrack: "Unable to decode track. Is the source manager enabled?",
  invalidUserId: "Missing or invalid user id",
  unauthorized: "Unauthorized",
  playerNotFound: "Player not found",
  notFound: "Not found",
  /** From here on the texts are those of Asterite's node, where the original one answers with an exception. */
  invalidGuildId: "Missing or invalid guild id",
  malformedUrl: "Malformed percent-encoding in the URL",
  bodyNotJson: "The body is not JSON",
  bodyNotObject: "The body is not a JSON object",
  bodyNotArray: "The body is not a JSON array",
  bodyTooLarge: "The body is too large",
  tooManySockets: "Too many WebSockets",
  originNotAllowed: "Pages of this origin may not use a node without a password",
});
