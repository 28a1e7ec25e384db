import type { MediaLimits } from "../media-limits.ts";
import { adpcmCoding } from "../pcm/adpcm-coding.ts";
import { appleEncoding } from "../pcm/apple-encoding.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { pcmCoding } from "../pcm/pcm-coding.ts";

/** Coding of the sound of a file. */
export interface AiffFormat {
  readonly coding: BlockCoding;
  /** Samples that the file declares; undefined if the writer could not fill them in. */
  readonly samples: number | undefined;
}

/** Bytes and samples of a block of IMA ADPCM for one channel. */
const imaBlock = { bytes: 34, samples: 64 };

/** Reads a floating-point number of 80 bits, as a positive one. */
function readExtended(bytes: Buffer, at: number): number {
  const exponent = bytes.readUInt16BE(at) & 0x7fff;
  const mantissa = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
  return mantissa * 2 ** (exponent - 16_383 - 63);
}

/**
 * Reads the common chunk. Returns the name of a compression that is not supported, and undefined if the chunk is
 * damaged.
 */
export function readCommon(body: Buffer, limits: MediaLimits): AiffFormat | string | undefined {
  if (body.length < 18) return undefined;
  const [channels, declared, bits] = [body.readUInt16BE(0), body.readUInt32BE(2), body.readUInt16BE(6)];
  const sampleRate = Math.round(readExtended(body, 8));
  const compression = body.length >= 22 ? body.toString("latin1", 18, 22) : "NONE";
  const isKnown = declared > 0 && declared < 0xffff_ffff;
  if (compression === "ima4") {
    const coding = adpcmCoding("quicktime", sampleRate, channels, imaBlock.bytes * channels, limits);
    return coding && { coding, samples: isKnown ? declared * imaBlock.samples : undefined };
  }
  const encoding = appleEncoding(compression, bits);
  if (!encoding) return compression;
  const coding = pcmCoding(encoding, sampleRate, channels, limits);
  return coding && { coding, samples: isKnown ? declared : undefined };
}
