import type { Clock } from "../clock.ts";
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
   * How long a member may be without a connection, in milliseconds, before its guilds go to others. 0: they go
   * at once; `Infinity`: never. Default: 5 000.
   */
  readonly migrateAfterMs?: number | null | undefined;
  /** How many guilds are moved at the same time, 1 or more. Default: 32. */
  readonly migrationConcurrency?: number | null | undefined;
  /** Where waiting comes from. Default: the platform. */
  readonly clock?: Clock | null | undefined;
}

/** The defaults of {@link WebSocketPoolOptions}. */
export const defaultWebSocketPoolOptions = Object.freeze({ migrateAfterMs: 5_000, migrationConcurrency: 32 });
