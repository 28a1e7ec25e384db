import type { IncomingMessage, ServerResponse } from "node:http";
import { defaultLimits, isBlank, type Limits } from "@asterite/aster-protocol";
import { NatsAddressError, parseNatsAddresses } from "@asterite/nats";
import type { Logger } from "@asterite/util";
import type { AdminUser } from "./admin/admin-user.ts";
import { defaultLoginLimits, type LoginLimits } from "./auth/login-throttle.ts";
import { ServerError } from "./errors.ts";
import { type ConnectionLimits, defaultConnectionLimits } from "./settings.ts";
import { isPostgresAddress } from "./store/postgres/address.ts";

/** When a certificate is read again. */
export interface CertificateCheck {
  /**
   * How often the files are looked at, in milliseconds. A changed certificate is shown to new connections as
   * soon as it fits its key. Default 10 000.
   */
  readonly checkMs?: number;
}

/** How a server is secured on the wire. */
export type TlsOptions =
  /** A self-signed certificate, kept in the directory and made there on first start. */
  | ({ readonly directory: string } & CertificateCheck)
  /** PEM files: a chain, leaf first, and its key in PKCS#8. */
  | ({ readonly certificateFile: string; readonly keyFile: string } & CertificateCheck)
  /** A self-signed certificate that ends with the process. */
  | "ephemeral"
  /** No TLS: passwords travel in the clear. For tests and behind a proxy on the same machine. */
  | "insecure-plaintext";

/** Answers plain HTTP requests on the ports of the chat. It has to answer every one, and bounds what that costs. */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Options of {@link startAsterServer}. */
export interface AsterServerOptions {
  /** Address to listen on. Default `0.0.0.0`, every IPv4 address. */
  readonly host?: string;
  /** TCP port, 0 to 65535; 0 picks a free one. Default 2345. */
  readonly port?: number;
  /**
   * SQLite file, made if absent; `:memory:` for one that ends with the process; or the address of a database of
   * PostgreSQL, `postgres://user:password@host:5432/name`, which several processes may serve at once.
   */
  readonly database: string;
  /**
   * NATS servers through which the processes that serve one database of PostgreSQL hear of each other at once:
   * addresses separated by commas, each like `nats://host:4222` or `tls://user:password@host:4222`. Default: none;
   * then they hear of messages from the database a little later, and of each other's users not at all.
   */
  readonly nats?: string;
  /** Default `ephemeral`. */
  readonly tls?: TlsOptions;
  /** Name told to clients, 1 to 64 characters. Default: the one in the database, at first `Asterite`. */
  readonly name?: string;
  /** PNG file shown by clients. Default: the one in the database, at first our own. */
  readonly iconFile?: string;
  /** PNG file that new accounts get as picture. Default: our own. */
  readonly defaultPictureFile?: string;
  /** Version sent first on every connection. Default `[0, 2, 0]`, which every deployed client accepts. */
  readonly apiVersion?: readonly [major: number, minor: number, patch: number];
  /** Sizes where the protocol leaves them open. */
  readonly limits?: Partial<Limits>;
  /** What one connection may cost. */
  readonly connection?: Partial<ConnectionLimits>;
  /** How guessing passwords is slowed down. */
  readonly logins?: Partial<LoginLimits>;
  /**
   * Port of the loopback on which `/health` and `/metrics` (Prometheus) answer over HTTP, 0 to 65535; 0 picks a
   * free one. Default: none.
   */
  readonly statusPort?: number;
  /**
   * Another port for the same chat, of the loopback alone and without TLS, 0 to 65535; 0 picks a free one. Browsers
   * treat it as safe, so a page from there may do what a page over TLS may. Default: none.
   */
  readonly plainPort?: number;
  /** Who answers browsers that ask for a page where the chat is. Default: they are cut, as upstream does. */
  readonly pages?: PageHandler;
  /** Unix socket through which the operator administers the server. Default: none. */
  readonly adminSocket?: string;
  /** Somebody who may do everything; made, or given the rank, at the start. Default: nobody. */
  readonly adminUser?: AdminUser;
  /** Where to write what happens. Default: nowhere. */
  readonly logger?: Logger;
}

/** The defaults of {@link AsterServerOptions} that are plain values. */
export const defaultServerOptions = Object.freeze({
  host: "0.0.0.0",
  port: 2345,
  tls: "ephemeral",
  name: "Asterite",
  apiVersion: Object.freeze([0, 2, 0] as const),
} satisfies Partial<AsterServerOptions>);

/** Node turns a longer timer into one of 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

const refuse = (field: string, given: unknown, allowed: string): ServerError =>
  new ServerError("OPTION_INVALID", `Option ${field} is ${JSON.stringify(given)}; allowed: ${allowed}`);

function checkNumbers(group: string, given: object | undefined, known: object): void {
  for (const [name, value] of Object.entries(given ?? {})) {
    const field = `${group}.${name}`;
    if (!(name in known)) throw refuse(field, value, Object.keys(known).join(", "));
    if (value === undefined) continue;
    if (typeof value !== "number" || Number.isNaN(value) || value <= 0) {
      throw refuse(field, value, "a number above 0");
    }
    const isWithoutLimit = name === "idleTimeoutMs" && value === Number.POSITIVE_INFINITY;
    if (name.endsWith("Ms") && value > longestTimerMs && !isWithoutLimit) {
      throw refuse(field, value, `at most ${longestTimerMs} milliseconds`);
    }
  }
}

function checkNats(addresses: string): void {
  try {
    parseNatsAddresses(addresses);
  } catch (cause) {
    if (!(cause instanceof NatsAddressError)) throw cause;
    throw new ServerError("OPTION_INVALID", `Option nats ${cause.message}`, { cause });
  }
}

function checkPort(field: string, port: number | undefined): void {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
    throw refuse(field, port, "an integer from 0 to 65535");
  }
}

function checkAdminUser(adminUser: AsterServerOptions["adminUser"]): void {
  if (adminUser === undefined) return;
  const { name, password } = adminUser;
  if (typeof name !== "string" || isBlank(name) || name.length > defaultLimits.name) {
    throw refuse("adminUser.name", name, "1 to 64 characters that are not all white space");
  }
  if (typeof password !== "string" || password === "") {
    throw new ServerError("OPTION_INVALID", "Option adminUser.password must be a text that is not empty");
  }
}

/**
 * Checks options where they enter, so that a mistake is named at once and not met later.
 *
 * @throws ServerError with `OPTION_INVALID`, naming the option, what was given and what is allowed.
 */
export function checkOptions(options: AsterServerOptions): void {
  const { port, name, apiVersion, database, host } = options;
  if (typeof database !== "string" || database === "") {
    throw refuse("database", database, "a file, :memory: or postgres://…");
  }
  if (options.nats !== undefined) {
    if (!isPostgresAddress(database)) {
      throw new ServerError("OPTION_INVALID", "Option nats needs a database of PostgreSQL: postgres://…");
    }
    checkNats(options.nats);
  }
  if (host !== undefined && (typeof host !== "string" || host === "")) {
    throw refuse("host", host, "an address or host name");
  }
  checkPort("port", port);
  checkPort("plainPort", options.plainPort);
  checkPort("statusPort", options.statusPort);
  if (name !== undefined && (name.trim() === "" || name.length > 64)) {
    throw refuse("name", name, "1 to 64 characters that are not all white space");
  }
  if (
    apiVersion !== undefined &&
    (apiVersion.length !== 3 || apiVersion.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
  ) {
    throw refuse("apiVersion", apiVersion, "three integers from 0 to 255");
  }
  const { checkMs } = typeof options.tls === "object" ? options.tls : {};
  if (checkMs !== undefined && !(checkMs >= 1 && checkMs <= longestTimerMs)) {
    throw refuse("tls.checkMs", checkMs, `a number from 1 to ${longestTimerMs}`);
  }
  checkAdminUser(options.adminUser);
  checkNumbers("limits", options.limits, defaultLimits);
  checkNumbers("connection", options.connection, defaultConnectionLimits);
  checkNumbers("logins", options.logins, defaultLoginLimits);
}
