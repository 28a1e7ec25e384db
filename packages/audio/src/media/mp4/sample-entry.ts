import { aacFormat, aacPacketSamples, aacPreRoll, readAacConfig } from "../aac/aac-config.ts";
import { readFlacFrameHeader } from "../flac/frame-header.ts";
import { readStreamInfo, streamInfoBytes } from "../flac/stream-info.ts";
import type { MediaLimits } from "../media-limits.ts";
import { readOpusHead } from "../opus/opus-head.ts";
import { opusPacketSamples, opusPreRollSamples } from "../opus-packet.ts";
import type { PacketFormat } from "../packet-reader.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { alacPacketSamples, readAlacConfig } from "./alac-config.ts";
import { boxes, findBox } from "./boxes.ts";
import { readPcmEntry } from "./pcm-entry.ts";

/** Codec of a track's packets. */
export interface SampleEntry {
  readonly format: PacketFormat;
  /** Encoder delay in samples, used without an edit list. */
  readonly preSkip: number;
  /** Samples to decode before a seek target. */
  readonly preRoll: number;
  /** Given for uncompressed audio: bytes of a sample of all channels, and how many samples to read together. */
  readonly block?: { readonly blockBytes: number; readonly together: number };
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

function readEsds(
  data: Buffer,
): { readonly objectType: number; readonly config: Buffer | undefined } | undefined {
  for (const stream of descriptors(data, 4)) {
    if (stream.tag !== tags.stream || stream.data.length < 3) continue;
    for (const decoder of descriptors(stream.data, 3)) {
      if (decoder.tag !== tags.decoder || decoder.data.length < 13) continue;
      const specific = [...descriptors(decoder.data, 13)].find(({ tag }) => tag === tags.specific);
      return { objectType: decoder.data.readUInt8(0), config: specific?.data };
    }
  }
  return undefined;
}

const mp3 = (sampleRate: number, channels: number): SampleEntry => {
  const samples = sampleRate < 32_000 ? 576 : 1_152;
  const format = { codec: "mp3", sampleRate, channels } as const;
  return { format, preSkip: 0, preRoll: 30 * samples, samples: () => samples };
};

const pcmEntry = ({ format, blockBytes, samplesIn }: BlockCoding): SampleEntry => ({
  format,
  preSkip: 0,
  preRoll: 0,
  block: { blockBytes, together: Math.ceil(format.sampleRate / 10) },
  samples: (packet) => samplesIn(packet.length),
});

/** Reads the first entry of `stsd`. Returns the format name if it is not supported. */
export function readSampleEntry(stsd: Buffer, limits: MediaLimits): SampleEntry | string {
  const entry = boxes(stsd, 8).next().value;
  if (!entry || entry.data.length < 28) return "unknown";
  const { type, data } = entry;
  const version = data.readUInt16BE(8);
  const [channels, sampleRate] = [data.readUInt16BE(16), data.readUInt16BE(24)];
  // QuickTime has more fields before the boxes.
  const inside = data.subarray(28 + (version === 1 ? 16 : version === 2 ? 36 : 0));
  const pcm = readPcmEntry(type, data, inside, limits);
  if (pcm) return pcmEntry(pcm);
  if (type === ".mp3") return mp3(sampleRate, channels);
  if (type === "Opus") {
    const head = findBox(inside, "dOps");
    const known = head && readOpusHead(head.subarray(1), true);
    return known ? { ...known, preRoll: opusPreRollSamples, samples: opusPacketSamples } : type;
  }
  if (type === "fLaC") {
    const info = readStreamInfo(findBox(inside, "dfLa")?.subarray(8, 8 + streamInfoBytes) ?? Buffer.alloc(0));
    if (!info) return type;
    const { sampleRate, channels, bits } = info;
    const format = { codec: "flac", sampleRate, channels, bits } as const;
    const samples = (frame: Uint8Array): number => readFlacFrameHeader(frame, 0)?.samples ?? 0;
    return { format, preSkip: 0, preRoll: 0, samples };
  }
  if (type === "alac") {
    const config = readAlacConfig(
      (findBox(inside, "alac") ?? findBox(inside, "wave", "alac"))?.subarray(4) ?? data,
    );
    if (!config) return type;
    const format = {
      codec: "alac",
      sampleRate: config.sampleRate,
      channels: config.channels,
      config,
    } as const;
    return { format, preSkip: 0, preRoll: 0, samples: (packet) => alacPacketSamples(packet, config) };
  }
  if (type !== "mp4a") return type;
  const esds = findBox(inside, "esds") ?? findBox(inside, "wave", "esds");
  const found = esds && readEsds(esds);
  if (found && mp3Types.includes(found.objectType)) return mp3(sampleRate, channels);
  const config = found?.config && readAacConfig(found.config);
  if (!config) return type;
  const samples = aacPacketSamples(config);
  return { format: aacFormat(config), preSkip: 0, preRoll: aacPreRoll(config), samples: () => samples };
}
