import { optionNames, readNumberOptions, requireKnownOptions } from "../checks.ts";
import { type Clock, systemClock } from "../clock.ts";
import { type DebugOptions, readDebug } from "../debug.ts";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import type { StateArgument } from "../state/state.ts";
import { type BackoffOptions, makeBackoff } from "./backoff.ts";
import { type HeartbeatOptions, readHeartbeat } from "./heartbeat.ts";
import { readSocketOptions, type SocketOptions } from "./socket-options.ts";

/** Options of {@link WebSocketBase}. */
export interface WebSocketClientOptions extends DebugOptions {
  /**
   * State that tracks the players and restores them after a node restarts; `false` for none. Default: a new
   * one in memory, which a pool replaces with its own.
   */
  readonly state?: StateArgument;
  /**
   * Failed attempts to connect, in a row, after which the client closes itself, at least 1; null for no
   * limit. Default: null.
   */
  readonly maxConnectAttempts?: number | null | undefined;
  /**
   * Time that the node buffers events after a lost connection, in seconds, to replay them when the client
   * resumes it; 0 disables it. Has no effect in browsers, which cannot resume connections. Default: 60.
   */
  readonly eventBufferSeconds?: number | null | undefined;
  /** Back-off between attempts. Default: 1, 2, 5, 8, 11 … s, without jitter or a maximum. */
  readonly backoff?: BackoffOptions | null | undefined;
  /** Detection of connections that died without being closed. */
  readonly heartbeat?: HeartbeatOptions | null | undefined;
  /**
   * Minimum duration of a connection, in ms. After a shorter one the client backs off before it reconnects,
   * so that a node that accepts and then closes connections is not flooded. Default: 1 000.
   */
  readonly stableAfterMs?: number | null | undefined;
  /**
   * Messages that may be queued, at least 1; further ones are rejected with a `QueueFullError`. Default: 100
   * 000.
   */
  readonly maxQueuedMessages?: number | null | undefined;
  /**
   * Time that a message may wait for a connection, in ms, at least 1; then it is rejected with a
   * `ConnectionTimeoutError` that contains the last failure to connect. `Infinity` for no limit. Default: 60
   * 000.
   */
  readonly queueTimeoutMs?: number | null | undefined;
  /**
   * Guilds that a node can add to the state although the application sent no message for them, at least 0.
   * Messages about further guilds are not stored, but still emitted. Default: 1 000.
   */
  readonly maxUnknownGuilds?: number | null | undefined;
  /**
   * Time limit, in ms, at least 1, for the node to report its players after a reconnect, and then for the
   * state to return a player. When it has passed, the connection is used without restoring. Default: 5 000.
   */
  readonly restoreTimeoutMs?: number | null | undefined;
  /** Options of the socket. `headers` are sent in addition to those of the protocol. */
  readonly socket?: Omit<SocketOptions, "signal"> | null | undefined;
  /** Source of time and timers. Default: `systemClock`. */
  readonly clock?: Clock | null | undefined;
}

/** Defaults of {@link WebSocketClientOptions}. */
export const defaultWebSocketOptions = /* @__PURE__ */ Object.freeze({
  eventBufferSeconds: 60,
  stableAfterMs: 1_000,
  maxQueuedMessages: 100_000,
  queueTimeoutMs: 60_000,
  maxUnknownGuilds: 1_000,
  restoreTimeoutMs: 5_000,
});

const minimums = {
  eventBufferSeconds: 0,
  stableAfterMs: 0,
  maxQueuedMessages: 1,
  queueTimeoutMs: 1,
  maxUnknownGuilds: 0,
  restoreTimeoutMs: 1,
};

/** Names of the options. */
export const webSocketOptionNames = optionNames<WebSocketClientOptions>({
  state: true,
  maxConnectAttempts: true,
  eventBufferSeconds: true,
  backoff: true,
  heartbeat: true,
  stableAfterMs: true,
  maxQueuedMessages: true,
  queueTimeoutMs: true,
  maxUnknownGuilds: true,
  restoreTimeoutMs: true,
  socket: true,
  clock: true,
  debug: true,
});

/**
 * Returns the options with their defaults.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the option.
 */
export function readWebSocketOptions(options?: WebSocketClientOptions | null) {
  requireKnownOptions("", options, webSocketOptionNames);
  const numbers = readNumberOptions("", defaultWebSocketOptions, minimums, options);
  // JSON has no infinity: it would become null, which disables the buffer.
  if (!Number.isFinite(numbers.eventBufferSeconds)) throw new OutOfRangeError("eventBufferSeconds", "finite");
  return {
    ...numbers,
    maxConnectAttempts: readMaxAttempts("maxConnectAttempts", options?.maxConnectAttempts),
    backoff: makeBackoff(options?.backoff),
    heartbeat: readHeartbeat("heartbeat.", options?.heartbeat),
    socket: readSocketOptions("socket.", options?.socket),
    clock: options?.clock ?? systemClock,
    debug: readDebug(options),
  };
}

/**
 * Checks a number of attempts; null means no limit.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
export function readMaxAttempts(field: string, limit: number | null | undefined): number | null {
  if (limit === null || limit === undefined) return null;
  if (typeof limit !== "number") throw new InvalidTypeError(field, "a number or null");
  if (!Number.isInteger(limit) || limit < 1) throw new OutOfRangeError(field, "an integer of 1 or more");
  return limit;
}
