import { aacFormat, aacPacketSamples, aacPreRoll, readAacConfig } from "../aac/aac-config.ts";
import type { OpusHead } from "../opus/opus-head.ts";
import { opusPacketSamples, opusPreRollSamples } from "../opus-packet.ts";
import type { PacketFormat } from "../packet-reader.ts";
import { alacPacketSamples, readAlacConfig } from "./alac-config.ts";

/** Blocks of equal length, which are read together. */
export interface BlockSize {
  readonly blockBytes: number;
  /** Samples of a block. */
  readonly samples: number;
  /** Blocks to read together. */
  readonly together: number;
}

/** Codec of a track's packets, in MP4, QuickTime and Core Audio files. */
export interface SampleEntry {
  readonly format: PacketFormat;
  /** Encoder delay in samples, used without an edit list. */
  readonly preSkip: number;
  /** Samples to decode before a seek target. */
  readonly preRoll: number;
  /** Given for blocks of equal length, such as the samples of uncompressed audio. */
  readonly block?: BlockSize;
  /** Returns the samples that a packet decodes to. */
  samples(packet: Uint8Array): number;
}

/** Iterates over descriptors (ISO/IEC 14496-1): a tag, then a length in groups of seven bits. */
function* descriptors(
  data: Buffer,
  from: number,
): Generator<{ readonly tag: number; readonly data: Buffer }> {
  for (let at = from; at + 2 <= data.length; ) {
    const tag = data.readUInt8(at++);
    let length = 0;
    for (let more = true; more && at < data.length; ) {
      const byte = data.readUInt8(at++);
      length = length * 128 + (byte & 0x7f);
      more = (byte & 0x80) !== 0;
    }
    yield { tag, data: data.subarray(at, at + length) };
    at += length;
  }
}

const tags = { stream: 3, decoder: 4, specific: 5 } as const;
const mp3Types = [0x69, 0x6b];

/** Reads an ES descriptor, which `esds` boxes of MP4 and cookies of Core Audio contain. */
function readEsds(
  data: Buffer,
): { readonly objectType: number; readonly config: Buffer | undefined } | undefined {
  for (const stream of descriptors(data, 0)) {
    if (stream.tag !== tags.stream || stream.data.length < 3) continue;
    for (const decoder of descriptors(stream.data, 3)) {
      if (decoder.tag !== tags.decoder || decoder.data.length < 13) continue;
      const specific = [...descriptors(decoder.data, 13)].find(({ tag }) => tag === tags.specific);
      return { objectType: decoder.data.readUInt8(0), config: specific?.data };
    }
  }
  return undefined;
}

/** Returns the codec of mp3. */
export function mp3Entry(sampleRate: number, channels: number): SampleEntry {
  const samples = sampleRate < 32_000 ? 576 : 1_152;
  const format = { codec: "mp3", sampleRate, channels } as const;
  return { format, preSkip: 0, preRoll: 30 * samples, samples: () => samples };
}

/** Returns the codec of Opus; undefined without a valid configuration. */
export const opusEntry = (head: OpusHead | undefined): SampleEntry | undefined =>
  head && { ...head, preRoll: opusPreRollSamples, samples: opusPacketSamples };

/** Reads a cookie of ALAC; returns undefined if it is not valid. */
export function alacEntry(cookie: Uint8Array): SampleEntry | undefined {
  const config = readAlacConfig(cookie);
  if (!config) return undefined;
  const { sampleRate, channels } = config;
  const format = { codec: "alac", sampleRate, channels, config } as const;
  return { format, preSkip: 0, preRoll: 0, samples: (packet) => alacPacketSamples(packet, config) };
}

/** Reads an ES descriptor of AAC or mp3; returns undefined for other codecs. */
export function esdsEntry(descriptor: Buffer, sampleRate: number, channels: number): SampleEntry | undefined {
  const found = readEsds(descriptor);
  if (found && mp3Types.includes(found.objectType)) return mp3Entry(sampleRate, channels);
  const config = found?.config && readAacConfig(found.config);
  if (!config) return undefined;
  const samples = aacPacketSamples(config);
  return { format: aacFormat(config), preSkip: 0, preRoll: aacPreRoll(config), samples: () => samples };
}
