import { type ExtensionName, Status } from "@asterite/aster-protocol";

/** What an {@link AsterError} is about; each is a different thing for a program to do. */
export type AsterErrorCode =
  /** An argument or option has a value that it cannot have. */
  | "ARGUMENT_INVALID"
  /** The server answered with a status other than 200. */
  | "COMMAND_FAILED"
  /** The server could not be reached. */
  | "CONNECT_FAILED"
  /** The server's certificate is not trusted. */
  | "CERTIFICATE_UNTRUSTED"
  /** The connection ended before the answer came, or is not there at the moment. */
  | "CONNECTION_LOST"
  /** The connection was closed by this program. */
  | "CLOSED"
  /** No answer came in time. */
  | "TIMED_OUT"
  /** The server speaks a version of the protocol that this library does not know. */
  | "VERSION_UNSUPPORTED"
  /** The server sent something that the protocol does not allow. */
  | "PROTOCOL_VIOLATION"
  /** The server does not have the extension that a method needs. */
  | "EXTENSION_MISSING"
  /** More happened than could be kept: an iterator's reader is too slow, or the absence was too long. */
  | "EVENTS_MISSED";

/** Where something went wrong. */
export interface AsterErrorContext {
  /** The server concerned, as `host:port`. */
  readonly server?: string | undefined;
  /** The command concerned. */
  readonly command?: string | undefined;
  /** The failure behind this one. */
  readonly cause?: unknown;
}

/** Base of every error of this library. */
export class AsterError extends Error {
  /** Name of the class, as logs show it. */
  override readonly name: string = "AsterError";
  /** Stable name of the case. */
  readonly code: AsterErrorCode;
  /** The server concerned, as `host:port`. */
  readonly server: string | undefined;
  /** The command concerned, where there is one. */
  readonly command: string | undefined;

  /** Makes an error; the failure behind it goes into `cause`. */
  constructor(code: AsterErrorCode, message: string, context: AsterErrorContext = {}) {
    const { server, command, cause } = context;
    super(server === undefined ? message : `${server}: ${message}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.server = server;
    this.command = command;
  }
}

const meanings: { readonly [status: number]: string } = {
  [Status.Malformed]: "the request is malformed or not supported",
  [Status.NotLoggedIn]: "not logged in",
  [Status.Forbidden]: "forbidden",
  [Status.NotFound]: "not found",
  [Status.WrongState]: "not possible in this login state",
  [Status.Conflict]: "the name is taken",
  [Status.Internal]: "the server failed",
};

/** Where a command gives a status a narrower meaning than the general one. */
const meaningsByCommand: { readonly [command: string]: { readonly [status: number]: string } } = {
  login: { [Status.Forbidden]: "wrong password", [Status.NotFound]: "no such account" },
  register: { [Status.Malformed]: "the name is blank or too long" },
  edit: { [Status.Forbidden]: "only its author may edit a message" },
};

/** The server refused a command. */
export class CommandError extends AsterError {
  /** Name of the class, as logs show it. */
  override readonly name = "CommandError";
  /** The command that was refused. */
  override readonly command: string;
  /** The status that the server answered. */
  readonly status: number;
  /** How long to wait before it can work, in ms; undefined where the server does not say. */
  readonly retryAfterMs: number | undefined;

  /** Makes an error from a refusal; `meaning` replaces the general words for its status. */
  constructor(
    command: string,
    status: number,
    context: AsterErrorContext & { meaning?: string; retryAfterMs?: number | undefined } = {},
  ) {
    const meaning =
      context.meaning ?? meaningsByCommand[command]?.[status] ?? meanings[status] ?? "an unknown status";
    super("COMMAND_FAILED", `${command} was answered with ${status}: ${meaning}`, context);
    this.command = command;
    this.status = status;
    this.retryAfterMs = context.retryAfterMs;
  }
}

/** The server's certificate is neither signed by a known authority nor the expected one. */
export class CertificateError extends AsterError {
  /** Name of the class, as logs show it. */
  override readonly name = "CertificateError";
  /** SHA-256 of the certificate that the server showed. Pin it only after comparing it with the server's. */
  readonly fingerprint256: string;

  /** Makes an error that tells how to trust the certificate. */
  constructor(reason: string, fingerprint256: string, context: AsterErrorContext = {}) {
    super(
      "CERTIFICATE_UNTRUSTED",
      `its certificate is not trusted (${reason}). If this is the fingerprint that the server's owner sees, ` +
        `trust it with { tls: { fingerprint256: "${fingerprint256}" } }`,
      context,
    );
    this.fingerprint256 = fingerprint256;
  }
}

/** The server does not have what a method needs; nothing was sent. */
export class ExtensionError extends AsterError {
  /** Name of the class, as logs show it. */
  override readonly name = "ExtensionError";
  /** The extension that is missing. */
  readonly extension: ExtensionName;

  /** Makes an error that names the missing extension. */
  constructor(extension: ExtensionName, context: AsterErrorContext = {}) {
    super("EXTENSION_MISSING", `the server does not have the extension "${extension}"`, context);
    this.extension = extension;
  }
}

/** An argument that cannot be; names what was given and what is allowed. */
export const argumentError = (name: string, given: unknown, allowed: string): AsterError =>
  new AsterError("ARGUMENT_INVALID", `${name} is ${describe(given)}; allowed: ${allowed}`);

function describe(given: unknown): string {
  try {
    return JSON.stringify(given) ?? typeof given;
  } catch {
    return typeof given;
  }
}
