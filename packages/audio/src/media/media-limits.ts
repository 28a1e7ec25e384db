import type { MediaFacts } from "./media-stream.ts";
import { TrackError } from "./track-error.ts";

/** What a hostile or damaged file may cost, at most. */
export interface MediaLimits {
  /**
   * Bytes read before the first packet of audio is found. A picture in front of the audio of a source without
   * ranges counts, one that can be jumped over does not. Default 16 MiB.
   */
  readonly maxProbeBytes: number;
  /** Bytes of one tag; a longer one is ignored. Default 256 KiB. */
  readonly maxTagBytes: number;
  /** Bytes of a picture; a larger one is ignored. Default 8 MiB. */
  readonly maxArtworkBytes: number;
  /** Bytes of one packet; the longest of real files are FLAC frames. Default 1 MiB. */
  readonly maxPacketBytes: number;
  /** Bytes in front of the first frame of an mp3 or AAC stream that are searched for it. Default 128 KiB. */
  readonly maxLeadBytes: number;
  /** Bytes of damage in one place that are searched for the next packet. Default 1 MiB. */
  readonly maxDamageBytes: number;
  /** Hz; a track above it is refused. Default 192,000. */
  readonly maxSampleRate: number;
  /** Hz; a track below it is refused. Default 2,000. */
  readonly minSampleRate: number;
  /** Channels; a track with more is refused. Default 8, which is the most. */
  readonly maxChannels: number;
  /** Bytes of samples that one packet may decode to. Default 4 MiB. */
  readonly maxDecodedBytes: number;
  /** Bytes that are kept of the file around the place that is read. Default 256 KiB. */
  readonly cacheBytes: number;
}

/** The defaults. */
export const mediaLimits: MediaLimits = Object.freeze({
  maxProbeBytes: 16 * 1024 * 1024,
  maxTagBytes: 256 * 1024,
  maxArtworkBytes: 8 * 1024 * 1024,
  maxPacketBytes: 1024 * 1024,
  maxLeadBytes: 128 * 1024,
  maxDamageBytes: 1024 * 1024,
  maxSampleRate: 192_000,
  minSampleRate: 2_000,
  maxChannels: 8,
  maxDecodedBytes: 4 * 1024 * 1024,
  cacheBytes: 256 * 1024,
});

/**
 * Refuses what is beyond the limits.
 *
 * @throws TrackError
 */
export function checkFormat(
  format: Pick<MediaFacts, "codec" | "sampleRate" | "channels">,
  limits: MediaLimits,
): void {
  const { codec, sampleRate, channels } = format;
  // More channels of Opus are several streams in one packet.
  const mostChannels = codec === "opus" ? 2 : limits.maxChannels;
  if (sampleRate < limits.minSampleRate || sampleRate > limits.maxSampleRate)
    throw new TrackError(`Audio at ${sampleRate} Hz is not supported.`, "COMMON");
  if (channels < 1 || channels > mostChannels)
    throw new TrackError(`Audio with ${channels} channels is not supported.`, "COMMON");
}

/** How tracks are opened. */
export interface MediaOptions {
  /** What a file may cost; those left out have their {@link mediaLimits | defaults}. */
  readonly limits?: Partial<MediaLimits>;
}
