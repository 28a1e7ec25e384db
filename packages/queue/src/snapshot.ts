import * as v from "valibot";
import { QueueError } from "./errors.ts";
import type { FilterTable } from "./filters.ts";
import { type LoopMode, loopModes, type QueueState } from "./queue.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const entry = v.object({
  id: count,
  track: v.object({
    track: v.string(),
    title: v.string(),
    author: v.string(),
    lengthMs: v.nullable(count),
    identifier: v.string(),
    uri: v.nullable(v.string()),
    artwork: v.nullable(v.string()),
    isSeekable: v.boolean(),
  }),
  requester: v.object({ id: v.string(), name: v.string() }),
});

const schema = v.object({
  v: v.literal(1),
  current: v.nullable(entry),
  upcoming: v.array(entry),
  history: v.array(entry),
  loop: v.custom<LoopMode>((value) => loopModes.some((mode) => mode === value)),
  positionMs: count,
  savedAtMs: count,
  preloadedId: v.nullable(count),
  paused: v.boolean(),
  volume: v.pipe(v.number(), v.minValue(0), v.maxValue(10)),
  filters: v.record(v.string(), v.record(v.string(), v.unknown())),
});

/** What of a playback outlives the program. */
export interface PlaybackState {
  /** Where the current entry was, in ms. */
  readonly positionMs: number;
  /** When this was true, in ms since 1970. */
  readonly savedAtMs: number;
  /** The entry that the node goes on with by itself at the end of the current one. */
  readonly preloadedId: number | null;
  /** Whether it was paused. */
  readonly paused: boolean;
  /** Factor, 0 to 10. */
  readonly volume: number;
  /** Settings of the filters that were on, by their names on the wire. */
  readonly filters: FilterTable;
}

/** All that a {@link QueuePlayer} needs to go on later: plain JSON, in version 1. */
export interface QueueSnapshot extends QueueState, PlaybackState {
  /** Version of this form. */
  readonly v: 1;
}

/**
 * Reads what was stored: parsed JSON.
 *
 * @throws QueueError `bad-snapshot` naming the field, or the version where it is another one.
 */
export function readSnapshot(stored: unknown): QueueSnapshot {
  const result = v.safeParse(schema, stored, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const field = v.getDotPath(issue) ?? "";
    const version = field === "v" ? `; version 1 is known, not ${String(issue.input)}` : "";
    throw new QueueError("bad-snapshot", `the field ${field || "itself"} does not fit${version}`);
  }
  const { current, upcoming, history } = result.output;
  const ids = [...upcoming, ...history, ...(current ? [current] : [])].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) throw new QueueError("bad-snapshot", "two entries have the same id");
  return result.output;
}
