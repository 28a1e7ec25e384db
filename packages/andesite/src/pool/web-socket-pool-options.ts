import { optionNames, readNumberOptions, requireKnownOptions } from "../checks.ts";
import { type Clock, systemClock } from "../clock.ts";
import { type DebugOptions, readDebug } from "../debug.ts";
import type { StateArgument } from "../state/state.ts";
import type { PoolScoringFunction, RegionGuildComparator } from "./scoring.ts";

/** Options of `WebSocketPoolBase`. */
export interface WebSocketPoolOptions extends DebugOptions {
  /**
   * State that tracks the players. Without one, players are not restored on another node. Default: in memory.
   */
  readonly state?: StateArgument;
  /** Rates the members for a guild; the best one gets it. Default: `defaultScoringFunction`. */
  readonly scoringFunction?: PoolScoringFunction | null | undefined;
  /** Rates regions for a guild, see `createRegionComparator`. Default: none. */
  readonly regionComparator?: RegionGuildComparator | null | undefined;
  /**
   * Time after a member lost its connection until its guilds are moved, in ms, at least 0 (immediately);
   * `Infinity` never moves them. Default: 5 000.
   */
  readonly migrateAfterMs?: number | null | undefined;
  /**
   * Time limit of a member's first connection until its guilds are moved, in ms, at least 0. A longer
   * `migrateAfterMs` takes precedence; after a failed attempt only `migrateAfterMs` applies. Default: 2 000.
   */
  readonly firstConnectionMs?: number | null | undefined;
  /** Guilds that are moved concurrently, at least 1. Default: 32. */
  readonly migrationConcurrency?: number | null | undefined;
  /**
   * Time limit for the state to return a player, in ms, at least 1; then the guild is moved without restoring
   * it. Applies to members other than `WebSocketBase`, which has its own option. Default: 5 000.
   */
  readonly restoreTimeoutMs?: number | null | undefined;
  /**
   * Time for which a member is not used after its node refused the password, in ms, at least 1; `Infinity` for
   * ever. Default: 600 000, 10 min.
   */
  readonly refusedRetryMs?: number | null | undefined;
  /** Source of time and timers. Default: `systemClock`. */
  readonly clock?: Clock | null | undefined;
}

/** Defaults of {@link WebSocketPoolOptions}. */
export const defaultWebSocketPoolOptions = /* @__PURE__ */ Object.freeze({
  migrateAfterMs: 5_000,
  firstConnectionMs: 2_000,
  migrationConcurrency: 32,
  restoreTimeoutMs: 5_000,
  refusedRetryMs: 600_000,
});

const minimums = {
  migrateAfterMs: 0,
  firstConnectionMs: 0,
  migrationConcurrency: 1,
  restoreTimeoutMs: 1,
  refusedRetryMs: 1,
};

const names = optionNames<WebSocketPoolOptions>({
  state: true,
  scoringFunction: true,
  regionComparator: true,
  migrateAfterMs: true,
  firstConnectionMs: true,
  migrationConcurrency: true,
  restoreTimeoutMs: true,
  refusedRetryMs: true,
  clock: true,
  debug: true,
});

/** Resolved options of a pool. */
export type WebSocketPoolSettings = ReturnType<typeof readWebSocketPoolOptions>;

/**
 * Returns the options with their defaults.
 *
 * @throws InvalidTypeError, OutOfRangeError naming the option.
 */
export function readWebSocketPoolOptions(options?: WebSocketPoolOptions | null) {
  requireKnownOptions("", options, names);
  return {
    ...readNumberOptions("", defaultWebSocketPoolOptions, minimums, options),
    clock: options?.clock ?? systemClock,
    debug: readDebug(options),
  };
}
