import { type ExtensionName, extensionNames } from "@asterite/aster-protocol";
import type { DebugHook } from "@asterite/util";
import { type CacheOptions, defaultCache } from "./cache/options.ts";
import { type Clock, systemClock } from "./clock.ts";
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
  /** Path of WebSockets, for servers that a reverse proxy serves below one, such as `/chat/`. Default `/`. */
  readonly path?: string | undefined;
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
export const defaultServerOptions = /* @__PURE__ */ Object.freeze({
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
  Required<Pick<ServerOptions, Exclude<keyof typeof defaultServerOptions, "cache" | "reconnect">>> & {
    readonly cache: Required<CacheOptions>;
    readonly reconnect: Required<ReconnectOptions> | false;
  };

/** Returns the fields that are not undefined: an option with the value undefined counts as absent. */
const definedFields = (options: object = {}) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** Completes options with the defaults. */
export const settingsFrom = (options: ServerOptions): ServerSettings => ({
  ...defaultServerOptions,
  ...definedFields(options),
  cache: { ...defaultCache, ...definedFields(options.cache) },
  reconnect: options.reconnect !== false && { ...defaultReconnect, ...definedFields(options.reconnect) },
});
