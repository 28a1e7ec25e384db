import { readNumberOptions } from "../checks.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { StateArgument } from "../state/state.ts";
import type { PoolScoringFunction, RegionGuildComparator } from "./scoring.ts";

/** Options of `WebSocketPoolBase`. */
export interface WebSocketPoolOptions {
  /** What remembers the players; needed to bring them to another node. Default: a new one in memory. */
  readonly state?: StateArgument;
  /** Rates members for a guild. Default: `defaultScoringFunction`. */
  readonly scoringFunction?: PoolScoringFunction | null | undefined;
  /** Rates regions for a guild. Default: none. */
  readonly regionComparator?: RegionGuildComparator | null | undefined;
  /**
   * How long a member may be without the connection that it had, in milliseconds, before its guilds go to others. 0:
   * they go in the moment of the loss; `Infinity`: never. Default: 5 000.
   */
  readonly migrateAfterMs?: number | null | undefined;
  /**
   * How long a member's first connection may take, in milliseconds, before its guilds go to others; an attempt that
   * fails ends this time at once. `migrateAfterMs` counts where it is longer. Default: 2 000.
   */
  readonly firstConnectionMs?: number | null | undefined;
  /** How many guilds are moved at the same time, 1 or more. Default: 32. */
  readonly migrationConcurrency?: number | null | undefined;
  /**
   * How long the state may take to say what a player was like, in milliseconds, 1 or more, before it is moved without
   * that. For members that are no `WebSocketBase`, which has an option of its own. Default: 5 000.
   */
  readonly restoreTimeoutMs?: number | null | undefined;
  /** Where waiting comes from. Default: the platform. */
  readonly clock?: Clock | null | undefined;
}

/** The defaults of {@link WebSocketPoolOptions}. */
export const defaultWebSocketPoolOptions = Object.freeze({
  migrateAfterMs: 5_000,
  firstConnectionMs: 2_000,
  migrationConcurrency: 32,
  restoreTimeoutMs: 5_000,
});

const minimums = { migrateAfterMs: 0, firstConnectionMs: 0, migrationConcurrency: 1, restoreTimeoutMs: 1 };

/** What a pool goes by all its life. */
export type WebSocketPoolSettings = ReturnType<typeof readWebSocketPoolOptions>;

/**
 * Options with their defaults.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the option.
 */
export const readWebSocketPoolOptions = (options?: WebSocketPoolOptions | null) => ({
  ...readNumberOptions("", defaultWebSocketPoolOptions, minimums, options),
  clock: options?.clock ?? systemClock,
});
