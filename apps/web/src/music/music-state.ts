import * as v from "@asterite/util/schema";

const text = v.stringOf(0, 1000);
const ms = v.numberOf(0, Number.MAX_VALUE);
const address = v.stringOf(0, 4000);

const track = v.object({
  title: text,
  author: text,
  /** Null for a live stream. */
  lengthMs: v.nullable(ms),
  uri: v.nullable(address),
  artwork: v.nullable(address),
});

const queued = v.object({
  title: text,
  author: text,
  lengthMs: v.nullable(ms),
  /** Name of the user who requested the track. */
  by: text,
});

const player = v.object({
  /** Null when the player is idle. */
  track: v.nullable(track),
  positionMs: ms,
  /** Unix time in ms, on the bot's clock, at which `positionMs` was measured. */
  at: v.number,
  paused: v.boolean,
  /** Volume in percent; 100 is the original volume. */
  volume: v.numberOf(0, 1000),
});

/** Default for bots that publish no player. */
const idle: v.OutputOf<typeof player> = { track: null, positionMs: 0, at: 0, paused: false, volume: 100 };

/** State that a music bot publishes in a channel under the key `music`, specified in docs/music-state.md. */
const musicState = v.object({
  v: v.oneOf(1),
  player: v.transform(v.nullable(player), (given) => given ?? idle),
  queue: v.array(queued, 1000),
  /** Queue length, if the bot publishes only the first entries. */
  queueLength: v.optional(v.integer(0)),
  /** Stream URL: a path of the server starting with `/listen/`, an http or https URL, or null. */
  listen: v.nullable(address),
});

/** Current track and queue of a channel. */
export type MusicState = v.OutputOf<typeof musicState>;

/** Channel state key of the music state. */
export const musicKey = "music";

/** Parses a published value; undefined if it is not a valid music state. */
export function parseMusic(value: unknown): MusicState | undefined {
  const state = musicState(value);
  return state instanceof v.Mismatch ? undefined : state;
}
