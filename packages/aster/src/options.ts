import { type ExtensionName, extensionNames } from "@asterite/aster-protocol";
import { type DebugHook, maxTimerMs } from "@asterite/util";
import { type CacheOptions, defaultCache } from "./cache/options.ts";
import { type Clock, systemClock } from "./clock.ts";
import { argumentError, checkOptionNames } from "./errors.ts";
import { defaultReconnect, type ReconnectOptions } from "./session/backoff.ts";
import { ConnectionMode } from "./session/connection-mode.ts";
import type { Endpoint } from "./transport/endpoints.ts";
import type { Target, TlsTrust } from "./transport/transport.ts";

/** Options of a {@link Server}. */
export interface ServerOptions {
  /** Name of the account. Default: the one of the client. */
  readonly username?: string | undefined;
  /** Password of the account. Default: the one of the client. */
  readonly password?: string | undefined;
  /** Uuid of the account; preferred to `username`, because names can change. */
  readonly uuid?: number | undefined;
  /**
   * Token of an earlier login with `wantToken`, for a login without a password. If the server refuses the
   * token, the password is used if there is one.
   */
  readonly token?: string | undefined;
  /**
   * Whether to request a token, stored in {@link Server.token} after the login; needs the extension `tokens`.
   * The token grants access to the account until it is revoked: store it like a password. Default `false`.
   */
  readonly wantToken?: boolean;
  /**
   * Name and version of the program, 1 to 200 characters, shown to the owner of the account in the list of
   * tokens. Default: name and version of this library.
   */
  readonly clientName?: string | undefined;
  /** How to authenticate. Default {@link ConnectionMode.Login}. */
  readonly connectMode?: ConnectionMode;
  /** Whether to register the account if the login finds no account with this name. Default `false`. */
  readonly registerIfMissing?: boolean;
  /**
   * Whether the account is a bot: declared after the first login if the server has it otherwise; needs the
   * extension `bots`, without which it has no effect. Default: as it is on the server.
   */
  readonly bot?: boolean | undefined;
  /** Code of an invite for a registration; servers that are not open need one. Default: none. */
  readonly invite?: string | undefined;
  /** Framing of the packets. Default: `lines` on Node; `websocket` in a browser, which supports no other. */
  readonly framing?: Target["framing"];
  /**
   * Further addresses of the same server, e.g. of the processes of a cluster. When a connection is lost or
   * cannot be established, the next address is tried, round-robin. Default: none.
   */
  readonly endpoints?: readonly Endpoint[];
  /**
   * Certificate verification; `false`: no TLS. Default: trusted authorities, and the local machine
   * unverified.
   */
  readonly tls?: TlsTrust | false;
  /**
   * Protocol extensions to negotiate; `[]`: none, and no `hello` is sent. With `pictures`, accounts come without their
   * pictures, which {@link Server.fetchPicture} fetches. Default: all but `pictures`.
   */
  readonly extensions?: readonly ExtensionName[];
  /** Maximum time to open a connection, in ms, at least 1. Default 15 000. */
  readonly connectTimeoutMs?: number;
  /** Maximum time to wait for a reply, in ms, at least 1. Default 30 000. */
  readonly requestTimeoutMs?: number;
  /** Time without a packet after which the server is pinged, in ms, at least 1. Default 30 000. */
  readonly idlePingMs?: number;
  /**
   * Time without a response to the ping after which the connection is dropped, in ms, at least 1. Default 10
   * 000.
   */
  readonly pingTimeoutMs?: number;
  /**
   * Maximum time during which a message is sent again after a lost connection, in ms, at least 0. Needs the
   * extension `nonce`, by which the server stores the message only once. Default 60 000.
   */
  readonly sendRetryMs?: number;
  /** Maximum packet size in bytes, at least 1024; a larger packet drops the connection. Default 64 MiB. */
  readonly packetBytes?: number;
  /** Reconnection after a lost connection; `false`: close instead. Default {@link defaultReconnect}. */
  readonly reconnect?: ReconnectOptions | false;
  /**
   * Maximum number of missed messages per channel that are read from the history after a reconnection, if the
   * server has no event sequence (extension `cursor`) or it does not reach back far enough. Older messages
   * are skipped and reported as `EVENTS_MISSED`. 0: none. Default 10 000.
   */
  readonly catchUpMessages?: number;
  /** Limits of the cache. Default {@link defaultCache}. */
  readonly cache?: CacheOptions;
  /** Source of time and timers, for tests. Default: the system clock. */
  readonly clock?: Clock;
  /**
   * Receives a debug log: connection attempts, endpoints, packets by command and size, state transitions,
   * decisions of the catch-up and retries, without secrets and texts. Default: none, at no cost.
   */
  readonly debug?: DebugHook | undefined;
}

/** Defaults of {@link ServerOptions}. */
export const defaultServerOptions = Object.freeze({
  connectMode: ConnectionMode.Login,
  registerIfMissing: false,
  wantToken: false,
  tls: {},
  extensions: extensionNames.filter((name) => name !== "pictures"),
  connectTimeoutMs: 15_000,
  requestTimeoutMs: 30_000,
  idlePingMs: 30_000,
  pingTimeoutMs: 10_000,
  sendRetryMs: 60_000,
  packetBytes: 64 * 1024 * 1024,
  reconnect: defaultReconnect,
  catchUpMessages: 10_000,
  cache: defaultCache,
  clock: systemClock,
} satisfies ServerOptions);

/** Options completed with the defaults. */
export type ServerSettings = Omit<ServerOptions, keyof typeof defaultServerOptions> &
  Required<Pick<ServerOptions, keyof typeof defaultServerOptions>>;

/** Completes options with the defaults. An option with the value undefined counts as absent. */
export const settingsFrom = (options: ServerOptions): ServerSettings => ({
  ...defaultServerOptions,
  ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
});

const optionNames = [
  ...Object.keys(defaultServerOptions),
  "username",
  "password",
  "uuid",
  "token",
  "invite",
  "clientName",
  "bot",
  "framing",
  "endpoints",
  "debug",
];

const tlsNames: readonly (keyof TlsTrust)[] = [
  "fingerprint256",
  "ca",
  "firstUse",
  "checkServerIdentity",
  "verify",
];

/**
 * Checks the names of options, nested ones included.
 *
 * @throws AsterError `ARGUMENT_INVALID` with the first unknown name.
 */
export function checkServerOptionNames(options: ServerOptions, excluded: readonly string[] = []): void {
  const known = optionNames.filter((name) => !excluded.includes(name));
  checkOptionNames("options", options, known);
  const { reconnect, cache, tls } = options;
  if (reconnect) checkOptionNames("reconnect", reconnect, Object.keys(defaultReconnect));
  if (cache) checkOptionNames("cache", cache, Object.keys(defaultCache));
  if (tls) checkOptionNames("tls", tls, tlsNames);
}

const modes: readonly unknown[] = Object.values(ConnectionMode);

const minimumMs = {
  connectTimeoutMs: 1,
  requestTimeoutMs: 1,
  idlePingMs: 1,
  pingTimeoutMs: 1,
  sendRetryMs: 0,
} as const;

function checkEndpoint(prefix: string, { host, port }: Endpoint): void {
  if (typeof host !== "string" || host === "") {
    throw argumentError(`${prefix}host`, host, "a host name or address");
  }
  const isAddress6 = /^[\da-f:.]+(?:%.+)?$/i.test(host) && host.split(":").length > 2;
  if (/[\s/@[\]]/.test(host) || (host.includes(":") && !isAddress6)) {
    throw argumentError(
      `${prefix}host`,
      host,
      "a host name or address, without https://, port, path or brackets",
    );
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw argumentError(`${prefix}port`, port, "an integer from 1 to 65535");
  }
}

/**
 * Checks the arguments of a server.
 *
 * @throws AsterError `ARGUMENT_INVALID` with the name of the first invalid one.
 */
export function checkServerOptions(host: string, port: number, options: ServerOptions): void {
  checkEndpoint("", { host, port });
  checkServerOptionNames(options);
  const { endpoints = [] } = options;
  if (!Array.isArray(endpoints)) throw argumentError("endpoints", endpoints, "an array of hosts and ports");
  for (const [index, endpoint] of endpoints.entries()) checkEndpoint(`endpoints.${index}.`, endpoint);
  for (const [name, minimum] of Object.entries(minimumMs) as [keyof typeof minimumMs, number][]) {
    const value = options[name];
    if (value !== undefined && !(value >= minimum && value <= maxTimerMs)) {
      throw argumentError(name, value, `a number from ${minimum} to ${maxTimerMs}`);
    }
  }
  const { clientName, packetBytes = 1024, catchUpMessages = 0, cache = {} } = options;
  if (clientName !== undefined && (clientName.length < 1 || clientName.length > 200)) {
    throw argumentError("clientName", clientName, "1 to 200 characters");
  }
  if (!(packetBytes >= 1024)) throw argumentError("packetBytes", packetBytes, "a number of at least 1024");
  if (!(catchUpMessages >= 0))
    throw argumentError("catchUpMessages", catchUpMessages, "a number of at least 0");
  for (const [name, value] of Object.entries(cache)) {
    if (!(value >= 0)) throw argumentError(`cache.${name}`, value, "a number of at least 0");
  }
  checkReconnect(options.reconnect);
  checkTls(options.tls);
  const { extensions = [], framing = "lines", debug, bot } = options;
  for (const name of extensions) {
    if (!extensionNames.includes(name)) throw argumentError("extensions", name, extensionNames.join(", "));
  }
  if (framing !== "lines" && framing !== "websocket") {
    throw argumentError("framing", framing, "lines or websocket");
  }
  if (bot !== undefined && typeof bot !== "boolean") throw argumentError("bot", bot, "true or false");
  if (debug !== undefined && typeof debug !== "function") throw argumentError("debug", debug, "a function");
  checkAccount(options);
}

function checkTls(tls: TlsTrust | false | undefined): void {
  const { fingerprint256, ca }: TlsTrust = tls || {};
  if (
    fingerprint256 !== undefined &&
    (typeof fingerprint256 !== "string" || !/^(?:[\da-f]{2}:?){32}$/i.test(fingerprint256))
  ) {
    const allowed = "32 bytes in hexadecimal digits, as the server prints them";
    throw argumentError("tls.fingerprint256", fingerprint256, allowed);
  }
  // Node ignores any other text. It may be a key, so the message has its type only.
  if (
    ca !== undefined &&
    (typeof ca !== "string" || !/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(ca))
  ) {
    throw argumentError("tls.ca", typeof ca, "the text of a PEM file with certificates, not its path");
  }
}

function checkReconnect(reconnect: ReconnectOptions | false | undefined): void {
  if (!reconnect) return;
  for (const name of ["firstDelayMs", "longestDelayMs", "stableAfterMs"] as const) {
    const value = reconnect[name];
    if (value !== undefined && !(value >= 0 && value <= maxTimerMs)) {
      throw argumentError(`reconnect.${name}`, value, `a number from 0 to ${maxTimerMs}`);
    }
  }
}

function checkAccount({ username, password, uuid, token, invite, connectMode }: ServerOptions): void {
  if (invite !== undefined && (typeof invite !== "string" || invite === "")) {
    throw argumentError("invite", typeof invite, "the code of an invite");
  }
  const mode = connectMode ?? defaultServerOptions.connectMode;
  if (!modes.includes(mode)) throw argumentError("connectMode", mode, "a value of ConnectionMode");
  if (mode === ConnectionMode.Neither) return;
  if (mode === ConnectionMode.Login && token !== undefined) {
    if (typeof token !== "string" || token === "") throw argumentError("token", typeof token, "a token");
    return;
  }
  // Errors are logged, so the message has the type of the password, not the password.
  if (typeof password !== "string") throw argumentError("password", typeof password, "a string");
  if (mode === ConnectionMode.Login && uuid !== undefined) {
    if (!Number.isSafeInteger(uuid)) throw argumentError("uuid", uuid, "an integer");
    return;
  }
  if (typeof username !== "string" || username === "") {
    throw argumentError(
      "username",
      username,
      mode === ConnectionMode.Login ? "a name (or set uuid)" : "a name",
    );
  }
}
