import * as v from "valibot";
import {
  type FieldsIn,
  type FieldsOut,
  finite,
  jsonObject,
  maybe,
  milliseconds,
  object,
  percent,
  recordOf,
} from "./schema.ts";

/** What one operation of a client is. */
export interface OperationDefinition {
  /** Whether it needs a guild and a user. */
  readonly guild: boolean;
  /** Fields beside `op`, `guildId` and `userId`. */
  readonly fields: v.ObjectEntries;
  /** Whether the node answers with a player update. */
  readonly answersPlayer: boolean;
}

const define = <const Definition extends OperationDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

const playerOperation = <const Fields extends v.ObjectEntries>(fields: Fields) =>
  define({ guild: true, answersPlayer: true, fields });

/** The longest fade between two tracks, in ms. */
const maxCrossfadeMs = 15_000;

const pause = maybe(v.boolean());
const volume = maybe(percent);
const time = maybe(milliseconds);
/** Kept as it came: {@link readFilterUpdates} reads it when the steps before have been applied. */
const filters = maybe(jsonObject);

const span = {
  /** ms; 0 means from the position in the encoded track. */
  start: time,
  /** Read where `start` is not given. */
  startTime: time,
  /** ms; 0 means none. */
  end: time,
  /** Read where `end` is not given. */
  endTime: time,
};

const play = {
  track: v.string(),
  ...span,
  pause,
  volume,
  noReplace: v.nullish(v.boolean(), false),
  /** The player runs without a voice connection; an addition to the original protocol. */
  radio: v.nullish(v.boolean(), false),
  /** The track waits for the end of the one that plays and follows it without a gap; an addition. */
  next: v.nullish(v.boolean(), false),
  /** ms of the fade from the track before it, from 0 to 15,000; an addition. */
  crossfade: v.pipe(
    v.nullish(finite, 0),
    v.transform((value) => Math.min(Math.max(Math.trunc(value), 0), maxCrossfadeMs)),
  ),
  /** The loudness of the track is brought to that of others; an addition. */
  normalize: v.nullish(v.boolean(), false),
};

const update = { pause, position: time, volume, filters };

const mixerEntry = object({
  pause,
  volume,
  /** Absent: keep the track; null: stop; text: play it. */
  track: v.optional(v.nullable(v.string())),
  ...span,
  position: time,
  filters,
});

const voiceServerUpdate = define({
  guild: true,
  answersPlayer: false,
  fields: {
    /** Voice session of the bot in the guild; needed where there is an endpoint. */
    sessionId: maybe(v.string()),
    /** Body of Discord's dispatch. Without an endpoint the whole operation is to be ignored. */
    event: maybe(v.looseObject({ endpoint: maybe(v.string()), token: maybe(v.string()) })),
    /** The voice channel, which end-to-end encryption needs; an addition to the original protocol. */
    channelId: maybe(v.string()),
  },
});

/** Every operation that a client can send. Volumes are percent, times ms; null counts as absent. */
export const operations = {
  "voice-server-update": voiceServerUpdate,
  /** Lavalink's name of `voice-server-update`. */
  voiceUpdate: voiceServerUpdate,
  play: playerOperation(play),
  mixer: playerOperation({
    enable: maybe(v.boolean()),
    players: v.nullish(recordOf(mixerEntry), () => ({})),
  }),
  stop: playerOperation({}),
  /** Without a field it resumes. */
  pause: playerOperation({ pause: v.nullish(v.boolean(), false) }),
  seek: playerOperation({ position: v.nullish(milliseconds, 0) }),
  volume: playerOperation({ volume: v.nullish(percent, 100) }),
  /** The filters stand in the payload itself, which is to be read with {@link readFilterUpdates}. */
  filters: playerOperation({}),
  /** Lavalink's shorthand for `filters`: the settings of the equalizer stand in the payload itself. */
  equalizer: playerOperation({}),
  update: playerOperation(update),
  destroy: playerOperation({}),
  "get-player": playerOperation({}),
  "get-stats": define({ guild: false, answersPlayer: false, fields: {} }),
  /** Comes back as `pong` with whatever else it held. */
  ping: define({ guild: false, answersPlayer: false, fields: {} }),
  /** How long, in ms, events are kept after this connection is lost; 0 keeps none. */
  "event-buffer": define({
    guild: false,
    answersPlayer: false,
    fields: {
      timeout: v.pipe(
        v.nullish(finite, 0),
        v.transform((value) => Math.max(0, Math.trunc(value))),
      ),
    },
  }),
} as const;

/** Name of an operation, as it travels in `op`. */
export type OperationName = keyof typeof operations;

/** Whether a text is the name of an operation. */
export const isOperationName = (name: string): name is OperationName => Object.hasOwn(operations, name);

/** The fields of an operation after validation. */
export type OperationFields<Name extends OperationName> = FieldsOut<(typeof operations)[Name]["fields"]>;
/** What a client writes into an operation, beside `op` and `guildId`. */
export type OperationInput<Name extends OperationName> = FieldsIn<(typeof operations)[Name]["fields"]>;

/** The settings of one mixer player in a `mixer` operation after validation. */
export type MixerEntry = v.InferOutput<typeof mixerEntry>;

/** Where a track starts and ends, in ms, from a field or its alias; 0 where neither is given. */
export function readSpan(fields: {
  readonly start?: number | undefined;
  readonly startTime?: number | undefined;
  readonly end?: number | undefined;
  readonly endTime?: number | undefined;
}): { readonly start: number; readonly end: number } {
  return { start: fields.start ?? fields.startTime ?? 0, end: fields.end ?? fields.endTime ?? 0 };
}
