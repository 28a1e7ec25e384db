import type { FrameHeader, FrameSyntax } from "../frames/frame-walker.ts";

/** Header of an MPEG audio frame (ISO/IEC 11172-3, 2.4.1.3 and 13818-3). */
export interface MpegHeader extends FrameHeader {
  /** 1 for MPEG-1; 2 for MPEG-2 and its unofficial extension 2.5. */
  readonly version: 1 | 2;
  readonly layer: 1 | 2 | 3;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  /** Bit rate in bit/s; not a whole number in the free format. */
  readonly bitrate: number;
  readonly channels: 1 | 2;
  /** Decoded samples per channel. */
  readonly samples: number;
  /** Offset of the first byte after header, checksum and side information of Layer III. */
  readonly mainDataAt: number;
}

const headerBytes = 4;

// Bit rates in kbit/s by index, from 1 to 14; 0 is the free format.
const bitrates: Readonly<Record<string, readonly number[]>> = {
  "1/1": [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  "1/2": [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  "1/3": [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  "2/1": [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  "2/2": [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  "2/3": [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const rates = [44_100, 48_000, 32_000] as const;

/**
 * Reads the header at an offset; returns undefined if there is none.
 *
 * @param freeBytes - Length of frames of the free format, without padding; 0 if the stream has another one.
 */
function readMpegHeader(bytes: Uint8Array, at: number, freeBytes: number): MpegHeader | undefined {
  const [sync = 0, second = 0, third = 0, fourth = 0] = [
    bytes[at],
    bytes[at + 1],
    bytes[at + 2],
    bytes[at + 3],
  ];
  if (sync !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  // 0 is 2.5, 1 is reserved, 2 is MPEG-2, 3 is MPEG-1.
  const versionBits = (second >> 3) & 3;
  const layerBits = (second >> 1) & 3;
  const rate = rates[(third >> 2) & 3];
  if (versionBits === 1 || layerBits === 0 || rate === undefined || (fourth & 3) === 2) return undefined;
  const version = versionBits === 3 ? 1 : 2;
  const layer = layerBits === 3 ? 1 : layerBits === 2 ? 2 : 3;
  const sampleRate = versionBits === 3 ? rate : versionBits === 2 ? rate / 2 : rate / 4;
  const samples = layer === 1 ? 384 : layer === 3 && version === 2 ? 576 : 1152;
  const slotBytes = layer === 1 ? 4 : 1;
  const index = third >> 4;
  if ((index === 0) !== freeBytes > 0) return undefined;
  const bitrate =
    index === 0
      ? (8 * freeBytes * sampleRate) / samples
      : (bitrates[`${version}/${layer}`]?.[index] ?? 0) * 1_000;
  if (bitrate === 0) return undefined;
  const slots =
    index === 0 ? freeBytes / slotBytes : Math.floor((samples * bitrate) / 8 / sampleRate / slotBytes);
  const length = (slots + ((third >> 1) & 1)) * slotBytes;
  const channels = fourth >> 6 === 3 ? 1 : 2;
  const sideBytes = version === 1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  const checksumBytes = (second & 1) === 0 ? 2 : 0;
  return {
    version,
    layer,
    sampleRate,
    bitrate,
    channels,
    samples,
    bytes: length,
    mainDataAt: headerBytes + checksumBytes + sideBytes,
  };
}

/** Returns the frame syntax of MPEG audio, of the free format if a length of its frames is given. */
export const mpegSyntaxOf = (freeBytes: number): FrameSyntax<MpegHeader> => ({
  firstByte: 0xff,
  headerBytes,
  read: (bytes, at) => readMpegHeader(bytes, at, freeBytes),
  isSameStream: (a, b) => a.version === b.version && a.layer === b.layer && a.sampleRate === b.sampleRate,
  // Calls and moves of x86 programs look like Layer I: 0xFF 0xFF 0x48.
  isRare: ({ layer }) => layer === 1,
  secondsOf: ({ samples, sampleRate }) => samples / sampleRate,
});

/** Frame syntax of MPEG audio with a standard bit rate. */
export const mpegSyntax = mpegSyntaxOf(0);
