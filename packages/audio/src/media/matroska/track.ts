import { aacFormat, aacPacketSamples, readAacConfig } from "../aac/aac-config.ts";
import { readFlacFrameHeader } from "../flac/frame-header.ts";
import { readStreamInfo, streamInfoBytes } from "../flac/stream-info.ts";
import type { MediaLimits } from "../media-limits.ts";
import { alacPacketSamples, readAlacConfig } from "../mp4/alac-config.ts";
import { readVorbisBlocks } from "../ogg/vorbis-blocks.ts";
import { readOpusHead } from "../opus/opus-head.ts";
import { opusPacketSamples, opusRate } from "../opus-packet.ts";
import type { PacketFormat } from "../packet-reader.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { numberEncoding, pcmCoding } from "../pcm/pcm-coding.ts";
import { mpegTags, readWaveFormat } from "../wav/wave-format.ts";
import { readContentEncodings, type Unpack } from "./content-encoding.ts";
import { children, readFloat, readUint } from "./ebml.ts";
import { uidOf } from "./tags.ts";

const ids = {
  trackEntry: 0xae,
  number: 0xd7,
  uid: 0x73c5,
  type: 0x83,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  codecDelay: 0x56aa,
  encodings: 0x6d80,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  bitDepth: 0x6264,
} as const;
const audioType = 2;

/** Audio track. */
export interface MatroskaTrack {
  readonly number: number;
  /** Identifier that tags refer to, as hexadecimal digits. */
  readonly uid: string;
  readonly format: PacketFormat;
  /** Encoder delay in samples. */
  readonly delay: number;
  /** Granularity of packet positions in samples, counted from the first packet. */
  readonly grid: number;
  /** Restores packets that are compressed in the file. */
  readonly unpack: Unpack;
  /** Returns the samples that a packet decodes to, given the previous packet. */
  samples(packet: Uint8Array, before: Uint8Array | undefined): number;
}

/** Splits the three concatenated Vorbis headers, which are preceded by the lengths of the first two. */
function splitHeaders(codecPrivate: Uint8Array): readonly [Uint8Array, Uint8Array] | undefined {
  if (codecPrivate[0] !== 2) return undefined;
  let at = 1;
  const readLength = (): number => {
    let length = 0;
    while (codecPrivate[at] === 255) length += codecPrivate[at++] ?? 0;
    return length + (codecPrivate[at++] ?? 0);
  };
  const [first, second] = [readLength(), readLength()];
  return [codecPrivate.subarray(at, at + first), codecPrivate.subarray(at + first + second)];
}

type Known = Pick<MatroskaTrack, "format" | "samples" | "grid">;

const fixedBlocks = ({ format, blockBytes, samplesIn }: BlockCoding): Known => ({
  format,
  grid: samplesIn(blockBytes),
  samples: (packet) => samplesIn(packet.length),
});

function mpegFrames(sampleRate: number, channels: number): Known {
  const grid = sampleRate < 32_000 ? 576 : 1_152;
  return { format: { codec: "mp3", sampleRate, channels }, grid, samples: () => grid };
}

function formatOf(
  codec: string,
  codecPrivate: Buffer,
  sampleRate: number,
  channels: number,
  bits: number,
  limits: MediaLimits,
): Known | undefined {
  switch (codec) {
    case "A_OPUS": {
      const plain =
        channels <= 2 ? ({ codec: "opus", sampleRate: opusRate, channels, gainDb: 0 } as const) : undefined;
      const format = codecPrivate.length < 19 ? plain : readOpusHead(codecPrivate.subarray(9))?.format;
      return format && { format, grid: 120, samples: opusPacketSamples };
    }
    case "A_VORBIS": {
      const headers = splitHeaders(codecPrivate);
      const blocks = headers && readVorbisBlocks(headers[0], headers[1]);
      return blocks && { format: { codec: "vorbis", sampleRate, channels, headers }, ...blocks };
    }
    case "A_PCM/INT/LIT":
    case "A_PCM/INT/BIG":
    case "A_PCM/FLOAT/IEEE": {
      const kind = codec.endsWith("IEEE") ? "float" : bits === 8 ? "unsigned" : "signed";
      const encoding = numberEncoding(kind, Math.ceil(bits / 8), codec.endsWith("BIG"));
      const coding = pcmCoding(encoding, sampleRate, channels, limits);
      return coding && fixedBlocks(coding);
    }
    case "A_MS/ACM": {
      const coding = readWaveFormat(codecPrivate, false, limits);
      if (typeof coding === "number" && mpegTags.includes(coding)) return mpegFrames(sampleRate, channels);
      return typeof coding === "object" ? fixedBlocks(coding) : undefined;
    }
    case "A_MPEG/L2":
    case "A_MPEG/L3":
      return mpegFrames(sampleRate, channels);
    case "A_FLAC": {
      const info = readStreamInfo(codecPrivate.subarray(8, 8 + streamInfoBytes));
      const samples = (frame: Uint8Array): number => readFlacFrameHeader(frame, 0)?.samples ?? 0;
      const grid = info?.blockSamples || 1;
      return (
        info && {
          format: { codec: "flac", sampleRate: info.sampleRate, channels: info.channels, bits: info.bits },
          grid,
          samples,
        }
      );
    }
    case "A_ALAC": {
      const config = readAlacConfig(codecPrivate);
      return (
        config && {
          format: { codec: "alac", sampleRate: config.sampleRate, channels: config.channels, config },
          grid: config.frameSamples,
          samples: (packet) => alacPacketSamples(packet, config),
        }
      );
    }
    case "A_AAC": {
      const config = readAacConfig(codecPrivate);
      if (!config) return undefined;
      const samples = aacPacketSamples(config);
      return { format: aacFormat(config), grid: samples, samples: () => samples };
    }
    default:
      return undefined;
  }
}

const asTheyAre: Unpack = (packet) => packet;

/** Reads the track list. Returns the first supported audio track, or the codec name of an unsupported one. */
export function readTracks(tracks: Uint8Array, limits: MediaLimits): MatroskaTrack | string | undefined {
  let unknown: string | undefined;
  for (const entry of children(tracks)) {
    if (entry.id !== ids.trackEntry) continue;
    let [number, type, codec, delayNs, sampleRate, channels, bits] = [0, 0, "", 0, 8_000, 1, 0];
    let codecPrivate = Buffer.alloc(0);
    let uid = "";
    let encodings: Uint8Array | undefined;
    for (const { id, data } of children(entry.data)) {
      if (id === ids.number) number = readUint(data);
      if (id === ids.uid) uid = uidOf(data);
      if (id === ids.type) type = readUint(data);
      if (id === ids.codecId) codec = data.toString("latin1").replace(/\0.*$/s, "");
      if (id === ids.codecPrivate) codecPrivate = Buffer.from(data);
      if (id === ids.codecDelay) delayNs = readUint(data);
      if (id === ids.encodings) encodings = data;
      if (id !== ids.audio) continue;
      for (const part of children(data)) {
        if (part.id === ids.samplingFrequency) sampleRate = Math.round(readFloat(part.data));
        if (part.id === ids.channels) channels = readUint(part.data);
        if (part.id === ids.bitDepth) bits = readUint(part.data);
      }
    }
    if (type !== audioType) continue;
    const known = formatOf(codec, codecPrivate, sampleRate, channels, bits, limits);
    const unpack = encodings ? readContentEncodings(encodings) : asTheyAre;
    unknown ??= unpack ? codec : `${codec}, compressed or encrypted,`;
    if (!known || !unpack) continue;
    return { number, uid, ...known, unpack, delay: Math.round((delayNs * known.format.sampleRate) / 1e9) };
  }
  return unknown;
}
