import { TrackFormatError } from "./errors.ts";

/** The layout of a message. Version 1 has no uri, only version 3 has artwork and ISRC. */
export type TrackVersion = 1 | 2 | 3;

/** The newest version, which lavaplayer 2 writes. */
export const latestVersion = 3;
/** The version that is written unless told otherwise: every node and client reads it. */
export const defaultVersion = 2;

/** Length of streams and of tracks whose length is unknown, in ms. */
export const unknownLengthMs = 2n ** 63n - 1n;

/** The container of an `http` or `local` track, as the node found it. */
export interface Probe {
  /** Such as `mp3` or `matroska/webm`; without `|`. */
  readonly name: string;
  /** What the container's reader needs beside; null differs from the empty text. */
  readonly parameters: string | null;
}

/** The source of a track with what it added to the message. */
export interface TrackSource {
  /** Name of the source, such as `youtube`. */
  readonly name: string;
  /** Present for `http` and `local`, null otherwise. */
  readonly probe: Probe | null;
  /** The bytes of a source that is not one of lavaplayer's own; they are written back as they are. */
  readonly details: Uint8Array;
}

/** The fields of {@link TrackInfo} as one writes them. */
export interface TrackInfoInit {
  /** Title, as the source gives it. */
  readonly title: string;
  /** Artist or channel. */
  readonly author: string;
  /** Length in ms; null or absent: unknown, unless `duration` is given. */
  readonly lengthMs?: bigint | number | null | undefined;
  /** Length in seconds, rounded to ms; counts before `lengthMs`. */
  readonly duration?: number | null | undefined;
  /** What the source finds the track by. */
  readonly identifier: string;
  /** Whether it goes on without end. Default: false. */
  readonly isStream?: boolean | null | undefined;
  /** Address for people; not written in version 1. Default: none. */
  readonly uri?: string | null | undefined;
  /** Address of a picture; only written in version 3. Default: none. */
  readonly artworkUrl?: string | null | undefined;
  /** International Standard Recording Code; only written in version 3. Default: none. */
  readonly isrc?: string | null | undefined;
}

/** The fields of {@link Track} as one writes them; a {@link Track} is one. */
export interface TrackInit {
  /** Default: {@link defaultVersion}. */
  readonly version?: TrackVersion | null | undefined;
  /** The two flag bits of the header. Default: 1. Without bit 0 only version 1 can be written. */
  readonly flags?: number | null | undefined;
  /** What is known about the track. */
  readonly info: TrackInfoInit;
  /** A name stands for a source without details. */
  readonly source:
    | string
    | {
        readonly name: string;
        readonly probe?: Probe | null | undefined;
        readonly details?: Uint8Array | null | undefined;
      };
  /** Where to start, in ms. Default: 0. */
  readonly positionMs?: bigint | number | null | undefined;
  /** Where to start in seconds, rounded to ms; counts before `positionMs`. */
  readonly position?: number | null | undefined;
}

/** What is known about a track. */
export class TrackInfo {
  /** Title, as the source gives it. */
  readonly title: string;
  /** Artist or channel. */
  readonly author: string;
  /** Exact length in ms; {@link unknownLengthMs} for streams. Encoders may have written any 64-bit number. */
  readonly lengthMs: bigint;
  /** What the source finds the track by. */
  readonly identifier: string;
  /** Whether it goes on without end. */
  readonly isStream: boolean;
  /** Address for people. */
  readonly uri: string | null;
  /** Address of a picture; null before version 3. */
  readonly artworkUrl: string | null;
  /** International Standard Recording Code; null before version 3. */
  readonly isrc: string | null;

  /** @throws TrackFormatError `INTEGER_RANGE` when the length is no whole number of ms. */
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

  /** Length in seconds; null when it is unknown, or beyond what a number holds exactly in ms. */
  get duration(): number | null {
    const ms = Number(this.lengthMs);
    return Number.isSafeInteger(ms) ? ms / 1_000 : null;
  }
}

const noDetails = new Uint8Array();

/** A decoded track: what its message says, field by field. */
export class Track {
  /** Layout of the message. */
  readonly version: TrackVersion;
  /** The two flag bits of the header; bit 0 is clear only in messages of version 1 without a version byte. */
  readonly flags: number;
  /** What is known about the track. */
  readonly info: TrackInfo;
  /** Where the track is from. */
  readonly source: TrackSource;
  /** Exact position in ms. */
  readonly positionMs: bigint;

  /**
   * @throws TrackFormatError `INTEGER_RANGE` when a length or position is no whole number of ms,
   *   `INVALID_VALUE` when there is no info or source.
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

  /** Position in seconds; beyond 2^53 ms it is rounded. */
  get position(): number {
    return Number(this.positionMs) / 1_000;
  }
}

function readMs(
  seconds: number | null | undefined,
  ms: bigint | number | null | undefined,
  otherwise: bigint,
  field: string,
): bigint {
  if (typeof ms === "bigint" && (seconds === null || seconds === undefined)) return ms;
  const value = seconds === null || seconds === undefined ? ms : Math.round(seconds * 1_000);
  if (value === null || value === undefined) return otherwise;
  if (!Number.isInteger(value)) {
    throw new TrackFormatError("INTEGER_RANGE", field, "must be a whole number of milliseconds");
  }
  return BigInt(value);
}
