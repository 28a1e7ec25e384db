import { type PermissionName, permissionNames } from "@asterite/aster";
import { isOptionsObject } from "@asterite/util";

/** Code of a {@link CommandsError}. Each code calls for a different reaction of the program. */
export type CommandsErrorCode =
  /** An argument, option or definition is invalid. */
  | "ARGUMENT_INVALID"
  /** A message waited for did not arrive in time. */
  | "WAIT_TIMED_OUT"
  /** The user ended the conversation. */
  | "WAIT_CANCELLED"
  /** Too many waits are open for the user in the channel, or in total. */
  | "WAIT_LIMIT"
  /** A loop over collected messages is too slow: messages were dropped. */
  | "MESSAGES_MISSED"
  /** The bot was closed, or its connection to the server was closed for good. */
  | "BOT_CLOSED"
  /** A command ran longer than `commandTimeoutMs`. */
  | "COMMAND_TIMED_OUT"
  /** A reply was not sent, because the replies to its channel are above `replyRate`. */
  | "REPLY_DROPPED"
  /** A text is longer than the server and the options allow. */
  | "TEXT_TOO_LONG"
  /** A middleware called `next` a second time. */
  | "NEXT_REPEATED"
  /** The boundary of `catch` threw an error; the cause is an AggregateError of the error that it received and this one. */
  | "BOUNDARY_FAILED";

/** Error of this package; its message is for the author of the bot. */
export class CommandsError extends Error {
  /** Name of the class. */
  override readonly name: string = "CommandsError";
  /** Stable code, for programs. */
  readonly code: CommandsErrorCode;

  /** Creates an error. */
  constructor(code: CommandsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Mistake of a user: its message is sent to the user as the reply, and the error does not reach the error
 * boundary. Handlers, guards and argument parsers throw it.
 */
export class UserError extends Error {
  /** Name of the class. */
  override readonly name = "UserError";
}

/** Creates the error for an invalid argument, with its name, the given value and the allowed values. */
export const argumentError = (name: string, given: unknown, allowed: string): CommandsError =>
  new CommandsError("ARGUMENT_INVALID", `${name} is ${describe(given)}; allowed: ${allowed}`);

function describe(given: unknown): string {
  // JSON has no NaN and no Infinity.
  if (typeof given === "number") return String(given);
  try {
    return JSON.stringify(given) ?? typeof given;
  } catch {
    return typeof given;
  }
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is a function. */
export function checkFunction(field: string, given: unknown): void {
  if (typeof given !== "function") throw argumentError(field, given, "a function");
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is a text. */
export function checkText(field: string, given: unknown): void {
  if (typeof given !== "string") throw argumentError(field, given, "a text");
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is a number of at least `minimum`. */
export function checkAtLeast(field: string, given: unknown, minimum: number): void {
  if (!(typeof given === "number" && given >= minimum)) {
    throw argumentError(field, given, `a number of at least ${minimum}`);
  }
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is `true`, `false` or undefined. */
export function checkOptionalFlag(field: string, given: unknown): void {
  if (given !== undefined && typeof given !== "boolean") throw argumentError(field, given, "true or false");
}

/** @throws CommandsError `ARGUMENT_INVALID`, without the value, unless it is an object with a uuid, such as a channel. */
export function checkModel(field: string, given: unknown, allowed: string): void {
  const isModel =
    typeof given === "object" && given !== null && typeof Reflect.get(given, "uuid") === "number";
  if (!isModel) throw argumentError(field, given === null ? null : typeof given, allowed);
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is an AbortSignal or undefined. */
export function checkOptionalSignal(given: unknown): void {
  if (given !== undefined && !(given instanceof AbortSignal))
    throw argumentError("signal", given, "an AbortSignal");
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is a text or undefined. */
export function checkOptionalText(field: string, given: unknown): void {
  if (given !== undefined) checkText(field, given);
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is an array of texts. */
export function checkTexts(field: string, given: unknown): void {
  const isValid = Array.isArray(given) && given.every((each) => typeof each === "string");
  if (!isValid) throw argumentError(field, given, "an array of texts");
}

/** @throws CommandsError `ARGUMENT_INVALID` for an unknown permission. */
export function checkPermission(name: PermissionName): void {
  if (!permissionNames.includes(name)) throw argumentError("permission", name, permissionNames.join(", "));
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is an array of functions. */
export function checkFunctions(field: string, functions: unknown): void {
  if (Array.isArray(functions) && functions.every((each) => typeof each === "function")) return;
  throw argumentError(field, functions, "an array of functions");
}

/** @throws CommandsError `ARGUMENT_INVALID` unless the value is an object whose fields all have known names. */
export function checkKnownNames(kind: string, fields: object, known: readonly string[]): void {
  if (!isOptionsObject(fields)) throw argumentError(kind, fields, `an object with ${known.join(", ")}`);
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw argumentError(`${kind} name`, unknown, known.join(", "));
}
