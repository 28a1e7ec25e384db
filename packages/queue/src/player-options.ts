import { type Clock, clockInWords, type DebugHook, isClock, maxTimerMs, systemClock } from "@asterite/util";
import type { Autoplay } from "./autoplay.ts";
import { argumentError, checkOptions } from "./errors.ts";
import type { LeaveTimes } from "./leave-timer.ts";
import { defaultQueueOptions, type QueueOptions } from "./queue.ts";
import { maxCrossfadeMs, type QueueSnapshot, readSnapshot } from "./snapshot.ts";

/** Options of {@link QueuePlayer}. */
export interface QueuePlayerOptions<Data = unknown> extends QueueOptions, LeaveTimes {
  /**
   * State to resume from: the result of `toSnapshot`, parsed by `readSnapshot`. It also holds `radio`,
   * `gapless`, `crossfadeMs` and `normalize`, which apply unless they are given here. Default: an empty queue.
   */
  readonly snapshot?: QueueSnapshot<Data> | undefined;
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
  /**
   * Longest time for a node to answer a query for its player, in ms, above 0. Then a `NodeErrorEvent` reports
   * `QUERY_TIMED_OUT`, and the query is repeated. Default: 15 000.
   */
  readonly queryTimeoutMs?: number;
  /**
   * Called when the queue has run out of entries, except after `stop`, or after `maxFailures` failures in a
   * row; the entries that it returns are played. An error that it throws is reported like that of a listener.
   * Can be changed later. Default: none.
   */
  readonly autoplay?: Autoplay<Data> | undefined;
  /** Longest time for `autoplay` to return, in ms, above 0. Default: 15 000. */
  readonly autoplayTimeoutMs?: number;
  /**
   * Receives an entry for each operation, query, change of state, retry and failure, for debugging. Called
   * synchronously. Default: none.
   */
  readonly debug?: DebugHook | undefined;
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
  queryTimeoutMs: 15_000,
  autoplayTimeoutMs: 15_000,
  clock: systemClock,
} satisfies QueuePlayerOptions);

/** Options with the defaults filled in. */
export type QueuePlayerSettings<Data = unknown> = Omit<QueuePlayerOptions<Data>, "autoplay"> &
  Required<Pick<QueuePlayerOptions, keyof typeof defaultQueuePlayerOptions>>;

const ranges = {
  crossfadeMs: [0, maxCrossfadeMs],
  preloadMs: [1_000, maxTimerMs],
  retries: [0, Number.MAX_SAFE_INTEGER],
  retryDelayMs: [0, 60_000],
  maxFailures: [1, Number.MAX_SAFE_INTEGER],
  healthyMs: [0, maxTimerMs],
  startTimeoutMs: [1, maxTimerMs],
  silenceMs: [1, maxTimerMs],
  queryTimeoutMs: [1, maxTimerMs],
  autoplayTimeoutMs: [1, maxTimerMs],
  leaveAfterIdleSeconds: [0, maxTimerMs / 1_000],
  leaveAfterAloneSeconds: [0, maxTimerMs / 1_000],
} as const;

/** All options, so that misspelled ones are noticed. */
const optionNames: readonly string[] = Object.keys({
  ...defaultQueuePlayerOptions,
  autoplay: true,
  debug: true,
  leaveAfterAloneSeconds: true,
  leaveAfterIdleSeconds: true,
  snapshot: true,
} satisfies Readonly<Record<keyof QueuePlayerOptions, unknown>>).toSorted();

const types = {
  radio: "boolean",
  gapless: "boolean",
  normalize: "boolean",
  autoplay: "function",
  debug: "function",
} as const;

/**
 * Validates options and fills in those of the snapshot and the defaults.
 *
 * @throws QueueError `BAD_ARGUMENT` naming the option; `BAD_SNAPSHOT`.
 */
export function readPlayerOptions<Data>(options: QueuePlayerOptions<Data>): QueuePlayerSettings<Data> {
  checkOptions(options, optionNames);
  for (const [name, type] of Object.entries(types)) {
    const value = options[name as keyof typeof types];
    if (value !== undefined && typeof value !== type) throw argumentError(name, value, `a ${type}`);
  }
  for (const [name, [min, max]] of Object.entries(ranges)) {
    const value = options[name as keyof typeof ranges];
    if (value !== undefined && !(typeof value === "number" && value >= min && value <= max)) {
      throw argumentError(name, value, `${min} to ${max}`);
    }
  }
  const { clock = systemClock } = options;
  if (!isClock(clock)) throw argumentError("clock", typeof clock, clockInWords);
  const { radio, gapless, crossfadeMs, normalize } =
    options.snapshot !== undefined ? readSnapshot(options.snapshot) : {};
  const saved = { radio, gapless, crossfadeMs, normalize };
  return { ...defaultQueuePlayerOptions, ...omitUndefined(saved), ...omitUndefined(options) };
}

/** Returns the fields that have a value, so that the others do not replace a default. */
const omitUndefined = <Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
