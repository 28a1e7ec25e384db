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
  /** Name of whoever asked for it. */
  by: text,
});

const player = v.object({
  /** Null when nothing is playing. */
  track: v.nullable(track),
  positionMs: ms,
  /** When the position was right, as Unix time in milliseconds by the clock of whoever wrote it. */
  at: v.pipe(v.number(), v.finite()),
  paused: v.boolean(),
  /** Percent; 100 is as recorded. */
  volume: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1000)),
});

/** What a bot is that says nothing about its player. */
const idle: v.InferOutput<typeof player> = { track: null, positionMs: 0, at: 0, paused: false, volume: 100 };

/** What a music bot publishes in a channel under the key `music`; docs/music-state.md is the contract. */
const musicState = v.object({
  v: v.literal(1),
  player: v.pipe(
    v.nullable(player),
    v.transform((given) => given ?? idle),
  ),
  queue: v.pipe(v.array(queued), v.maxLength(1000)),
  /** How many wait, where the bot publishes only the first of them. */
  queueLength: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Where to listen: a path of the server beginning with `/listen/`, an http or https address, or null. */
  listen: v.nullable(address),
});

/** What is playing in a channel, and what comes after it. */
export type MusicState = v.InferOutput<typeof musicState>;

/** The key under which bots publish it. */
export const musicKey = "music";

/** Reads a published value; undefined for anything that is not music. */
export function parseMusic(value: unknown): MusicState | undefined {
  const parsed = v.safeParse(musicState, value);
  return parsed.success ? parsed.output : undefined;
}
