import * as v from "valibot";

const text = v.pipe(v.string(), v.maxLength(1000));
const ms = v.pipe(v.number(), v.finite(), v.minValue(0));
const address = v.pipe(v.string(), v.maxLength(4000));

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
  at: v.pipe(v.number(), v.finite()),
  paused: v.boolean(),
  /** Volume in percent; 100 is the original volume. */
  volume: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1000)),
});

/** Default for bots that publish no player. */
const idle: v.InferOutput<typeof player> = { track: null, positionMs: 0, at: 0, paused: false, volume: 100 };

/** State that a music bot publishes in a channel under the key `music`, specified in docs/music-state.md. */
const musicState = v.object({
  v: v.literal(1),
  player: v.pipe(
    v.nullable(player),
    v.transform((given) => given ?? idle),
  ),
  queue: v.pipe(v.array(queued), v.maxLength(1000)),
  /** Queue length, if the bot publishes only the first entries. */
  queueLength: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Stream URL: a path of the server starting with `/listen/`, an http or https URL, or null. */
  listen: v.nullable(address),
});

/** Current track and queue of a channel. */
export type MusicState = v.InferOutput<typeof musicState>;

/** Channel state key of the music state. */
export const musicKey = "music";

/** Parses a published value; undefined if it is not a valid music state. */
export function parseMusic(value: unknown): MusicState | undefined {
  const parsed = v.safeParse(musicState, value);
  return parsed.success ? parsed.output : undefined;
}
