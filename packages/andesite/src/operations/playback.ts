import { fromCenti, fromMilli, readSpan } from "@asterite/andesite-protocol";
import { InvalidTypeError } from "../errors.ts";
import {
  convertGiven,
  factorToRaw,
  type Optional,
  omitNull,
  readFields,
  requireBoolean,
  SendOperation,
  secondsToRaw,
} from "./send-operation.ts";

/** Options of {@link Play}. */
export interface PlayOptions {
  /** Where to start, in seconds. Default: where the encoded track says. */
  readonly start?: Optional<number>;
  /** Where to end, in seconds. Default: at its end. */
  readonly end?: Optional<number>;
  /** Whether the player is paused. Default: as it is. */
  readonly pause?: Optional<boolean>;
  /** Volume of the player as a factor; nodes accept 0 to 10. Default: as it is. */
  readonly volume?: Optional<number>;
  /** Leaves a track that is playing or paused alone. Default: false. */
  readonly noReplace?: Optional<boolean>;
  // What follows are additions, which only Asterite's nodes know; others ignore them.
  /** Plays in real time without a voice connection, for listeners over HTTP. Default: false. */
  readonly radio?: Optional<boolean>;
  /** Waits for the end of the track that plays, and follows it without a gap. Default: false. */
  readonly next?: Optional<boolean>;
  /** How long the track before is faded into this one, in seconds, 0 to 15. Default: 0, a plain cut. */
  readonly crossfade?: Optional<number>;
  /** Brings the loudness of the track to that of others. Default: false. */
  readonly normalize?: Optional<boolean>;
}

/** Plays a track. */
export class Play extends SendOperation {
  readonly op = "play";
  /** Base64. Null stops a mixer player, and has no meaning elsewhere. */
  readonly track: string | null;
  /** Where to start, in seconds; null for the position in the encoded track. */
  readonly start: number | null;
  /** Where to end, in seconds; null for the end of the track. */
  readonly end: number | null;
  /** Whether to start paused; null leaves the player as it is. */
  readonly pause: boolean | null;
  /** Factor; null leaves the player as it is. */
  readonly volume: number | null;
  /** Whether a track that is loaded already stays. */
  readonly noReplace: boolean;
  /** Whether to play without a voice connection; only Asterite's nodes know this and what follows. */
  readonly radio: boolean;
  /** Whether to follow the track that plays. */
  readonly next: boolean;
  /** Length of the fade from the track before, in seconds. */
  readonly crossfade: number;
  /** Whether to bring the loudness to that of other tracks. */
  readonly normalize: boolean;

  /** @throws InvalidTypeError when the track is neither text nor null. */
  constructor(track: string | null, options?: PlayOptions | null) {
    super();
    if (typeof track !== "string" && track !== null) throw new InvalidTypeError("track", "a string or null");
    this.track = track;
    this.start = options?.start ?? null;
    this.end = options?.end ?? null;
    this.pause = options?.pause ?? null;
    this.volume = options?.volume ?? null;
    this.noReplace = options?.noReplace ?? false;
    this.radio = options?.radio ?? false;
    this.next = options?.next ?? false;
    this.crossfade = options?.crossfade ?? 0;
    this.normalize = options?.normalize ?? false;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Play {
    const { track, ...fields } = readFields("play", raw);
    return new Play(track, readPlayOptions(fields));
  }

  /** @throws InvalidTypeError, OutOfRangeError naming the field that cannot be sent. */
  override toRaw(): Record<string, unknown> {
    return {
      track: this.track,
      ...omitNull({
        start: convertGiven(secondsToRaw, "start", this.start),
        end: convertGiven(secondsToRaw, "end", this.end),
        pause: convertGiven(requireBoolean, "pause", this.pause),
        volume: convertGiven(factorToRaw, "volume", this.volume),
      }),
      noReplace: requireBoolean("noReplace", this.noReplace),
      // Left out unless they are wanted, so that other nodes never see them.
      ...omitNull({
        radio: requireBoolean("radio", this.radio) || null,
        next: requireBoolean("next", this.next) || null,
        crossfade: secondsToRaw("crossfade", this.crossfade) || null,
        normalize: requireBoolean("normalize", this.normalize) || null,
      }),
    };
  }
}

/** The options of fields on the wire, where 0 means that a time is not given. */
export function readPlayOptions(
  fields: Parameters<typeof readSpan>[0] & {
    readonly pause?: boolean | undefined;
    readonly volume?: number | undefined;
    readonly noReplace?: boolean | undefined;
    readonly radio?: boolean | undefined;
    readonly next?: boolean | undefined;
    readonly crossfade?: number | undefined;
    readonly normalize?: boolean | undefined;
  },
): PlayOptions {
  const { start, end } = readSpan(fields);
  return {
    start: fromMilli(start) || null,
    end: fromMilli(end) || null,
    pause: fields.pause,
    volume: fromCenti(fields.volume),
    noReplace: fields.noReplace,
    radio: fields.radio,
    next: fields.next,
    crossfade: fromMilli(fields.crossfade),
    normalize: fields.normalize,
  };
}

/** Pauses or resumes. */
export class Pause extends SendOperation {
  readonly op = "pause";
  /** Whether to pause, or to go on. */
  readonly pause: boolean;

  constructor(pause: boolean) {
    super();
    this.pause = pause;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Pause {
    return new Pause(readFields("pause", raw).pause);
  }

  /** @throws InvalidTypeError */
  override toRaw(): Record<string, unknown> {
    return { pause: requireBoolean("pause", this.pause) };
  }
}

/** Stops the track. */
export class Stop extends SendOperation {
  readonly op = "stop";

  override toRaw(): Record<string, unknown> {
    return {};
  }
}

/** Ends the player. */
export class Destroy extends SendOperation {
  readonly op = "destroy";

  override toRaw(): Record<string, unknown> {
    return {};
  }
}

/** Goes to a position of the track. */
export class Seek extends SendOperation {
  readonly op = "seek";
  /** Seconds. */
  readonly position: number;

  constructor(position: number) {
    super();
    this.position = position;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Seek {
    return new Seek(fromMilli(readFields("seek", raw).position));
  }

  /** @throws InvalidTypeError, OutOfRangeError */
  override toRaw(): Record<string, unknown> {
    return { position: secondsToRaw("position", this.position) };
  }
}

/** Sets the volume of the player. */
export class Volume extends SendOperation {
  readonly op = "volume";
  /** Factor; nodes accept 0 to 10. */
  readonly volume: number;

  constructor(volume: number) {
    super();
    this.volume = volume;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Volume {
    return new Volume(fromCenti(readFields("volume", raw).volume));
  }

  /** @throws InvalidTypeError, OutOfRangeError */
  override toRaw(): Record<string, unknown> {
    return { volume: factorToRaw("volume", this.volume) };
  }
}
