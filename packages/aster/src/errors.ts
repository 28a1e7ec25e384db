import { type ExtensionName, Status } from "@asterite/aster-protocol";
import { isOptionsObject } from "@asterite/util";
import { describeReason } from "./reasons.ts";

/** Code of an {@link AsterError}. Each code calls for a different reaction of the program. */
export type AsterErrorCode =
  /** An argument or option has an invalid value. */
  | "ARGUMENT_INVALID"
  /** The server refused a command: the status of its reply is not 200. */
  | "COMMAND_FAILED"
  /** The server could not be reached. */
  | "CONNECT_FAILED"
  /** The server's certificate is not trusted. */
  | "CERTIFICATE_UNTRUSTED"
  /** The connection was lost before the reply arrived, or is currently not established. */
  | "CONNECTION_LOST"
  /** This program closed the connection. */
  | "CLOSED"
  /** The connection or the reply timed out. */
  | "TIMED_OUT"
  /** The server has a protocol version that this library does not support. */
  | "VERSION_UNSUPPORTED"
  /** The server violated the protocol. */
  | "PROTOCOL_VIOLATION"
  /** The server lacks an extension that the method needs. */
  | "EXTENSION_MISSING"
  /**
   * Events were lost: an event iterator overflowed, or more was missed during an outage than can be caught
   * up.
   */
  | "EVENTS_MISSED";

/** Context of an {@link AsterError}. */
export interface AsterErrorContext {
  /** Address of the server, as `host:port`. */
  readonly server?: string | undefined;
  /** Name of the command. */
  readonly command?: string | undefined;
  /** Underlying error. */
  readonly cause?: unknown;
}

/** Base class of all errors of this library. */
export class AsterError extends Error {
  /** Name of the class. */
  override readonly name: string = "AsterError";
  /** Stable code of the error. */
  readonly code: AsterErrorCode;
  /** Address of the server, as `host:port`. */
  readonly server: string | undefined;
  /** Name of the command, if the error concerns one. */
  readonly command: string | undefined;

  /** Creates an error. A server in the context is prepended to the message. */
  constructor(code: AsterErrorCode, message: string, context?: AsterErrorContext | null) {
    const { server, command, cause } = context ?? {};
    super(server === undefined ? message : `${server}: ${message}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.server = server;
    this.command = command;
  }
}

/** Context of a {@link CommandError}. */
export interface CommandErrorContext extends AsterErrorContext {
  /** Description that replaces that of the status. */
  readonly meaning?: string;
  /** Reason as the server sent it. */
  readonly reason?: string | undefined;
  /** Time in ms after which the command can be retried. */
  readonly retryAfterMs?: number | undefined;
}

const statusMeanings: { readonly [status: number]: string } = {
  [Status.Malformed]: "the request is malformed or not supported",
  [Status.NotLoggedIn]: "not logged in",
  [Status.Forbidden]: "forbidden",
  [Status.NotFound]: "not found",
  [Status.WrongState]: "not allowed in this login state",
  [Status.Conflict]: "the name is taken",
  [Status.Internal]: "internal server error",
};

/** Meanings of a status that are more specific for one command. */
const meaningsByCommand: { readonly [command: string]: { readonly [status: number]: string } } = {
  login: { [Status.Forbidden]: "wrong password", [Status.NotFound]: "no such account" },
  register: { [Status.Malformed]: "the name is blank or too long" },
  edit: { [Status.Forbidden]: "only the author may edit a message" },
};

/** Thrown when the server refuses a command. */
export class CommandError extends AsterError {
  /** Name of the class. */
  override readonly name = "CommandError";
  /** Name of the refused command. */
  override readonly command: string;
  /** Status of the reply. */
  readonly status: number;
  /**
   * Time in ms after which the command can be retried, e.g. in slow mode; undefined if the server sent none.
   */
  readonly retryAfterMs: number | undefined;
  /**
   * Reason as the server sent it: words joined by `:`, for example `banned`, `slow_mode`,
   * `permission:send_messages` or `too_long:content:10000`. Undefined without the extension `reasons`.
   */
  readonly reason: string | undefined;

  /** Creates an error from a reply; `meaning` replaces the default description of its status. */
  constructor(command: string, status: number, context?: CommandErrorContext | null) {
    const { reason, retryAfterMs, meaning: given } = context ?? {};
    const meaning =
      (reason !== undefined && describeReason(reason, retryAfterMs)) ||
      (given ?? meaningsByCommand[command]?.[status] ?? statusMeanings[status] ?? "unknown status");
    const suffix = reason === undefined ? "" : ` (${reason})`;
    super("COMMAND_FAILED", `${command} failed with status ${status}: ${meaning}${suffix}`, context);
    this.command = command;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.reason = reason;
  }
}

/** Thrown when the server's certificate is neither signed by a trusted authority nor the pinned one. */
export class CertificateError extends AsterError {
  /** Name of the class. */
  override readonly name = "CertificateError";
  /**
   * SHA-256 fingerprint of the certificate. Before pinning it, compare it with the one that the server
   * prints.
   */
  readonly fingerprint256: string;

  /** Creates an error whose message explains how to pin the certificate. */
  constructor(reason: string, fingerprint256: string, context?: AsterErrorContext | null) {
    super(
      "CERTIFICATE_UNTRUSTED",
      `certificate not trusted (${reason}). If the server's owner confirms this fingerprint, ` +
        `pin it with { tls: { fingerprint256: "${fingerprint256}" } }`,
      context,
    );
    this.fingerprint256 = fingerprint256;
  }
}

/** Thrown when the server lacks an extension that the method needs; no request was sent. */
export class ExtensionError extends AsterError {
  /** Name of the class. */
  override readonly name = "ExtensionError";
  /** Name of the missing extension. */
  readonly extension: ExtensionName;

  /** Creates an error for a missing extension. */
  constructor(extension: ExtensionName, context?: AsterErrorContext | null) {
    super("EXTENSION_MISSING", `the server lacks the extension "${extension}"`, context);
    this.extension = extension;
  }
}

/** Returns an error for a text or picture above a limit of the server. The value itself is not repeated. */
export const limitError = (name: string, size: number, limit: number, unit: string): AsterError =>
  new AsterError("ARGUMENT_INVALID", `${name} has ${size} ${unit}; the server allows at most ${limit}`);

/**
 * Types of options by their names, as `typeof` returns them, where `object` is neither null, an array nor a `Date`. Any other
 * value: the option is known, and checked elsewhere.
 */
export type OptionTypes = Readonly<Record<string, unknown>>;

/**
 * Checks that an options object has no names but the given ones, so that a misspelt option is not ignored, that its
 * values have their types, and that its signal is one.
 *
 * @throws AsterError `ARGUMENT_INVALID` with the unknown name and the known ones, or the name of the wrong value.
 */
export function checkOptions(what: string, options: object, known: OptionTypes): void {
  const names = (): string => Object.keys(known).join(", ");
  if (!isOptionsObject(options)) throw argumentError(what, options, `an object with ${names()}`);
  const { signal } = options as { readonly signal?: AbortSignal | null };
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw argumentError("signal", signal, "an AbortSignal");
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) {
      throw new AsterError("ARGUMENT_INVALID", `${what} has no ${name}; known: ${names()}`);
    }
    if (value !== undefined) checkType(name, value, known[name]);
  }
}

/** @throws AsterError `ARGUMENT_INVALID` unless the value has a type of {@link OptionTypes}; NaN is no number. */
export function checkType(name: string, value: unknown, type: unknown): void {
  if (typeof type !== "string") return;
  const isObject = type === "object";
  if (typeof value === type && (isObject ? isOptionsObject(value) : !Number.isNaN(value))) return;
  throw argumentError(name, value, isObject ? "an object" : `a ${type}`);
}

/** @throws AsterError `ARGUMENT_INVALID`, without the value, unless it is a Uint8Array. */
export function checkBytes(
  name: string,
  value: unknown,
  allowed = "a Uint8Array",
): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw argumentError(name, typeof value, allowed);
}

/**
 * Returns a date in Unix seconds, as the protocol has them.
 *
 * @throws AsterError `ARGUMENT_INVALID` for another value, and for an invalid date.
 */
export function unixSecondsOf(name: string, date: Date | undefined): number | undefined {
  if (date === undefined) return undefined;
  const seconds = date instanceof Date ? Math.floor(date.getTime() / 1000) : Number.NaN;
  if (Number.isNaN(seconds)) throw argumentError(name, date, "a valid Date");
  return seconds;
}

/** @throws AsterError `ARGUMENT_INVALID` unless the value is an array. */
export function checkArray(name: string, value: unknown): void {
  if (!Array.isArray(value)) throw argumentError(name, value, "an array");
}

/** Returns an error for an invalid argument, with its name, the value given and the values allowed. */
export const argumentError = (name: string, given: unknown, allowed: string): AsterError =>
  new AsterError("ARGUMENT_INVALID", `${name} is ${describe(given)}; allowed: ${allowed}`);

/** Returns an error for an invalid secret. Errors are logged, so that the message has the type of the value alone. */
export const secretError = (name: string, given: unknown, allowed: string): AsterError =>
  new AsterError(
    "ARGUMENT_INVALID",
    `${name} is ${given === "" ? "empty" : given === null ? null : typeof given}; allowed: ${allowed}`,
  );

/** @throws AsterError `ARGUMENT_INVALID`, without the value, unless it is a string. */
export function checkSecret(name: string, value: unknown): asserts value is string {
  if (typeof value !== "string") throw secretError(name, value, "a string");
}

function describe(given: unknown): string {
  // JSON has no NaN and no Infinity.
  if (typeof given === "number") return String(given);
  try {
    return JSON.stringify(given) ?? typeof given;
  } catch {
    return typeof given;
  }
}
