/** What a container says about its track. */
export interface MediaFacts {
  /** lavaplayer's name of the container: `mp3`, `flac`, `ogg`, `wav`, `matroska/webm`, `mp4`, `adts`. */
  readonly container: string;
  /** What is coded in it: `mp3`, `flac`, `vorbis`, `opus`, `pcm`, `aac`. */
  readonly codec: string;
  /** Hz. */
  readonly sampleRate: number;
  /** Number of channels, from 1 to 8. */
  readonly channels: number;
  /** ms, without what gapless playing leaves out; null when it is unknown. */
  readonly durationMs: number | null;
  /** Whether {@link MediaStream.seek} works. */
  readonly seekable: boolean;
  /** Null where the file has no tag for it. */
  readonly title: string | null;
  /** Null where the file has no tag for it. */
  readonly author: string | null;
  /** Null where the file has no tag for it. */
  readonly album: string | null;
  /** Words of the song; null where the file has no tag for it. */
  readonly lyrics: string | null;
  /** International Standard Recording Code; null where the file has no tag for it. */
  readonly isrc: string | null;
  /** Gain that brings the track to −18 LUFS, in dB, from the file's ReplayGain or R128 tags; null without. */
  readonly replayGainDb: number | null;
  /** Whether it seems to hold a picture, which nobody has looked at yet. */
  readonly hasPicture: boolean;
}

/** One packet of Opus as it stands in the container. */
export interface OpusPacket {
  /** The packet. Never written to again, but a part of what was read with it: copy what is to last. */
  readonly data: Uint8Array;
  /** Length in samples at 48 kHz, from the packet's own first bytes. */
  readonly samples: number;
  /**
   * Samples at the front that are not to be heard: before the start of the track or before the position that
   * was sought. A packet of nothing else is there to bring the decoder into its state.
   */
  readonly skip: number;
  /** Samples at the end that are not to be heard. */
  readonly trim: number;
}

/** A piece of a track. */
export type MediaChunk =
  | {
      readonly kind: "opus";
      /** One or more, oldest first. Channel mapping family 0: mono or stereo. */
      readonly packets: readonly OpusPacket[];
    }
  | {
      readonly kind: "pcm";
      /** Hz; may change from chunk to chunk in a chained stream. */
      readonly sampleRate: number;
      /** One array of samples a channel, all of the same length, full scale ±1, the caller's to keep. */
      readonly channels: readonly Float32Array[];
    };

/**
 * An opened track. Reads are made one at a time. A chunk holds about a tenth of a second of decoded audio, or
 * up to a second of Opus packets.
 */
export interface MediaStream {
  /** Container, codec, length and tags. */
  readonly facts: MediaFacts;
  /**
   * The next piece; undefined at the end. Damage that can be jumped over is; what cannot be ends the track.
   *
   * @throws TrackError when the track cannot go on.
   */
  read(): Promise<MediaChunk | undefined>;
  /**
   * Goes to a position, exact to the sample: the next {@link read} starts there. Beyond the end it goes to
   * the end. Only for seekable tracks.
   *
   * @param positionMs - From 0.
   */
  seek(positionMs: number): Promise<void>;
  /** Frees the decoder and closes the bytes. A read under way may reject. Calling it twice is harmless. */
  close(): void;
}
