import type { MediaLimits } from "../media-limits.ts";
import type { PcmEncoding } from "../packet-reader.ts";
import { appleEncoding } from "../pcm/apple-encoding.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { numberEncoding, pcmCoding } from "../pcm/pcm-coding.ts";
import { findBox } from "./boxes.ts";

/** Fields of a sound description of version 2 (QuickTime File Format Specification). */
const version2 = { sampleRate: 32, channels: 40, flags: 52, bytes: 56 };
const lpcmFlags = { float: 1, big: 2, signed: 4 };

/** Whether the numbers are little-endian: a box says so, inside or beside the one that QuickTime wraps. */
const isLittle = (inside: Buffer): boolean =>
  (findBox(inside, "wave", "enda") ?? findBox(inside, "enda"))?.at(1) === 1;

function encodingOf(type: string, data: Buffer, inside: Buffer): PcmEncoding | undefined {
  if (type !== "ipcm" && type !== "fpcm") return appleEncoding(type, data.readUInt16BE(18), isLittle(inside));
  // ISO/IEC 23003-5: the byte order, and the bits of a sample.
  const config = findBox(inside, "pcmC");
  if (!config || config.length < 6) return undefined;
  const kind = type === "ipcm" ? "signed" : "float";
  return numberEncoding(kind, Math.ceil(config.readUInt8(5) / 8), (config.readUInt8(4) & 1) === 0);
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
