import type { MediaFacts } from "./media-stream.ts";
import { TrackError } from "./track-error.ts";

/** Limits on the cost of hostile or damaged files. */
export interface MediaLimits {
  /**
   * Bytes read before the first audio packet. A picture before the audio of a source without ranges counts; a
   * picture that can be skipped does not. Default 16 MiB.
   */
  readonly maxProbeBytes: number;
  /** Bytes of one tag; a longer one is ignored. Default 256 KiB. */
  readonly maxTagBytes: number;
  /** Bytes of a picture; a larger one is ignored. Default 8 MiB. */
  readonly maxArtworkBytes: number;
  /** Bytes of one packet; FLAC frames are the largest in practice. Default 1 MiB. */
  readonly maxPacketBytes: number;
  /** Bytes searched for the first frame of an mp3 or AAC stream. Default 128 KiB. */
  readonly maxLeadBytes: number;
  /** Size of a local mp3 or AAC file up to which all frames are counted for its length. Default 64 MiB. */
  readonly maxCountedBytes: number;
  /** Bytes of contiguous damage searched for the next packet. Default 1 MiB. */
  readonly maxDamageBytes: number;
  /** Maximum sample rate in Hz. Default 192,000. */
  readonly maxSampleRate: number;
  /** Minimum sample rate in Hz. Default 2,000. */
  readonly minSampleRate: number;
  /** Maximum number of channels. Default 8, which is also the highest allowed value. */
  readonly maxChannels: number;
  /** Bytes of samples that one packet may decode to. Default 4 MiB. */
  readonly maxDecodedBytes: number;
  /** Bytes of the file that are kept around the read position. Default 256 KiB. */
  readonly cacheBytes: number;
}

/** Defaults of {@link MediaLimits}. */
export const mediaLimits: MediaLimits = Object.freeze({
  maxProbeBytes: 16 * 1024 * 1024,
  maxTagBytes: 256 * 1024,
  maxArtworkBytes: 8 * 1024 * 1024,
  maxPacketBytes: 1024 * 1024,
  maxLeadBytes: 128 * 1024,
  maxCountedBytes: 64 * 1024 * 1024,
  maxDamageBytes: 1024 * 1024,
  maxSampleRate: 192_000,
  minSampleRate: 2_000,
  maxChannels: 8,
  maxDecodedBytes: 4 * 1024 * 1024,
  cacheBytes: 256 * 1024,
});

/**
 * Checks a format against the limits.
 *
 * @throws TrackError if it exceeds one.
 */
export function checkFormat(format: Pick<MediaFacts, "sampleRate" | "channels">, limits: MediaLimits): void {
  const { sampleRate, channels } = format;
  if (sampleRate < limits.minSampleRate || sampleRate > limits.maxSampleRate)
    throw new TrackError(`Audio at ${sampleRate} Hz is not supported.`, "COMMON");
  if (channels < 1 || channels > limits.maxChannels)
    throw new TrackError(`Audio with ${channels} channels is not supported.`, "COMMON");
}

/** Options for opening a track. */
export interface MediaOptions {
  /** Limits; omitted ones have their {@link mediaLimits | defaults}. */
  readonly limits?: Partial<MediaLimits>;
}
