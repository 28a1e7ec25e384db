import { fromCenti, fromMilli, readSpan } from "@asterite/andesite-protocol";
import { requireKnownOptions } from "../checks.ts";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";
import {
  convertGiven,
  type Optional,
  omitNull,
  readFields,
  requireBoolean,
  requireJson,
  SendOperation,
  secondsToRaw,
  volumeToRaw,
} from "./send-operation.ts";

/** Options of {@link Play}. */
export interface PlayOptions {
  /** Start position in seconds. Default: the position in the encoded track. */
  readonly start?: Optional<number>;
  /** End position in seconds. Default: the end of the track. */
  readonly end?: Optional<number>;
  /** Whether the player is paused. Default: unchanged. */
  readonly pause?: Optional<boolean>;
  /** Volume of the player as a factor; 0 to 10. Default: unchanged. */
  readonly volume?: Optional<number>;
  /** Ignores the operation when the player has a track already. Default: false. */
  readonly noReplace?: Optional<boolean>;
  // Extensions of Asterite's nodes; other nodes ignore the fields below.
  /** Plays in real time without a voice connection, for HTTP listeners. Default: false. */
  readonly radio?: Optional<boolean>;
  /**
   * Queues the track as the next one, which starts without a gap when the current track ends. Default: false.
   */
  readonly next?: Optional<boolean>;
  /** Duration of the crossfade from the previous track, in seconds, 0 to 15. Default: 0, none. */
  readonly crossfade?: Optional<number>;
  /** Normalizes the loudness of the track. Default: false. */
  readonly normalize?: Optional<boolean>;
  /**
   * Data of the application about the track, any JSON value. It stays in this library: events of the track
   * have it, and states store it with the player. Default: null.
   */
  readonly userData?: unknown;
}

const playOptions: readonly (keyof PlayOptions)[] = [
  "start",
  "end",
  "pause",
  "volume",
  "noReplace",
  "radio",
  "next",
  "crossfade",
  "normalize",
  "userData",
];

/** Maximum duration of a crossfade in seconds. */
const maxCrossfade = 15;

/** Operation that plays a track. */
export class Play extends SendOperation {
  readonly op = "play";
  /** Encoded track in base64. Null, which is valid only for a mixer player, stops it. */
  readonly track: string | null;
  /** Start position in seconds; null for the position in the encoded track. */
  readonly start: number | null;
  /** End position in seconds; null for the end of the track. */
  readonly end: number | null;
  /** Whether the player is paused; null leaves it unchanged. */
  readonly pause: boolean | null;
  /** Volume as a factor; null leaves it unchanged. */
  readonly volume: number | null;
  /** Whether to ignore the operation when the player has a track already. */
  readonly noReplace: boolean;
  /**
   * Whether to play without a voice connection. This field and the following ones are extensions of
   * Asterite's nodes.
   */
  readonly radio: boolean;
  /** Whether to queue the track as the next one. */
  readonly next: boolean;
  /** Duration of the crossfade from the previous track, in seconds. */
  readonly crossfade: number;
  /** Whether to normalize the loudness. */
  readonly normalize: boolean;
  /** Data of the application about the track, a JSON value; null for none. Nodes do not receive it. */
  readonly userData: unknown;

  /** @throws InvalidTypeError when the track is neither a string nor null, or for an unknown option. */
  constructor(track: string | null, options?: PlayOptions | null) {
    super();
    if (typeof track !== "string" && track !== null) {
      throw new InvalidTypeError("track", "a string or null", { value: track });
    }
    requireKnownOptions("", options, playOptions);
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
    this.userData = options?.userData ?? null;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Play {
    const { track, ...fields } = readFields("play", raw);
    // Not defined by the protocol, because nodes never receive it.
    const { userData } = raw as { readonly userData?: unknown };
    return new Play(track, { ...readPlayOptions(fields), userData });
  }

  /** @throws InvalidTypeError, OutOfRangeError naming the field that cannot be sent. */
  override toRaw(): Record<string, unknown> {
    const { start, end, crossfade } = this;
    if (end !== null && end <= (start ?? 0)) {
      throw new OutOfRangeError("end", `after the start, ${start ?? 0} s`, { value: end });
    }
    if (crossfade > maxCrossfade) {
      throw new OutOfRangeError("crossfade", `from 0 to ${maxCrossfade} s`, { value: crossfade });
    }
    return {
      track: this.track,
      ...omitNull({
        start: convertGiven(secondsToRaw, "start", start),
        end: convertGiven(secondsToRaw, "end", end),
        pause: convertGiven(requireBoolean, "pause", this.pause),
        volume: convertGiven(volumeToRaw, "volume", this.volume),
      }),
      noReplace: requireBoolean("noReplace", this.noReplace),
      // Sent only when set, so that other nodes never receive the extensions.
      ...omitNull({
        radio: requireBoolean("radio", this.radio) || null,
        next: requireBoolean("next", this.next) || null,
        crossfade: secondsToRaw("crossfade", this.crossfade) || null,
        normalize: requireBoolean("normalize", this.normalize) || null,
        userData: requireJson("userData", this.userData),
      }),
    };
  }
}

/** Converts fields of the wire, where a time of 0 means "not given", to options. */
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

/** Operation that pauses or resumes a player. */
export class Pause extends SendOperation {
  readonly op = "pause";
  /** True pauses, false resumes. */
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

/** Operation that stops the current track. */
export class Stop extends SendOperation {
  readonly op = "stop";

  override toRaw(): Record<string, unknown> {
    return {};
  }
}

/** Operation that destroys a player. */
export class Destroy extends SendOperation {
  readonly op = "destroy";

  override toRaw(): Record<string, unknown> {
    return {};
  }
}

/** Operation that seeks to a position. */
export class Seek extends SendOperation {
  readonly op = "seek";
  /** Position in seconds. */
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

/** Operation that sets the volume of a player. */
export class Volume extends SendOperation {
  readonly op = "volume";
  /** Volume as a factor; 0 to 10. */
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
    return { volume: volumeToRaw("volume", this.volume) };
  }
}
