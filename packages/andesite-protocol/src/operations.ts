import type { FieldsIn, FieldsOut, OutputOf } from "@asterite/util/schema";
import * as v from "@asterite/util/schema";
import {
  boolean,
  converted,
  count,
  described,
  type Fields,
  finite,
  flag,
  jsonObject,
  maybe,
  milliseconds,
  object,
  optionalString,
  orDefault,
  percent,
  recordOf,
  string,
} from "./schema.ts";

/** Definition of an operation of a client. */
export interface OperationDefinition {
  /** Whether a guild id and a user id are required. */
  readonly guild: boolean;
  /** Schemas of the fields besides `op`, `guildId` and `userId`. */
  readonly fields: Fields;
  /** Whether the node replies with a player update. */
  readonly repliesWithPlayer: boolean;
}

const define = <const Definition extends OperationDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

const playerOperation = <const Entries extends Fields>(fields: Entries) =>
  define({ guild: true, repliesWithPlayer: true, fields });

/** Maximum duration of a crossfade, in ms. */
const maxCrossfadeMs = 15_000;

const pause = maybe(boolean);
const volume = maybe(percent);
const time = maybe(milliseconds);
/** Unvalidated; {@link readFilterUpdates} reads it after the preceding steps were applied. */
const filters = maybe(jsonObject);

const span = {
  /** Start position in ms; 0 means the position in the encoded track. */
  start: time,
  /** Alias of `start`. */
  startTime: time,
  /** End position in ms; 0 means none. */
  end: time,
  /** Alias of `end`. */
  endTime: time,
};

const play = {
  track: string,
  ...span,
  pause,
  volume,
  noReplace: flag,
  /** Extension: plays without a voice connection. */
  radio: flag,
  /** Extension: queues the track as the next one, which starts without a gap. */
  next: flag,
  /** Extension: duration of the crossfade from the previous track, 0 to 15,000 ms. */
  crossfade: converted(count, (value) => Math.min(Math.max(Math.trunc(value), 0), maxCrossfadeMs)),
  /** Extension: normalizes the loudness of the track. */
  normalize: flag,
};

const update = { pause, position: time, volume, filters };

const mixerEntry = object({
  pause,
  volume,
  /** Absent: keep the track; null: stop it; string: play this track. */
  track: described(v.optional(v.nullable(string)), { anyOf: [string.json, { type: "null" }] }),
  ...span,
  position: time,
  filters,
});

const knownKeys = object({ endpoint: optionalString, token: optionalString });
/** Body of a dispatch with all of its keys. */
const dispatch = described<Record<string, unknown> & OutputOf<typeof knownKeys>, Record<string, unknown>>(
  (value) => {
    const known = knownKeys(value);
    if (known instanceof v.Mismatch) return known;
    const { endpoint, token } = known;
    return { ...(value as object), endpoint, token };
  },
  knownKeys.json,
);

const voiceServerUpdate = define({
  guild: true,
  repliesWithPlayer: false,
  fields: {
    /** Voice session id of the bot in the guild; required if there is an endpoint. */
    sessionId: optionalString,
    /** Body of Discord's dispatch. Without an endpoint the operation is ignored. */
    event: maybe(dispatch),
    /** Extension: id of the voice channel, required for end-to-end encryption. */
    channelId: optionalString,
  },
});

/** Definitions of all operations. Volumes are in percent, times in ms; null is treated as absent. */
export const operations = {
  "voice-server-update": voiceServerUpdate,
  /** Lavalink's name for `voice-server-update`. */
  voiceUpdate: voiceServerUpdate,
  play: playerOperation(play),
  mixer: playerOperation({
    enable: maybe(boolean),
    players: orDefault(recordOf(mixerEntry), (): Record<string, MixerEntry> => ({})),
  }),
  stop: playerOperation({}),
  /** Resumes when `pause` is absent. */
  pause: playerOperation({ pause: flag }),
  seek: playerOperation({ position: orDefault(milliseconds, () => 0) }),
  volume: playerOperation({ volume: orDefault(percent, () => 100) }),
  /** The filters are fields of the payload itself; read it with {@link readFilterUpdates}. */
  filters: playerOperation({}),
  /** Lavalink's shorthand for `filters`: the equalizer settings are fields of the payload itself. */
  equalizer: playerOperation({}),
  update: playerOperation(update),
  destroy: playerOperation({}),
  "get-player": playerOperation({}),
  "get-stats": define({ guild: false, repliesWithPlayer: false, fields: {} }),
  /** The node replies with `pong` and all other fields of the payload. */
  ping: define({ guild: false, repliesWithPlayer: false, fields: {} }),
  /** Time that events are buffered after this connection is lost, in ms; 0 disables the buffer. */
  "event-buffer": define({
    guild: false,
    repliesWithPlayer: false,
    fields: {
      timeout: converted(count, (value) => Math.max(0, Math.trunc(value))),
    },
  }),
  /** Lavalink 3: buffers events as `event-buffer` does, for a connection that names the key; null disables it. */
  configureResuming: define({
    guild: false,
    repliesWithPlayer: false,
    fields: {
      key: optionalString,
      /** Seconds. Default 60. */
      timeout: orDefault(finite, () => 60),
    },
  }),
} as const;

/** Name of an operation on the wire, in the field `op`. */
export type OperationName = keyof typeof operations;

/** Returns whether a string is the name of a known operation. */
export const isOperationName = (name: string): name is OperationName => Object.hasOwn(operations, name);

/** Fields of an operation after validation. */
export type OperationFields<Name extends OperationName> = FieldsOut<(typeof operations)[Name]["fields"]>;
/** Fields of an operation as a client writes them, besides `op` and `guildId`. */
export type OperationInput<Name extends OperationName> = FieldsIn<(typeof operations)[Name]["fields"]>;

/** Settings of one mixer player in a `mixer` operation, after validation. */
export type MixerEntry = OutputOf<typeof mixerEntry>;

/** Returns start and end of a track in ms, from the fields or their aliases; 0 when absent. */
export function readSpan(fields: {
  readonly start?: number | undefined;
  readonly startTime?: number | undefined;
  readonly end?: number | undefined;
  readonly endTime?: number | undefined;
}): { readonly start: number; readonly end: number } {
  return { start: fields.start ?? fields.startTime ?? 0, end: fields.end ?? fields.endTime ?? 0 };
}
