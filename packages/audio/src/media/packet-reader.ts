import type { MediaFacts } from "./media-stream.ts";

/** What a decoder has to know before the first packet. */
export type PacketFormat = { readonly sampleRate: number; readonly channels: number } & (
  | { readonly codec: "mp3" }
  | { readonly codec: "flac" }
  | {
      readonly codec: "vorbis";
      /** The identification and setup headers. */
      readonly headers: readonly [Uint8Array, Uint8Array];
    }
  | {
      readonly codec: "opus";
      /** dB that the container adds to what is decoded; mostly 0. */
      readonly gainDb: number;
    }
  | { readonly codec: "pcm"; readonly encoding: PcmEncoding }
  | {
      readonly codec: "aac";
      /** AudioSpecificConfig. */
      readonly config: Uint8Array;
    }
);

/** How uncompressed samples are written: kind, bits, and byte order where there is a choice. */
export type PcmEncoding =
  | "u8"
  | "s16"
  | "s24"
  | "s32"
  | "f32"
  | "f64"
  | "s16be"
  | "s24be"
  | "s32be"
  | "ulaw"
  | "alaw";

/** A piece of coded audio. */
export interface Packet {
  readonly data: Uint8Array;
  /** Which sample of the track its first one is; negative before the track begins. */
  readonly start: number;
  /** How many samples it decodes to, if it is not damaged and follows the packet before. */
  readonly samples: number;
}

/** Packets that follow each other, of one format. */
export interface PacketBatch {
  /** The same object as before, unless a chained stream goes on with another. */
  readonly format: PacketFormat;
  readonly packets: readonly Packet[];
  /** The sample at which the track ends, once the container has told; samples from there on are not to be heard. */
  readonly end: number | null;
}

/** Takes the packets out of a container. Calls are made one at a time. */
export interface PacketReader {
  readonly facts: MediaFacts;
  /** Samples of the track; null where that is unknown, or only estimated. */
  readonly length: number | null;
  /**
   * The next packets, about a tenth of a second; undefined at the end.
   *
   * @throws TrackError when the container cannot be followed any further.
   */
  read(): Promise<PacketBatch | undefined>;
  /**
   * Goes to the packet with this sample or to one before it, so early that a fresh decoder has come into its state
   * when it gets there.
   */
  seek(sample: number): Promise<void>;
  /** Closes the bytes. */
  close(): void;
}
