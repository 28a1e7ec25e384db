import type { MediaLimits } from "../media-limits.ts";
import type { AdpcmFormat, AdpcmKind } from "../packet-reader.ts";
import type { BlockCoding } from "./fixed-block-reader.ts";

/** Bytes of a block's header for one channel, and samples that the header contains. */
const headers: Readonly<Record<AdpcmKind, readonly [bytes: number, samples: number]>> = {
  ima: [4, 1],
  microsoft: [7, 2],
  quicktime: [2, 0],
};

/** Longest block; encoders write up to 4 KiB. */
const maxBlockBytes = 64 * 1024;

/** Samples that a number of bytes decodes to: whole blocks, and the beginning of another. */
export function adpcmSamples(format: AdpcmFormat, bytes: number): number {
  const { blockBytes } = format;
  const whole = Math.floor(bytes / blockBytes);
  const part = bytes % blockBytes;
  // QuickTime's channels follow each other, so a part of a block has not all of them.
  const isUsable = part > 0 && format.kind !== "quicktime";
  return whole * blockSamples(format, blockBytes) + (isUsable ? blockSamples(format, part) : 0);
}

function blockSamples({ kind, channels }: AdpcmFormat, bytes: number): number {
  const [headerBytes, headerSamples] = headers[kind];
  const body = bytes - headerBytes * channels;
  if (body < 0) return 0;
  const samples = kind === "ima" ? Math.floor(body / (4 * channels)) * 8 : Math.floor((body * 2) / channels);
  return headerSamples + samples;
}

/** Returns the coding of ADPCM with four bits a sample; undefined if it is invalid or has too many channels. */
export function adpcmCoding(
  kind: AdpcmKind,
  sampleRate: number,
  channels: number,
  blockBytes: number,
  limits: MediaLimits,
): BlockCoding | undefined {
  // Codes of Microsoft's alternate between at most two channels.
  const mostChannels = kind === "microsoft" ? 2 : limits.maxChannels;
  const isValid =
    channels > 0 &&
    channels <= mostChannels &&
    blockBytes > headers[kind][0] * channels &&
    blockBytes <= maxBlockBytes &&
    (kind !== "quicktime" || blockBytes % channels === 0) &&
    sampleRate > 0;
  if (!isValid) return undefined;
  const format = { codec: "adpcm", kind, blockBytes, sampleRate, channels } as const;
  return { format, blockBytes, samplesIn: (bytes) => adpcmSamples(format, bytes) };
}
