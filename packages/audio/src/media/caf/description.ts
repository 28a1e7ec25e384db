import type { MediaLimits } from "../media-limits.ts";
import { adpcmCoding } from "../pcm/adpcm-coding.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { numberEncoding, pcmCoding } from "../pcm/pcm-coding.ts";

const flags = { float: 1, littleEndian: 2 } as const;

/**
 * Reads the description chunk. Returns the name of a codec that is not supported, and undefined if the chunk is
 * damaged.
 */
export function readDescription(body: Buffer, limits: MediaLimits): BlockCoding | string | undefined {
  if (body.length < 32) return undefined;
  const sampleRate = Math.round(body.readDoubleBE(0));
  const codec = body.toString("latin1", 8, 12);
  const [formatFlags, blockBytes, channels] = [
    body.readUInt32BE(12),
    body.readUInt32BE(16),
    body.readUInt32BE(24),
  ];
  switch (codec) {
    case "lpcm": {
      const kind = formatFlags & flags.float ? "float" : "signed";
      const isBig = (formatFlags & flags.littleEndian) === 0;
      return pcmCoding(numberEncoding(kind, blockBytes / channels, isBig), sampleRate, channels, limits);
    }
    case "ulaw":
    case "alaw":
      return pcmCoding(codec, sampleRate, channels, limits);
    case "ima4":
      return adpcmCoding("quicktime", sampleRate, channels, blockBytes, limits);
    default:
      return codec;
  }
}
