import type { MediaLimits } from "../media-limits.ts";
import { alacEntry, esdsEntry, mp3Entry, opusEntry, type SampleEntry } from "../mp4/packet-entry.ts";
import { readOpusHead } from "../opus/opus-head.ts";
import { opusRate } from "../opus-packet.ts";
import { adpcmCoding } from "../pcm/adpcm-coding.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { numberEncoding, pcmCoding } from "../pcm/pcm-coding.ts";
import { adpcmKinds, tagOfCode } from "../wav/wave-format.ts";

/** Description chunk of a CAF file. */
export interface Description {
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  /** Flags of the codec. */
  readonly flags: number;
  /** Bytes of a packet; 0 if they differ. */
  readonly packetBytes: number;
  /** Samples of a packet; 0 if they differ. */
  readonly packetSamples: number;
}

const flags = { float: 1, littleEndian: 2 } as const;

/** Reads the description chunk; returns undefined if it is damaged. */
export function readDescription(body: Buffer): Description | undefined {
  if (body.length < 32) return undefined;
  return {
    sampleRate: Math.round(body.readDoubleBE(0)),
    codec: body.toString("latin1", 8, 12),
    flags: body.readUInt32BE(12),
    packetBytes: body.readUInt32BE(16),
    packetSamples: body.readUInt32BE(20),
    channels: body.readUInt32BE(24),
  };
}

/** Returns the coding of blocks of equal length; undefined for other codecs. */
export function blockCoding(
  { codec, sampleRate, channels, packetBytes, ...file }: Description,
  limits: MediaLimits,
): BlockCoding | undefined {
  switch (codec) {
    case "lpcm": {
      const kind = file.flags & flags.float ? "float" : "signed";
      const isBig = (file.flags & flags.littleEndian) === 0;
      return pcmCoding(numberEncoding(kind, packetBytes / channels, isBig), sampleRate, channels, limits);
    }
    case "ulaw":
    case "alaw":
      return pcmCoding(codec, sampleRate, channels, limits);
    case "ima4":
      return adpcmCoding("quicktime", sampleRate, channels, packetBytes, limits);
    default: {
      const kind = adpcmKinds.get(tagOfCode(codec));
      return kind && adpcmCoding(kind, sampleRate, channels, packetBytes, limits);
    }
  }
}

/** Removes the boxes in which old files wrap the cookie of ALAC. */
function alacCookie(cookie: Buffer): Buffer {
  const format = 12;
  return cookie.toString("latin1", 4, 8) === "frma" ? cookie.subarray(format + 12) : cookie;
}

/** Returns the codec of packets; undefined for other codecs and without a valid cookie. */
export function packetEntry(
  { codec, sampleRate, channels }: Description,
  cookie: Buffer,
): SampleEntry | undefined {
  switch (codec) {
    case "alac":
      return alacEntry(alacCookie(cookie));
    case "aac ":
    case "aach":
    case "aacp":
      return esdsEntry(cookie, sampleRate, channels);
    case "opus": {
      // Apple's own cookie has another layout.
      if (cookie.toString("latin1", 0, 8) === "OpusHead") return opusEntry(readOpusHead(cookie.subarray(9)));
      const format = { codec: "opus", sampleRate: opusRate, channels, gainDb: 0 } as const;
      return channels <= 2 ? opusEntry({ format, preSkip: 0 }) : undefined;
    }
    case ".mp3":
      return mp3Entry(sampleRate, channels);
    default:
      return undefined;
  }
}
