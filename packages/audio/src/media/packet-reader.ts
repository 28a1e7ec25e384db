import type { AacConfig } from "./aac/aac-config.ts";
import type { MediaFacts } from "./media-stream.ts";
import type { AlacConfig } from "./mp4/alac-config.ts";

/** Decoder configuration. */
export type PacketFormat = { readonly sampleRate: number; readonly channels: number } & (
  | { readonly codec: "mp3" }
  | {
      readonly codec: "flac";
      /** Bits of a sample, for frames that do not state them. */
      readonly bits: number;
    }
  | {
      readonly codec: "vorbis";
      /** The identification and setup headers. */
      readonly headers: readonly [Uint8Array, Uint8Array];
    }
  | {
      readonly codec: "opus";
      /** Output gain of the container in dB; usually 0. */
      readonly gainDb: number;
      /** Given if packets contain several streams, or one that is not passed on as it is. */
      readonly streams?: OpusStreams;
    }
  | { readonly codec: "alac"; readonly config: AlacConfig }
  | { readonly codec: "pcm"; readonly encoding: PcmEncoding }
  | {
      readonly codec: "adpcm";
      readonly kind: AdpcmKind;
      /** Bytes of a block; a packet consists of whole ones. */
      readonly blockBytes: number;
    }
  | { readonly codec: "aac"; readonly config: AacConfig }
);

/** Format of Opus. */
export type OpusFormat = Extract<PacketFormat, { readonly codec: "opus" }>;

/** Streams of an Opus packet and the channels they decode to (RFC 7845, section 5.1.1). */
export interface OpusStreams {
  readonly count: number;
  /** Streams of two channels, which come first; the others have one. */
  readonly coupled: number;
  /** Decoded channel of each channel in the order left, right, centre, low, back, side; 255 for silence. */
  readonly mapping: readonly number[];
}

/** Encoding of uncompressed samples: kind, bits, and byte order where there is a choice. */
export type PcmEncoding =
  | "u8"
  | "s8"
  | "s16"
  | "s24"
  | "s32"
  | "f32"
  | "f64"
  | "s16be"
  | "s24be"
  | "s32be"
  | "f32be"
  | "f64be"
  | "ulaw"
  | "alaw";

/** Layout of ADPCM blocks: IMA's in WAVE files, Microsoft's, or IMA's in QuickTime files. */
export type AdpcmKind = "ima" | "microsoft" | "quicktime";

/** Format of ADPCM. */
export type AdpcmFormat = Extract<PacketFormat, { readonly codec: "adpcm" }>;

/** Packet of coded audio. */
export interface Packet {
  readonly data: Uint8Array;
  /** Position of its first sample in the track; negative before the start of the track. */
  readonly start: number;
  /** Samples it decodes to, unless it is damaged or does not follow the previous packet. */
  readonly samples: number;
  /** Position in the bytes of the frame that holds it, if they are nothing but frames. */
  readonly at?: number;
  /** Whether it takes the place of a packet that is missing, and is silent. */
  readonly isMissing?: boolean;
}

/** Consecutive packets of one format. */
export interface PacketBatch {
  /** The same object as in the previous batch, unless a chained stream continues with another format. */
  readonly format: PacketFormat;
  readonly packets: readonly Packet[];
  /** Sample at which a stream of a chain begins in the track; undefined if positions do not depend on the format. */
  readonly begin?: number;
  /** Sample at which the track ends, if known; later samples are discarded. */
  readonly end: number | null;
}

/** Reads the packets of a container. Calls must not overlap. */
export interface PacketReader {
  readonly facts: MediaFacts;
  /** Samples of the track; null if unknown or only estimated. */
  readonly length: number | null;
  /**
   * Reads the next packets, about a tenth of a second; returns undefined at the end.
   *
   * @throws TrackError when the container cannot be read any further.
   */
  read(): Promise<PacketBatch | undefined>;
  /**
   * Moves to the packet with this sample, or far enough before it that a new decoder has settled when it
   * arrives there.
   */
  seek(sample: number): Promise<void>;
  /** Closes the bytes. */
  close(): void;
}

/** Returns a reader with other metadata. */
export const withFacts = (reader: PacketReader, facts: Partial<MediaFacts>): PacketReader => ({
  facts: { ...reader.facts, ...facts },
  length: reader.length,
  read: () => reader.read(),
  seek: (sample) => reader.seek(sample),
  close: () => reader.close(),
});
