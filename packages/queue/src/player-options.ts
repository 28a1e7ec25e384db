import { type Clock, systemClock } from "@asterite/andesite";
import { argumentError } from "./errors.ts";
import { defaultQueueOptions, type QueueOptions } from "./queue.ts";
import type { QueueSnapshot } from "./snapshot.ts";

/** Options of {@link QueuePlayer}. */
export interface QueuePlayerOptions extends QueueOptions {
  /** Where to go on: what `toSnapshot` gave, read by `readSnapshot`. Default: an empty queue. */
  readonly snapshot?: QueueSnapshot | undefined;
  /** Play without a voice connection, for listeners over HTTP; only Asterite's nodes can. Default: false. */
  readonly radio?: boolean;
  /**
   * Hand the next track to the node before the current one ends, so that there is no gap. Only for Asterite's
   * nodes: others would cut the current track. Can be changed later. Default: false.
   */
  readonly gapless?: boolean;
  /** Length of the fade between two tracks where `gapless` is on, in ms, 0 to 15 000. Default: 0, no fade. */
  readonly crossfadeMs?: number;
  /** Bring the loudness of tracks to each other's; only Asterite's nodes do. Default: false. */
  readonly normalize?: boolean;
  /** How long before the end of a track the next one is handed over, in ms, from 1 000. Default: 15 000. */
  readonly preloadMs?: number;
  /** How often an entry that breaks off is tried again, 0 or more. Default: 2. */
  readonly retries?: number;
  /** How long to wait before that, in ms, 0 or more; longer each time. Default: 1 000. */
  readonly retryDelayMs?: number;
  /** After how many entries in a row that cannot be played the queue halts, 1 or more. Default: 5. */
  readonly maxFailures?: number;
  /** An entry that got this far since it was (re)started was no failure so far, in ms. Default: 10 000. */
  readonly healthyMs?: number;
  /** How long a node may take to tell that a track has started, in ms, above 0. Default: 10 000. */
  readonly startTimeoutMs?: number;
  /** After how long without a word about a playing track the node is asked, in ms, above 0. Default: 20 000. */
  readonly silenceMs?: number;
  /** Where waiting and the time come from; for tests. Default: the platform. */
  readonly clock?: Clock;
}

/** The defaults of {@link QueuePlayerOptions}. */
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

/** Options with the defaults in place. */
export type QueuePlayerSettings = QueuePlayerOptions &
  Required<Pick<QueuePlayerOptions, keyof typeof defaultQueuePlayerOptions>>;

/** The longest fade that nodes know, in ms. */
const maxCrossfadeMs = 15_000;
const longestMs = 2 ** 31 - 1;

const ranges = {
  crossfadeMs: [0, maxCrossfadeMs],
  preloadMs: [1_000, longestMs],
  retries: [0, Number.MAX_SAFE_INTEGER],
  retryDelayMs: [0, 60_000],
  maxFailures: [1, Number.MAX_SAFE_INTEGER],
  healthyMs: [0, longestMs],
  startTimeoutMs: [1, longestMs],
  silenceMs: [1, longestMs],
} as const;

/** @throws QueueError `bad-argument` naming the option. */
export function readPlayerOptions(options: QueuePlayerOptions): QueuePlayerSettings {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = options[name as keyof typeof ranges];
    if (value !== undefined && !(value >= least && value <= most)) {
      throw argumentError(name, value, `${least} to ${most}`);
    }
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaultQueuePlayerOptions, ...given };
}
