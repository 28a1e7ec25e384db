import { type ExtensionName, extensionNames } from "@asterite/aster-protocol";
import { type CacheOptions, defaultCache } from "./cache/options.ts";
import { type Clock, systemClock } from "./clock.ts";
import { argumentError } from "./errors.ts";
import { defaultReconnect, type ReconnectOptions } from "./session/backoff.ts";
import { ConnectionMode } from "./session/connection-mode.ts";
import type { Endpoint } from "./transport/endpoints.ts";
import type { Target, TlsTrust } from "./transport/transport.ts";

/** Options of one server. */
export interface ServerOptions {
  /** Name of the account. Default: that of the client. */
  readonly username?: string | undefined;
  /** Password of the account. Default: that of the client. */
  readonly password?: string | undefined;
  /** Account to log in to; preferred to a name, because it does not change. */
  readonly uuid?: number | undefined;
  /**
   * Token of an earlier login with `wantToken`; then no password is needed. If the server refuses it and a
   * password is given too, that is tried.
   */
  readonly token?: string | undefined;
  /**
   * Ask for a token, found in {@link Server.token} once logged in, where the server has the extension
   * `tokens`. Whoever has it can log in as this account until it is revoked. Default `false`.
   */
  readonly wantToken?: boolean;
  /**
   * Name and version of the program, 1 to 200 characters, which the account's owner sees in the list of its
   * tokens. Default: that of this library.
   */
  readonly clientName?: string | undefined;
  /** Default {@link ConnectionMode.Login}. */
  readonly connectMode?: ConnectionMode;
  /** Create the account if the login finds none of this name. Default `false`. */
  readonly registerIfMissing?: boolean;
  /** Default: lines on Node, WebSocket in a browser, where it is the only choice. */
  readonly framing?: Target["framing"];
  /**
   * More addresses of the same server, which may be several processes behind one database. When a connection is
   * lost or cannot be made, the next address is tried, after the last the first. Default: none.
   */
  readonly endpoints?: readonly Endpoint[];
  /** How to trust the server; `false` for a server without TLS. Default: authorities, and the own machine. */
  readonly tls?: TlsTrust | false;
  /** Additions to the protocol to ask for; `[]`: none, and no `hello` is sent. Default: all that are known. */
  readonly extensions?: readonly ExtensionName[];
  /** Longest time to open a connection, in milliseconds, above 0. Default 15 000. */
  readonly connectTimeoutMs?: number;
  /** Longest time to wait for a reply, in milliseconds, above 0. Default 30 000. */
  readonly requestTimeoutMs?: number;
  /** After this much silence from the server it is asked for a sign of life, in milliseconds. Default 30 000. */
  readonly idlePingMs?: number;
  /** Longest time to wait for that sign before the connection counts as lost, in milliseconds. Default 10 000. */
  readonly pingTimeoutMs?: number;
  /**
   * Longest time for which a message is tried again after losses of the connection, in milliseconds, from 0.
   * Only where the server has the extension `nonce`, so that it is stored once. Default 60 000.
   */
  readonly sendRetryMs?: number;
  /** Largest packet taken from the server, in bytes, from 1024. Default 64 MiB. */
  readonly packetBytes?: number;
  /** How to come back after a loss; `false`: not at all. */
  readonly reconnect?: ReconnectOptions | false;
  /**
   * Most messages of one channel that are handed on after an absence, where the server has no cursor and the
   * history has to be paged; older ones are left out and reported as `EVENTS_MISSED`. 0: none. Default 10 000.
   */
  readonly catchUpMessages?: number;
  /** How much is kept. */
  readonly cache?: CacheOptions;
  /** Where waiting and the time come from; for tests. */
  readonly clock?: Clock;
}

/** The defaults of {@link ServerOptions}. */
export const defaultServerOptions = Object.freeze({
  connectMode: ConnectionMode.Login,
  registerIfMissing: false,
  wantToken: false,
  tls: {},
  extensions: extensionNames,
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

/** Options with the defaults in place. */
export type ServerSettings = Omit<ServerOptions, keyof typeof defaultServerOptions> &
  Required<Pick<ServerOptions, keyof typeof defaultServerOptions>>;

/** Lays options over the defaults; an option that is undefined counts as not given. */
export const settingsFrom = (options: ServerOptions): ServerSettings => ({
  ...defaultServerOptions,
  ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
});

const modes: readonly unknown[] = Object.values(ConnectionMode);

/** The longest delay that timers keep; they turn anything above into almost none. */
const longestDelayMs = 2 ** 31 - 1;

const minimumMs = {
  connectTimeoutMs: 1,
  requestTimeoutMs: 1,
  idlePingMs: 1,
  pingTimeoutMs: 1,
  sendRetryMs: 0,
} as const;

function checkEndpoint(place: string, { host, port }: Endpoint): void {
  if (typeof host !== "string" || host === "") {
    throw argumentError(`${place}host`, host, "a host name or address");
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw argumentError(`${place}port`, port, "an integer from 1 to 65535");
  }
}

/** Checks what a program gives, so that a mistake is named where it is made. */
export function checkServerOptions(host: string, port: number, options: ServerOptions): void {
  checkEndpoint("", { host, port });
  const { endpoints = [] } = options;
  if (!Array.isArray(endpoints)) throw argumentError("endpoints", endpoints, "an array of hosts and ports");
  for (const [index, endpoint] of endpoints.entries()) checkEndpoint(`endpoints.${index}.`, endpoint);
  for (const [name, least] of Object.entries(minimumMs) as [keyof typeof minimumMs, number][]) {
    const value = options[name];
    if (value !== undefined && !(value >= least && value <= longestDelayMs)) {
      throw argumentError(name, value, `a number from ${least} to ${longestDelayMs}`);
    }
  }
  const { clientName, packetBytes = 1024, catchUpMessages = 0, cache = {} } = options;
  if (clientName !== undefined && (clientName.length < 1 || clientName.length > 200)) {
    throw argumentError("clientName", clientName, "1 to 200 characters");
  }
  if (!(packetBytes >= 1024)) throw argumentError("packetBytes", packetBytes, "a number from 1024");
  if (!(catchUpMessages >= 0)) throw argumentError("catchUpMessages", catchUpMessages, "a number from 0");
  for (const [name, value] of Object.entries(cache)) {
    if (!(value >= 0)) throw argumentError(`cache.${name}`, value, "a number from 0");
  }
  checkAccount(options);
}

function checkAccount({ username, password, uuid, token, connectMode }: ServerOptions): void {
  const mode = connectMode ?? defaultServerOptions.connectMode;
  if (!modes.includes(mode)) throw argumentError("connectMode", mode, "a value of ConnectionMode");
  if (mode === ConnectionMode.Neither) return;
  if (mode === ConnectionMode.Login && token !== undefined) {
    if (typeof token !== "string" || token === "") throw argumentError("token", typeof token, "a token");
    return;
  }
  // Never the password itself: an error is logged.
  if (typeof password !== "string") throw argumentError("password", typeof password, "a string");
  if (mode === ConnectionMode.Login && uuid !== undefined) {
    if (!Number.isSafeInteger(uuid)) throw argumentError("uuid", uuid, "an integer");
    return;
  }
  if (typeof username !== "string" || username === "") {
    throw argumentError(
      "username",
      username,
      mode === ConnectionMode.Login ? "a name, or give uuid" : "a name",
    );
  }
}
