import { type Clock, maxTimerMs, systemClock } from "@asterite/util";
import { argumentError } from "./errors.ts";
import { defaultQueueOptions, type QueueOptions } from "./queue.ts";
import type { QueueSnapshot } from "./snapshot.ts";

/** Options of {@link QueuePlayer}. */
export interface QueuePlayerOptions extends QueueOptions {
  /** State to resume from: the result of `toSnapshot`, parsed by `readSnapshot`. Default: an empty queue. */
  readonly snapshot?: QueueSnapshot | undefined;
  /** Play without a voice connection, for listeners over HTTP; requires an Asterite node. Default: false. */
  readonly radio?: boolean;
  /**
   * Send the next track to the node before the current one ends, for gapless playback. Requires an Asterite
   * node: others would cut the current track off. Can be changed later. Default: false.
   */
  readonly gapless?: boolean;
  /**
   * Length of the crossfade between two tracks with `gapless`, in ms, 0 to 15 000. Default: 0, no crossfade.
   */
  readonly crossfadeMs?: number;
  /** Normalize the loudness of tracks; requires an Asterite node. Default: false. */
  readonly normalize?: boolean;
  /** Time before the end of a track at which the next one is sent, in ms, at least 1 000. Default: 15 000. */
  readonly preloadMs?: number;
  /** Retries of an entry that fails, 0 or more. Default: 2. */
  readonly retries?: number;
  /** Delay before the first retry, in ms, 0 to 60 000; grows with each one. Default: 1 000. */
  readonly retryDelayMs?: number;
  /** Entries that fail in a row before the queue halts, 1 or more. Default: 5. */
  readonly maxFailures?: number;
  /** Playing time after which earlier failures of the same entry no longer count, in ms. Default: 10 000. */
  readonly healthyMs?: number;
  /** Longest time for a node to report the start of a track, in ms, above 0. Default: 10 000. */
  readonly startTimeoutMs?: number;
  /**
   * Time without a message about a playing track after which the node is queried, in ms, above 0. Default: 20
   * 000.
   */
  readonly silenceMs?: number;
  /** Source of time and timers; for tests. Default: the platform's. */
  readonly clock?: Clock;
}

/** Defaults of {@link QueuePlayerOptions}. */
export const defaultQueuePlayerOptions = Object.freeze({
  ...defaultQueueOptions,
  radio: false,
  gapless: false,
  crossfadeMs: 0,
  normalize: false,
  preloadMs: 15_000,
  retries: 2,
  retryDelayMs: 1_000,
  maxFailures: 5,
  healthyMs: 10_000,
  startTimeoutMs: 10_000,
  silenceMs: 20_000,
  clock: systemClock,
} satisfies QueuePlayerOptions);

/** Options with the defaults filled in. */
export type QueuePlayerSettings = QueuePlayerOptions &
  Required<Pick<QueuePlayerOptions, keyof typeof defaultQueuePlayerOptions>>;

/** Longest crossfade that nodes support, in ms. */
const maxCrossfadeMs = 15_000;

const ranges = {
  crossfadeMs: [0, maxCrossfadeMs],
  preloadMs: [1_000, maxTimerMs],
  retries: [0, Number.MAX_SAFE_INTEGER],
  retryDelayMs: [0, 60_000],
  maxFailures: [1, Number.MAX_SAFE_INTEGER],
  healthyMs: [0, maxTimerMs],
  startTimeoutMs: [1, maxTimerMs],
  silenceMs: [1, maxTimerMs],
} as const;

/**
 * Validates options and fills in the defaults.
 *
 * @throws QueueError `BAD_ARGUMENT` naming the option.
 */
export function readPlayerOptions(options: QueuePlayerOptions): QueuePlayerSettings {
  for (const [name, [min, max]] of Object.entries(ranges)) {
    const value = options[name as keyof typeof ranges];
    if (value !== undefined && !(value >= min && value <= max)) {
      throw argumentError(name, value, `${min} to ${max}`);
    }
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaultQueuePlayerOptions, ...given };
}
