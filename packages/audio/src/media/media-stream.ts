/** Metadata of a track from its container. */
export interface MediaFacts {
  /**
   * lavaplayer's name of the container: `mp3`, `flac`, `ogg`, `wav`, `matroska/webm`, `mp4`, `adts`, `mpegts-adts`; or `aiff`,
   * `caf`, `au`, `latm` and `mpegts` (without ADTS), which it does not play.
   */
  readonly container: string;
  /** Codec: `mp3`, `flac`, `vorbis`, `opus`, `pcm`, `adpcm`, `aac`, `alac`. */
  readonly codec: string;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Number of channels, from 1 to 8. */
  readonly channels: number;
  /** Duration in ms, without encoder delay and padding; null if unknown. */
  readonly durationMs: number | null;
  /** Whether {@link durationMs} is an estimate by the bit rate, which the track may exceed or not reach. */
  readonly isDurationEstimated: boolean;
  /** Whether {@link MediaStream.seek} works. */
  readonly seekable: boolean;
  /** From the tags; null if absent. */
  readonly title: string | null;
  /** From the tags; null if absent. */
  readonly author: string | null;
  /** From the tags; null if absent. */
  readonly album: string | null;
  /** Lyrics; null if absent. */
  readonly lyrics: string | null;
  /** International Standard Recording Code; null if absent. */
  readonly isrc: string | null;
  /** Text of a cue sheet in the tags, by which the track divides into several; null if absent. */
  readonly cueSheet: string | null;
  /** Number of the disc in its album, from 1; null if absent. */
  readonly discNumber: number | null;
  /** Number of the track on its disc, from 1; null if absent. */
  readonly trackNumber: number | null;
  /** Gain in dB that brings the track to −18 LUFS, from ReplayGain or R128 tags; null if absent. */
  readonly replayGainDb: number | null;
  /** Whether the file seems to contain a picture, which has not been read yet. */
  readonly hasPicture: boolean;
}

/** Opus packet as stored in the container. */
export interface OpusPacket {
  /**
   * Bytes of the packet. They are never overwritten, but share a larger buffer: copy them if they must last.
   */
  readonly data: Uint8Array;
  /** Length in samples at 48 kHz, from the packet's first bytes. */
  readonly samples: number;
  /**
   * Samples to discard at the start: before the start of the track or before the seek target. A packet that
   * is discarded whole only warms up the decoder.
   */
  readonly skip: number;
  /** Samples to discard at the end. */
  readonly trim: number;
}

/** Part of a track. */
export type MediaChunk =
  | {
      readonly type: "opus";
      /** One or more packets in order, each of one stream: mono or stereo. */
      readonly packets: readonly OpusPacket[];
    }
  | {
      readonly type: "pcm";
      /** Sample rate in Hz; it may change between the chunks of a chained stream. */
      readonly sampleRate: number;
      /**
       * One array of samples per channel, all of the same length, full scale ±1, owned by the caller. More than two are in the
       * order left, right, centre, low, back, side, whatever the codec's own one.
       */
      readonly channels: readonly Float32Array[];
    };

/**
 * An opened track. Reads must not overlap. A chunk holds about a tenth of a second of decoded audio, or up to
 * a second of Opus packets.
 */
export interface MediaStream {
  /**
   * Container, codec, length and tags. The length becomes an estimate once the track turns out to be longer, such as the file
   * of a recording in progress.
   */
  readonly facts: MediaFacts;
  /**
   * Reads the next chunk; returns undefined at the end. Damage is skipped where possible and ends the track
   * otherwise.
   *
   * @throws TrackError when the track cannot continue.
   */
  read(): Promise<MediaChunk | undefined>;
  /**
   * Seeks to a position, accurate to the sample: the next {@link read} starts there. A position after the end
   * seeks to the end. Only for seekable tracks.
   *
   * @param positionMs - From 0.
   */
  seek(positionMs: number): Promise<void>;
  /** Frees the decoder and closes the bytes. A pending read may reject. Repeated calls have no effect. */
  close(): void;
}
