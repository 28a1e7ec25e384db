import { defaultReconnect, type ReconnectOptions } from "./backoff.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ConnectionMode } from "./connection-mode.ts";
import { argumentError } from "./errors.ts";
import type { Target, TlsTrust } from "./transport/transport.ts";

/** Options of one server. */
export interface ServerOptions {
  /** Name of the account. Default: that of the client. */
  readonly username?: string;
  /** Password of the account. Default: that of the client. */
  readonly password?: string;
  /** Account to log in to; preferred to a name, because it does not change. */
  readonly uuid?: number;
  /** Default {@link ConnectionMode.Login}. */
  readonly connectMode?: ConnectionMode;
  /** Create the account if the login finds none of this name. Default `false`. */
  readonly registerIfMissing?: boolean;
  /** Default: lines on Node, WebSocket in a browser, where it is the only choice. */
  readonly framing?: Target["framing"];
  /** How to trust the server; `false` for a server without TLS. Default: authorities, and the own machine. */
  readonly tls?: TlsTrust | false;
  /** Longest time to open a connection, in milliseconds. Default 15 000. */
  readonly connectTimeoutMs?: number;
  /** Longest time to wait for a reply, in milliseconds. Default 30 000. */
  readonly requestTimeoutMs?: number;
  /** Largest packet taken from the server, in bytes. Default 64 MiB. */
  readonly packetBytes?: number;
  /** How to come back after a loss; `false`: not at all. */
  readonly reconnect?: ReconnectOptions | false;
  /** Where waiting and the time come from; for tests. */
  readonly clock?: Clock;
}

/** The defaults of {@link ServerOptions}. */
export const defaultServerOptions = Object.freeze({
  connectMode: ConnectionMode.Login,
  registerIfMissing: false,
  tls: {},
  connectTimeoutMs: 15_000,
  requestTimeoutMs: 30_000,
  packetBytes: 64 * 1024 * 1024,
  reconnect: defaultReconnect,
  clock: systemClock,
} satisfies ServerOptions);

/** Options with the defaults in place. */
export type ServerSettings = Omit<ServerOptions, keyof typeof defaultServerOptions> &
  Required<Pick<ServerOptions, keyof typeof defaultServerOptions>>;

const modes: readonly unknown[] = Object.values(ConnectionMode);

/** Checks what a program gives, so that a mistake is named where it is made. */
export function checkServerOptions(host: string, port: number, options: ServerOptions): void {
  const { username, password, uuid } = options;
  const mode = options.connectMode ?? defaultServerOptions.connectMode;
  if (typeof host !== "string" || host === "") throw argumentError("host", host, "a host name or address");
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw argumentError("port", port, "an integer from 1 to 65535");
  }
  if (!modes.includes(mode)) throw argumentError("connectMode", mode, "a value of ConnectionMode");
  if (mode === ConnectionMode.Neither) return;
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
