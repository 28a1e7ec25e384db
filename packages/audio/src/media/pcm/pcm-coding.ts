import type { MediaLimits } from "../media-limits.ts";
import type { PcmEncoding } from "../packet-reader.ts";
import type { BlockCoding } from "./fixed-block-reader.ts";

/** Kind of uncompressed numbers. */
export type NumberKind = "unsigned" | "signed" | "float";

const byWidth: Readonly<Record<NumberKind, Readonly<Record<number, readonly [PcmEncoding, PcmEncoding]>>>> = {
  unsigned: { 1: ["u8", "u8"] },
  signed: { 1: ["s8", "s8"], 2: ["s16", "s16be"], 3: ["s24", "s24be"], 4: ["s32", "s32be"] },
  float: { 4: ["f32", "f32be"], 8: ["f64", "f64be"] },
};

/**
 * Returns the encoding of numbers of a width; undefined if there is none. Samples with fewer bits than their bytes
 * occupy the upper ones.
 */
export const numberEncoding = (kind: NumberKind, bytes: number, isBig: boolean): PcmEncoding | undefined =>
  byWidth[kind][bytes]?.[isBig ? 1 : 0];

/** Bytes of a sample of one channel. */
export const sampleBytes: Readonly<Record<PcmEncoding, number>> = {
  ...{ u8: 1, s8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 },
  ...{ s16be: 2, s24be: 3, s32be: 4, f32be: 4, f64be: 8, ulaw: 1, alaw: 1 },
};

/** Returns the coding of uncompressed audio; undefined if it is invalid or has too many channels. */
export function pcmCoding(
  encoding: PcmEncoding | undefined,
  sampleRate: number,
  channels: number,
  limits: MediaLimits,
): BlockCoding | undefined {
  if (!encoding || channels < 1 || channels > limits.maxChannels || !(sampleRate > 0)) return undefined;
  const blockBytes = sampleBytes[encoding] * channels;
  return {
    format: { codec: "pcm", encoding, sampleRate, channels },
    blockBytes,
    samplesIn: (bytes) => Math.floor(bytes / blockBytes),
  };
}
