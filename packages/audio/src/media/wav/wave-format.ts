import type { MediaLimits } from "../media-limits.ts";
import type { AdpcmKind, PcmEncoding } from "../packet-reader.ts";
import { adpcmCoding } from "../pcm/adpcm-coding.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { numberEncoding, pcmCoding } from "../pcm/pcm-coding.ts";

/** Format tags of WAVE files. */
const tags = { pcm: 1, microsoft: 2, float: 3, alaw: 6, ulaw: 7, ima: 0x11, extensible: 0xfffe } as const;

/** Format tags of MPEG audio: Layers I and II, and Layer III. */
export const mpegTags: readonly number[] = [0x50, 0x55];

/** Returns the format tag in a code of four characters, as QuickTime and Core Audio files write it: `ms`, then the tag. */
export const tagOfCode = (code: string): number | undefined =>
  code.startsWith("ms") ? Buffer.from(code, "latin1").readUInt16BE(2) : undefined;

/** Layouts of ADPCM blocks by format tag. */
export const adpcmKinds: ReadonlyMap<number | undefined, AdpcmKind> = new Map([
  [tags.ima, "ima"],
  [tags.microsoft, "microsoft"],
]);

/**
 * Reads the format chunk. Returns the format tag of an encoding that is not supported, and undefined if the chunk is
 * damaged.
 */
export function readWaveFormat(
  body: Buffer,
  big: boolean,
  limits: MediaLimits,
): BlockCoding | number | undefined {
  if (body.length < 16) return undefined;
  const readUint16 = (at: number) => (big ? body.readUInt16BE(at) : body.readUInt16LE(at));
  const sampleRate = big ? body.readUInt32BE(4) : body.readUInt32LE(4);
  // WAVE_FORMAT_EXTENSIBLE: the format tag is in the first two bytes of a GUID.
  const tag = readUint16(0) === tags.extensible && body.length >= 26 ? readUint16(24) : readUint16(0);
  const [channels, bits] = [readUint16(2), readUint16(14)];
  // Some writers leave the length of a block out.
  const blockBytes = readUint16(12) || channels * Math.ceil(bits / 8);
  if (channels === 0) return undefined;
  const width = blockBytes / channels;
  const isValid = Number.isInteger(width) && width >= Math.ceil(bits / 8) && bits > 0;
  const pcm = (encoding: PcmEncoding | undefined) =>
    isValid ? pcmCoding(encoding, sampleRate, channels, limits) : undefined;
  switch (tag) {
    case tags.pcm:
      return pcm(numberEncoding(width === 1 ? "unsigned" : "signed", width, big));
    case tags.float:
      return pcm(numberEncoding("float", width, big));
    case tags.alaw:
      return pcm(width === 1 ? "alaw" : undefined);
    case tags.ulaw:
      return pcm(width === 1 ? "ulaw" : undefined);
    default: {
      const kind = adpcmKinds.get(tag);
      return kind && bits === 4 ? adpcmCoding(kind, sampleRate, channels, blockBytes, limits) : tag;
    }
  }
}
