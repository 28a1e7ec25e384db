import type { IncomingMessage, ServerResponse } from "node:http";
import { defaultLimits, isBlank, type Limits } from "@asterite/aster-protocol";
import { NatsAddressError, parseNatsAddresses } from "@asterite/nats";
import { isRecord, type Logger, maxTimerMs } from "@asterite/util";
import type { AdminUser } from "./admin/admin-user.ts";
import { type AuditLimits, defaultAuditLimits } from "./audit/audit-log.ts";
import { defaultLoginLimits, type LoginLimits } from "./auth/login-throttle.ts";
import { defaultPasswordPolicy, type PasswordPolicy } from "./auth/password-policy.ts";
import { isOrigin } from "./connection/allowed-origins.ts";
import { type CapacityLimits, defaultCapacityLimits } from "./connection/capacity.ts";
import { type ProxyOptions, parseNetwork, proxyHeaders } from "./connection/proxy/trusted-proxies.ts";
import { ServerError } from "./errors.ts";
import { defaultFileLimits, type FileOptions } from "./files/files.ts";
import { type ConnectionLimits, defaultConnectionLimits, type RegistrationMode } from "./settings.ts";
import { isPostgresAddress, requireKnownDatabase } from "./store/postgres/address.ts";

/** How a certificate is reloaded. */
export interface CertificateCheck {
  /**
   * Interval in ms at which the files are checked. New connections receive a changed certificate as soon as
   * it matches its key. Default 10 000.
   */
  readonly checkMs?: number;
}

/** Transport security of a server. */
export type TlsOptions =
  /** A self-signed certificate, created in the directory on first start. */
  | ({ readonly directory: string } & CertificateCheck)
  /** PEM files: a chain, leaf first, and its key in PKCS#8. */
  | ({ readonly certificateFile: string; readonly keyFile: string } & CertificateCheck)
  /** A self-signed certificate in memory, new at each start. */
  | "ephemeral"
  /** No TLS: passwords are sent unencrypted. For tests and behind a proxy on the same machine. */
  | "insecure-plaintext";

/**
 * Handles plain HTTP requests on the chat ports. It must respond to every request and limit its own resource
 * use. `address` is that of the client, also behind trusted proxies.
 */
export type PageHandler = (request: IncomingMessage, response: ServerResponse, address: string) => void;

/** Options of {@link startAsterServer}. */
export interface AsterServerOptions {
  /** Address to listen on. Default `0.0.0.0`, all IPv4 addresses. */
  readonly host?: string;
  /** TCP port, 0 to 65535; 0 picks a free one. Default 2345. */
  readonly port?: number;
  /**
   * SQLite file, created if missing; `:memory:` for a database in memory; or the address of a PostgreSQL
   * database, `postgres://user:password@host:5432/name`, which several processes may serve at once.
   */
  readonly database: string;
  /**
   * NATS servers that connect the processes of one PostgreSQL database: addresses such as `nats://host:4222`
   * or `tls://host:4222?ca=FILE&credentials=FILE`, separated by commas. Default: none; messages of other processes then
   * arrive slightly later through the database, and presence and channel states are not shared.
   */
  readonly nats?: string;
  /** Transport security. Default `ephemeral`. */
  readonly tls?: TlsOptions;
  /** Server name, 1 to 64 characters. Default: the one in the database, initially `Asterite`. */
  readonly name?: string;
  /** PNG file with the server icon. Default: the one in the database, initially the built-in icon. */
  readonly iconFile?: string;
  /** PNG file with the picture of new accounts. Default: the built-in picture. */
  readonly defaultPictureFile?: string;
  /**
   * Protocol version sent first on every connection. Default: `[1, 0, 0]`, and none to a client whose first line
   * is written by Python's `json` module. asterpy, whose releases accept different versions, works without it.
   */
  readonly apiVersion?: readonly [major: number, minor: number, patch: number];
  /** Size limits that the protocol leaves to the server. */
  readonly limits?: Partial<Limits>;
  /**
   * Reverse proxies whose reports of client addresses are believed. Limits, logs and the audit log then use the
   * address of the client. Default: none.
   */
  readonly proxies?: ProxyOptions;
  /** Resource limits of one connection. */
  readonly connection?: Partial<ConnectionLimits>;
  /** Limits on what all connections, those of one address and those of one account may use together. */
  readonly capacity?: Partial<CapacityLimits>;
  /** Limits on guessing passwords. */
  readonly logins?: Partial<LoginLimits>;
  /**
   * Whether a login to an unknown account gets the reply of a wrong password instead of 404, after the same
   * time. It hides only what the user list does not show; see `loginRequired`. Default `false`, as upstream.
   */
  readonly hideUnknownAccounts?: boolean;
  /**
   * Whether a connection without a login can only send `hello`, `login` and `register`, and receives no pushes.
   * Upstream shows such connections the accounts, their pictures, who is online, the emoji and the server's name.
   * Includes `hideUnknownAccounts`. Default `false`, as upstream.
   */
  readonly loginRequired?: boolean;
  /**
   * Who may register accounts: `open` (all), `invite` (holders of an invite), `closed` (none: the operator
   * creates accounts) or `local` (all from the own machine and private networks, but no web page of another site that is
   * not in `allowedOrigins`; others by invite). Default `open`, as upstream.
   */
  readonly registration?: RegistrationMode;
  /**
   * Origins of web pages, such as `https://chat.example.org`, that may open WebSockets beside pages of the same host; `*`
   * allows all. Default: all on the TLS port, because web clients connect to servers of other hosts, and none on the
   * plain port, which pages that run in a browser on the same machine reach.
   */
  readonly allowedOrigins?: readonly string[];
  /** Rules for new passwords: by default at least 8 characters, and none that is guessed first. */
  readonly passwords?: Partial<PasswordPolicy>;
  /**
   * Days after which a session token that was not used expires; above 0, `Infinity` for never. A session uses its
   * token until it ends. Default 90.
   */
  readonly tokenIdleDays?: number;
  /**
   * Keys of channel states, such as `music`, that only users with `manage_messages` in the channel may set.
   * Each has 1 to 32 characters. Default: none.
   */
  readonly reservedStateKeys?: readonly string[];
  /** Retention of the audit log. */
  readonly audit?: Partial<AuditLimits>;
  /**
   * Loopback port for `/health` and `/metrics` (Prometheus) over HTTP, 0 to 65535; 0 picks a free one.
   * Default: none.
   */
  readonly statusPort?: number;
  /**
   * Additional loopback port for the same chat without TLS, 0 to 65535; 0 picks a free one. Browsers treat
   * pages from the loopback interface as a secure context, as with TLS. Default: none.
   */
  readonly plainPort?: number;
  /**
   * Handler of plain HTTP requests on the chat ports. Default: such connections are closed, as upstream does.
   */
  readonly pages?: PageHandler;
  /** Files of messages. Default: none are accepted, and the extension `files` is not offered. */
  readonly files?: FileOptions;
  /** Path of the Unix socket for administration. Default: none. */
  readonly adminSocket?: string;
  /** Account that gets all permissions at the start; created if missing. Default: none. */
  readonly adminUser?: AdminUser;
  /** Destination of log lines. Default: none. */
  readonly logger?: Logger;
}

/** Defaults of {@link AsterServerOptions} that are plain values. */
export const defaultServerOptions = Object.freeze({
  host: "0.0.0.0",
  port: 2345,
  tls: "ephemeral",
  name: "Asterite",
  hideUnknownAccounts: false,
  loginRequired: false,
  registration: "open",
  tokenIdleDays: 90,
} satisfies Partial<AsterServerOptions>);

/** Names of all options. */
const optionNames: { readonly [Name in keyof Required<AsterServerOptions>]: true } = {
  host: true,
  port: true,
  database: true,
  nats: true,
  tls: true,
  name: true,
  iconFile: true,
  defaultPictureFile: true,
  apiVersion: true,
  limits: true,
  proxies: true,
  connection: true,
  capacity: true,
  logins: true,
  hideUnknownAccounts: true,
  loginRequired: true,
  registration: true,
  allowedOrigins: true,
  passwords: true,
  tokenIdleDays: true,
  reservedStateKeys: true,
  audit: true,
  statusPort: true,
  plainPort: true,
  pages: true,
  files: true,
  adminSocket: true,
  adminUser: true,
  logger: true,
};

const invalidOption = (field: string, given: unknown, allowed: string): ServerError =>
  new ServerError("OPTION_INVALID", `Option ${field} is ${JSON.stringify(given)}; allowed: ${allowed}`);

/** Refuses a group of options that is not an object, and names in it that would be ignored. */
function checkNames(group: string, given: object | undefined, known: object): void {
  if (given !== undefined && !isRecord(given)) throw invalidOption(group, given, "an object");
  for (const [name, value] of Object.entries(given ?? {})) {
    const field = group === "" ? name : `${group}.${name}`;
    if (!Object.hasOwn(known, name)) throw invalidOption(field, value, Object.keys(known).join(", "));
  }
}

function checkNumbers(group: string, given: object | undefined, defaults: object): void {
  checkNames(group, given, defaults);
  for (const [name, value] of Object.entries(given ?? {})) {
    const field = `${group}.${name}`;
    if (value === undefined) continue;
    if (typeof value !== "number" || Number.isNaN(value) || value <= 0) {
      throw invalidOption(field, value, "a number above 0");
    }
    const isUnlimited = /idleTimeoutMs$/i.test(name) && value === Number.POSITIVE_INFINITY;
    if (name.endsWith("Ms") && value > maxTimerMs && !isUnlimited) {
      throw invalidOption(field, value, `at most ${maxTimerMs} milliseconds`);
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

function checkProxies({ networks, header }: ProxyOptions): void {
  const allowed = "IPv4 and IPv6 addresses and networks, such as 10.0.0.0/8";
  for (const network of networks) {
    if (!parseNetwork(network)) throw invalidOption("proxies.networks", network, allowed);
  }
  if (header !== undefined && !proxyHeaders.includes(header)) {
    throw invalidOption("proxies.header", header, proxyHeaders.join(", "));
  }
}

function checkPort(field: string, port: number | undefined): void {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
    throw invalidOption(field, port, "an integer from 0 to 65535");
  }
}

function checkAdminUser(adminUser: AsterServerOptions["adminUser"]): void {
  if (adminUser === undefined) return;
  const { name, password } = adminUser;
  if (typeof name !== "string" || isBlank(name) || name.length > defaultLimits.name) {
    throw invalidOption("adminUser.name", name, "1 to 64 characters that are not all white space");
  }
  if (typeof password !== "string" || password === "") {
    throw new ServerError("OPTION_INVALID", "Option adminUser.password must be a non-empty string");
  }
}

function checkFiles(files: FileOptions): void {
  checkNames("files", files, { folder: true, publicUrl: true, ...defaultFileLimits });
  const { folder, publicUrl, ...limits } = files;
  if (typeof folder !== "string" || folder === "") throw invalidOption("files.folder", folder, "a folder");
  if (publicUrl !== undefined && !(URL.canParse(publicUrl) && /^https?:/.test(publicUrl))) {
    throw invalidOption("files.publicUrl", publicUrl, "an address such as https://chat.example.org");
  }
  checkNumbers("files", limits, defaultFileLimits);
}

/**
 * Validates the options.
 *
 * @throws ServerError with `OPTION_INVALID`; the message names the option, its value and the allowed values.
 */
export function checkOptions(options: AsterServerOptions): void {
  checkNames("", options, optionNames);
  const { port, name, apiVersion, database, host } = options;
  if (typeof database !== "string" || database === "") {
    throw invalidOption("database", database, "a file, :memory: or postgres://…");
  }
  requireKnownDatabase(database);
  if (options.nats !== undefined) {
    if (!isPostgresAddress(database)) {
      throw new ServerError("OPTION_INVALID", "Option nats needs a PostgreSQL database: postgres://…");
    }
    checkNats(options.nats);
  }
  if (host !== undefined && (typeof host !== "string" || host === "")) {
    throw invalidOption("host", host, "an address or host name");
  }
  checkPort("port", port);
  if (options.proxies !== undefined) checkProxies(options.proxies);
  for (const field of ["hideUnknownAccounts", "loginRequired"] as const) {
    const value: unknown = options[field];
    if (value !== undefined && typeof value !== "boolean") throw invalidOption(field, value, "true or false");
  }
  const { registration, tokenIdleDays } = options;
  checkNames("passwords", options.passwords, defaultPasswordPolicy);
  const { minLength, allowCommon } = options.passwords ?? {};
  if (minLength !== undefined && !(Number.isInteger(minLength) && minLength >= 1 && minLength <= 128)) {
    throw invalidOption("passwords.minLength", minLength, "an integer from 1 to 128");
  }
  if (allowCommon !== undefined && typeof allowCommon !== "boolean") {
    throw invalidOption("passwords.allowCommon", allowCommon, "true or false");
  }
  if (registration !== undefined && !["open", "invite", "closed", "local"].includes(registration)) {
    throw invalidOption("registration", registration, "open, invite, closed or local");
  }
  if (tokenIdleDays !== undefined && !(typeof tokenIdleDays === "number" && tokenIdleDays > 0)) {
    throw invalidOption("tokenIdleDays", tokenIdleDays, "a number above 0, or Infinity");
  }
  for (const origin of options.allowedOrigins ?? []) {
    if (typeof origin !== "string" || !isOrigin(origin)) {
      throw invalidOption("allowedOrigins", origin, "origins such as https://chat.example.org, or *");
    }
  }
  for (const key of options.reservedStateKeys ?? []) {
    if (typeof key !== "string" || key.length < 1 || key.length > 32) {
      throw invalidOption("reservedStateKeys", key, "keys of 1 to 32 characters");
    }
  }
  checkPort("plainPort", options.plainPort);
  checkPort("statusPort", options.statusPort);
  if (name !== undefined && (name.trim() === "" || name.length > 64)) {
    throw invalidOption("name", name, "1 to 64 characters that are not all white space");
  }
  if (
    apiVersion !== undefined &&
    (apiVersion.length !== 3 || apiVersion.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
  ) {
    throw invalidOption("apiVersion", apiVersion, "three integers from 0 to 255");
  }
  const { checkMs } = typeof options.tls === "object" ? options.tls : {};
  if (checkMs !== undefined && !(checkMs >= 1 && checkMs <= maxTimerMs)) {
    throw invalidOption("tls.checkMs", checkMs, `a number from 1 to ${maxTimerMs}`);
  }
  checkAdminUser(options.adminUser);
  if (options.files !== undefined) checkFiles(options.files);
  checkNumbers("limits", options.limits, defaultLimits);
  checkNumbers("connection", options.connection, defaultConnectionLimits);
  checkNumbers("capacity", options.capacity, defaultCapacityLimits);
  checkNumbers("audit", options.audit, defaultAuditLimits);
  checkNumbers("logins", options.logins, defaultLoginLimits);
}
