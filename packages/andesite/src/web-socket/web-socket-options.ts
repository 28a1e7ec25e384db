import { readNumberOptions } from "../checks.ts";
import { type Clock, systemClock } from "../clock.ts";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import type { StateArgument } from "../state/state.ts";
import { type BackoffOptions, makeBackoff } from "./backoff.ts";
import { type HeartbeatOptions, readHeartbeat } from "./heartbeat.ts";
import { readSocketOptions, type SocketOptions } from "./socket-options.ts";

/** Options of {@link WebSocketBase}. */
export interface WebSocketClientOptions {
  /** What remembers the players. Default: false, which remembers nothing. */
  readonly state?: StateArgument;
  /** How often to try to connect before the client closes itself, 1 or more; null for no limit. Default: null. */
  readonly maxConnectAttempts?: number | null | undefined;
  /**
   * How long the node keeps events while the connection is lost, in seconds; they are replayed on return. 0
   * keeps none, and so do browsers, where connections cannot be resumed. Default: 60.
   */
  readonly eventBufferTimeout?: number | null | undefined;
  /** Waits between attempts. Default: as documented, without jitter and cap. */
  readonly backoff?: BackoffOptions | null | undefined;
  /** How a connection that died silently is found. */
  readonly heartbeat?: HeartbeatOptions | null | undefined;
  /**
   * A connection that ends sooner than this, in milliseconds, is followed by a wait, so that a node that
   * accepts and then hangs up is not called without end. Default: 1 000.
   */
  readonly stableAfterMs?: number | null | undefined;
  /** How many messages may wait for a connection, 1 or more. Default: 100 000. */
  readonly maxQueuedMessages?: number | null | undefined;
  /**
   * For how many guilds the state remembers what a node says although the program never sent it anything for them, 0
   * or more. Others are left out, but their events come all the same. Default: 1 000.
   */
  readonly maxUnknownGuilds?: number | null | undefined;
  /**
   * How long the node may take to say which players it still has, and then the state to say what a player was like,
   * in milliseconds, 1 or more, before a new connection is used without that. Default: 5 000.
   */
  readonly restoreTimeoutMs?: number | null | undefined;
  /** How to open sockets: authority, sizes, time. Headers are added to those of the protocol. */
  readonly socket?: Omit<SocketOptions, "signal"> | null | undefined;
  /** Where waiting comes from. Default: the platform. */
  readonly clock?: Clock | null | undefined;
}

/** The defaults of {@link WebSocketClientOptions}. */
export const defaultWebSocketOptions = Object.freeze({
  eventBufferTimeout: 60,
  stableAfterMs: 1_000,
  maxQueuedMessages: 100_000,
  maxUnknownGuilds: 1_000,
  restoreTimeoutMs: 5_000,
});

const minimums = {
  ...{
    eventBufferTimeout: 0,
    stableAfterMs: 0,
    maxQueuedMessages: 1,
    maxUnknownGuilds: 0,
    restoreTimeoutMs: 1,
  },
};

/**
 * Options with their defaults.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the option.
 */
export function readWebSocketOptions(options?: WebSocketClientOptions | null) {
  const numbers = readNumberOptions("", defaultWebSocketOptions, minimums, options);
  // What a node would read as none at all.
  if (!Number.isFinite(numbers.eventBufferTimeout)) throw new OutOfRangeError("eventBufferTimeout", "finite");
  return {
    ...numbers,
    maxConnectAttempts: readMaxAttempts("maxConnectAttempts", options?.maxConnectAttempts),
    backoff: makeBackoff(options?.backoff),
    heartbeat: readHeartbeat("heartbeat.", options?.heartbeat),
    socket: readSocketOptions("socket.", options?.socket),
    clock: options?.clock ?? systemClock,
  };
}

/**
 * A number of attempts; null for no limit.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the field.
 */
export function readMaxAttempts(field: string, limit: number | null | undefined): number | null {
  if (limit === null || limit === undefined) return null;
  if (typeof limit !== "number") throw new InvalidTypeError(field, "a number or null");
  if (!Number.isInteger(limit) || limit < 1) throw new OutOfRangeError(field, "an integer of 1 or more");
  return limit;
}
