import type { MediaLimits } from "../media-limits.ts";
import type { PcmEncoding } from "../packet-reader.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { numberEncoding, pcmCoding } from "../pcm/pcm-coding.ts";
import { findBox } from "./boxes.ts";

/** Fields of a sound description of version 2 (QuickTime File Format Specification). */
const version2 = { sampleRate: 32, channels: 40, flags: 52, bytes: 56 };
const lpcmFlags = { float: 1, big: 2, signed: 4 };

/** Fixed encodings of QuickTime's sample entries, apart from their byte order. */
const wide: Readonly<Record<string, readonly [kind: "signed" | "float", bytes: number]>> = {
  in24: ["signed", 3],
  in32: ["signed", 4],
  fl32: ["float", 4],
  fl64: ["float", 8],
};

/** Whether the numbers are little-endian: a box says so, inside or beside the one that QuickTime wraps. */
const isLittle = (inside: Buffer): boolean =>
  (findBox(inside, "wave", "enda") ?? findBox(inside, "enda"))?.at(1) === 1;

function encodingOf(type: string, data: Buffer, inside: Buffer): PcmEncoding | undefined {
  const width = Math.ceil(data.readUInt16BE(18) / 8);
  const fixed = wide[type];
  if (fixed) return numberEncoding(fixed[0], fixed[1], !isLittle(inside));
  switch (type) {
    case "sowt":
    case "twos":
      return numberEncoding("signed", width, type === "twos");
    case "raw ":
      return numberEncoding("unsigned", width, true);
    case "ulaw":
    case "alaw":
      return type;
    case "ipcm":
    case "fpcm": {
      // ISO/IEC 23003-5: the byte order, and the bits of a sample.
      const config = findBox(inside, "pcmC");
      if (!config || config.length < 6) return undefined;
      const kind = type === "ipcm" ? "signed" : "float";
      return numberEncoding(kind, Math.ceil(config.readUInt8(5) / 8), (config.readUInt8(4) & 1) === 0);
    }
    default:
      return undefined;
  }
}

/** Reads a sample entry of uncompressed audio; returns undefined if it is of another kind, or damaged. */
export function readPcmEntry(
  type: string,
  data: Buffer,
  inside: Buffer,
  limits: MediaLimits,
): BlockCoding | undefined {
  if (data.readUInt16BE(8) !== 2) {
    const encoding = encodingOf(type, data, inside);
    return pcmCoding(encoding, data.readUInt16BE(24), data.readUInt16BE(16), limits);
  }
  if (data.length < 64) return undefined;
  const sampleRate = Math.round(data.readDoubleBE(version2.sampleRate));
  const channels = data.readUInt32BE(version2.channels);
  const flags = data.readUInt32BE(version2.flags);
  const kind = flags & lpcmFlags.float ? "float" : flags & lpcmFlags.signed ? "signed" : "unsigned";
  const encoding =
    type === "lpcm"
      ? numberEncoding(kind, data.readUInt32BE(version2.bytes) / channels, (flags & lpcmFlags.big) !== 0)
      : encodingOf(type, data, inside);
  return pcmCoding(encoding, sampleRate, channels, limits);
}
