import * as v from "@asterite/util/schema";
import type { QueueEntry, QueueTrack } from "./entry.ts";
import { QueueError, requireFunction } from "./errors.ts";
import { type FilterTable, findFilterProblem } from "./filters.ts";
import { isMixerSnapshot, type MixerSnapshot } from "./mixer-recorder.ts";
import { loopModes, type QueueState } from "./queue.ts";

/** Longest crossfade that nodes support, in ms. */
export const maxCrossfadeMs = 15_000;

const natural = v.integer(0);

const track = v.object({
  track: v.string,
  title: v.string,
  author: v.string,
  lengthMs: v.nullable(natural),
  identifier: v.string,
  uri: v.nullable(v.string),
  artwork: v.nullable(v.string),
  isSeekable: v.boolean,
});

const entry = v.object({
  id: natural,
  track,
  requester: v.object({ id: v.string, name: v.string }),
  userData: v.optional(v.unknown),
});

const filterTable = v.record(v.record(v.unknown));
const filters: v.Schema<FilterTable> = (value) => {
  const table = filterTable(value);
  return table instanceof v.Mismatch || findFilterProblem(table) === undefined
    ? table
    : new v.Mismatch("filters of the node");
};

const schema = v.object({
  v: v.oneOf(1),
  current: v.nullable(entry),
  upcoming: v.array(entry),
  history: v.array(entry),
  loop: v.oneOf(...loopModes),
  positionMs: natural,
  savedAtMs: natural,
  preloadedId: v.nullable(natural),
  paused: v.boolean,
  volume: v.numberOf(0, 10),
  filters: filters,
  radio: v.optional(v.boolean),
  gapless: v.optional(v.boolean),
  crossfadeMs: v.optional(v.numberOf(0, maxCrossfadeMs)),
  normalize: v.optional(v.boolean),
  mixer: v.optional(v.matching<MixerSnapshot>("a mixer", isMixerSnapshot)),
});

/** State of the playback that a snapshot holds. */
export interface PlaybackState {
  /** Position in the current entry, in ms. */
  readonly positionMs: number;
  /** Time at which the snapshot was taken, in ms since 1970. */
  readonly savedAtMs: number;
  /** Id of the entry that is preloaded on the node; null for none. */
  readonly preloadedId: number | null;
  /** Whether playback was paused. */
  readonly paused: boolean;
  /** Volume as a factor, 0 to 10. */
  readonly volume: number;
  /** Settings of the active filters by their names on the wire. */
  readonly filters: FilterTable;
  /** See `QueuePlayerOptions`; absent in snapshots of earlier versions, like the fields below. */
  readonly radio?: boolean | undefined;
  /** Whether the next track is sent before the current one ends. */
  readonly gapless?: boolean | undefined;
  /** Length of the crossfade between two tracks, in ms. */
  readonly crossfadeMs?: number | undefined;
  /** Whether the loudness is normalized. */
  readonly normalize?: boolean | undefined;
  /** Mixer of the player; absent without tracks in it. */
  readonly mixer?: MixerSnapshot | undefined;
}

/**
 * Serializable state of a {@link QueuePlayer}, from which another process can resume: plain JSON, version 1.
 */
export interface QueueSnapshot<Data = unknown> extends QueueState<Data>, PlaybackState {
  /** Version of the format. */
  readonly v: 1;
}

/**
 * Validates a stored track, given as parsed JSON, such as one of a saved playlist.
 *
 * @throws QueueError `BAD_SNAPSHOT` naming the invalid field.
 */
export function readTrack(stored: unknown): QueueTrack {
  const value = track(stored);
  if (!(value instanceof v.Mismatch)) return value;
  throw new QueueError("BAD_SNAPSHOT", value.field ? `invalid field ${value.field}` : "not an object");
}

/**
 * Validates a stored snapshot, given as parsed JSON. User data is not validated.
 *
 * @throws QueueError `BAD_SNAPSHOT` naming the invalid field, or the version if it is not supported.
 */
export function readSnapshot(stored: unknown): QueueSnapshot;
/**
 * Validates a stored snapshot, given as parsed JSON.
 *
 * @param readUserData - Validates the user data of an entry, and throws if it is invalid.
 * @throws QueueError `BAD_SNAPSHOT` naming the invalid field, or the version if it is not supported.
 */
export function readSnapshot<Data>(
  stored: unknown,
  readUserData: (value: unknown) => Data,
): QueueSnapshot<Data>;
export function readSnapshot<Data>(
  stored: unknown,
  readUserData: (value: unknown) => Data,
): QueueSnapshot<Data>;
export function readSnapshot<Data>(
  stored: unknown,
  readUserData?: (value: unknown) => Data,
): QueueSnapshot | QueueSnapshot<Data> {
  const snapshot = schema(stored);
  if (snapshot instanceof v.Mismatch) {
    const { field } = snapshot;
    if (field === "v") {
      const version = String(Reflect.get(Object(stored), "v"));
      throw new QueueError("BAD_SNAPSHOT", `v is ${version}; supported version: 1`);
    }
    throw new QueueError("BAD_SNAPSHOT", field ? `invalid field ${field}` : "not an object");
  }
  const { current, upcoming, history } = snapshot;
  const ids = [...upcoming, ...history, ...(current ? [current] : [])].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) throw new QueueError("BAD_SNAPSHOT", "two entries have the same id");
  if (readUserData === undefined) return snapshot;
  requireFunction("readUserData", readUserData);
  const read = (entry: QueueEntry): QueueEntry<Data> => readEntry(entry, readUserData);
  return {
    ...snapshot,
    current: current && read(current),
    upcoming: upcoming.map(read),
    history: history.map(read),
  };
}

function readEntry<Data>(
  { userData, ...entry }: QueueEntry,
  readUserData: (value: unknown) => Data,
): QueueEntry<Data> {
  if (userData === undefined) return entry;
  try {
    return { ...entry, userData: readUserData(userData) };
  } catch (cause) {
    throw new QueueError("BAD_SNAPSHOT", `invalid userData of entry ${entry.id}: ${String(cause)}`, {
      cause,
    });
  }
}
