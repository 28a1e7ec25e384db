import { TrackFormatError } from "./errors.ts";

/** Layout version of a message. Version 1 has no `uri`; only version 3 has `artworkUrl` and `isrc`. */
export type TrackVersion = 1 | 2 | 3;

/** Newest version, written by lavaplayer 2. */
export const latestVersion = 3;
/** Version that is written by default: all nodes and clients can read it. */
export const defaultVersion = 2;

/** Length of streams and of tracks with unknown length, in ms. */
export const unknownLengthMs = 2n ** 63n - 1n;

/** Container format of an `http` or `local` track, as detected by the node. */
export interface Probe {
  /** Name of the container, such as `mp3` or `matroska/webm`; must not contain `|`. */
  readonly name: string;
  /** Additional parameters of the container's reader; null differs from the empty string. */
  readonly parameters: string | null;
}

/** Source of a track with its data in the message. */
export interface TrackSource {
  /** Name of the source, such as `youtube`. */
  readonly name: string;
  /** Probe of `http` and `local` tracks; null for other sources. */
  readonly probe: Probe | null;
  /** Opaque bytes of a source that is not built into lavaplayer; written back unchanged. */
  readonly details: Uint8Array;
}

/** Input of {@link TrackInfo}. */
export interface TrackInfoInit {
  /** Title from the source. */
  readonly title: string;
  /** Artist or channel. */
  readonly author: string;
  /** Length in ms. Ignored if `duration` is given. Default: unknown. */
  readonly lengthMs?: bigint | number | null | undefined;
  /** Length in seconds, rounded to ms; takes precedence over `lengthMs`. */
  readonly duration?: number | null | undefined;
  /** Identifier of the track at its source. */
  readonly identifier: string;
  /** Whether the track is a live stream without an end. Default: false. */
  readonly isStream?: boolean | null | undefined;
  /** URI of the track; not written in version 1. Default: none. */
  readonly uri?: string | null | undefined;
  /** URL of the artwork; written only in version 3. Default: none. */
  readonly artworkUrl?: string | null | undefined;
  /** International Standard Recording Code; written only in version 3. Default: none. */
  readonly isrc?: string | null | undefined;
}

/** Input of {@link Track}. A {@link Track} is valid input as well. */
export interface TrackInit {
  /** Layout version. Default: {@link defaultVersion}. */
  readonly version?: TrackVersion | null | undefined;
  /** The two flag bits of the header; without bit 0 only version 1 can be written. Default: 1. */
  readonly flags?: number | null | undefined;
  /** Metadata of the track. */
  readonly info: TrackInfoInit;
  /** Source; a string is the name of a source without details. */
  readonly source:
    | string
    | {
        readonly name: string;
        readonly probe?: Probe | null | undefined;
        readonly details?: Uint8Array | null | undefined;
      };
  /** Start position in ms. Default: 0. */
  readonly positionMs?: bigint | number | null | undefined;
  /** Start position in seconds, rounded to ms; takes precedence over `positionMs`. */
  readonly position?: number | null | undefined;
}

/** Metadata of a track. */
export class TrackInfo {
  /** Title from the source. */
  readonly title: string;
  /** Artist or channel. */
  readonly author: string;
  /**
   * Exact length in ms; {@link unknownLengthMs} for streams. May be any 64-bit integer that an encoder wrote.
   */
  readonly lengthMs: bigint;
  /** Identifier of the track at its source. */
  readonly identifier: string;
  /** Whether the track is a live stream without an end. */
  readonly isStream: boolean;
  /** URI of the track; null in version 1 and when the source has none. */
  readonly uri: string | null;
  /** URL of the artwork; null before version 3. */
  readonly artworkUrl: string | null;
  /** International Standard Recording Code; null before version 3. */
  readonly isrc: string | null;

  /** @throws TrackFormatError `INTEGER_RANGE` when the length is not a whole number of ms. */
  constructor(init: TrackInfoInit) {
    this.title = init.title;
    this.author = init.author;
    this.lengthMs = readMs(init.duration, init.lengthMs, unknownLengthMs, "length");
    this.identifier = init.identifier;
    this.isStream = init.isStream ?? false;
    this.uri = init.uri ?? null;
    this.artworkUrl = init.artworkUrl ?? null;
    this.isrc = init.isrc ?? null;
  }

  /** Length in seconds; null when unknown, or above 2^53 ms. */
  get duration(): number | null {
    const ms = Number(this.lengthMs);
    return Number.isSafeInteger(ms) ? ms / 1_000 : null;
  }
}

const noDetails = new Uint8Array();

/** A decoded track. */
export class Track {
  /** Layout version of the message. */
  readonly version: TrackVersion;
  /** The two flag bits of the header; bit 0 is 0 only in messages of version 1 without a version byte. */
  readonly flags: number;
  /** Metadata of the track. */
  readonly info: TrackInfo;
  /** Source of the track. */
  readonly source: TrackSource;
  /** Exact start position in ms. */
  readonly positionMs: bigint;

  /**
   * @throws TrackFormatError `INTEGER_RANGE` when a length or position is not a whole number of ms;
   *   `INVALID_VALUE` when `info` or `source` is missing.
   */
  constructor(init: TrackInit) {
    for (const field of ["info", "source"] as const) {
      if (!init?.[field]) throw new TrackFormatError("INVALID_VALUE", field, "is required");
    }
    this.version = init.version ?? defaultVersion;
    this.flags = init.flags ?? 1;
    this.info = init.info instanceof TrackInfo ? init.info : new TrackInfo(init.info);
    const source = typeof init.source === "string" ? { name: init.source } : init.source;
    this.source = {
      name: source.name,
      probe: source.probe ?? null,
      details: source.details ?? noDetails,
    };
    this.positionMs = readMs(init.position, init.positionMs, 0n, "position");
  }

  /** Start position in seconds; rounded above 2^53 ms. */
  get position(): number {
    return Number(this.positionMs) / 1_000;
  }
}

function readMs(
  seconds: number | null | undefined,
  ms: bigint | number | null | undefined,
  defaultMs: bigint,
  field: string,
): bigint {
  if (typeof ms === "bigint" && (seconds === null || seconds === undefined)) return ms;
  const value = seconds === null || seconds === undefined ? ms : Math.round(seconds * 1_000);
  if (value === null || value === undefined) return defaultMs;
  if (!Number.isInteger(value)) {
    throw new TrackFormatError("INTEGER_RANGE", field, "must be a whole number of milliseconds");
  }
  return BigInt(value);
}
