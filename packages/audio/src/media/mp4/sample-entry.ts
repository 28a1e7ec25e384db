import { readFlacFrameHeader } from "../flac/frame-header.ts";
import { readStreamInfo, streamInfoBytes } from "../flac/stream-info.ts";
import type { MediaLimits } from "../media-limits.ts";
import { readOpusHead } from "../opus/opus-head.ts";
import { adpcmCoding } from "../pcm/adpcm-coding.ts";
import type { BlockCoding } from "../pcm/fixed-block-reader.ts";
import { adpcmKinds, mpegTags, tagOfCode } from "../wav/wave-format.ts";
import { boxes, findBox } from "./boxes.ts";
import { alacEntry, esdsEntry, mp3Entry, opusEntry, type SampleEntry } from "./packet-entry.ts";
import { readPcmEntry } from "./pcm-entry.ts";

const blockEntry = ({ format, blockBytes, samplesIn }: BlockCoding): SampleEntry => ({
  format,
  preSkip: 0,
  preRoll: 0,
  block: {
    blockBytes,
    samples: samplesIn(blockBytes),
    together: Math.ceil(format.sampleRate / 10 / samplesIn(blockBytes)),
  },
  samples: (packet) => samplesIn(packet.length),
});

/** Bytes of a block of IMA ADPCM for one channel. */
const imaBlockBytes = 34;
/** Position of the bytes of a block of all channels, in a sound description of version 1. */
const blockBytesAt = 36;

/** Reads an entry whose codec is a format tag of WAVE files; returns undefined if it is of another kind, or not supported. */
function readWaveEntry(
  type: string,
  data: Buffer,
  version: number,
  limits: MediaLimits,
): SampleEntry | undefined {
  const tag = tagOfCode(type);
  const [channels, sampleRate] = [data.readUInt16BE(16), data.readUInt16BE(24)];
  if (tag !== undefined && mpegTags.includes(tag)) return mp3Entry(sampleRate, channels);
  const kind = adpcmKinds.get(tag);
  if (!kind || version !== 1 || data.length < blockBytesAt + 4) return undefined;
  const coding = adpcmCoding(kind, sampleRate, channels, data.readUInt32BE(blockBytesAt), limits);
  return coding && blockEntry(coding);
}

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
  if (pcm) return blockEntry(pcm);
  if (type === "ima4") {
    const coding = adpcmCoding("quicktime", sampleRate, channels, imaBlockBytes * channels, limits);
    return coding ? blockEntry(coding) : type;
  }
  const wave = readWaveEntry(type, data, version, limits);
  if (wave) return wave;
  if (type === ".mp3") return mp3Entry(sampleRate, channels);
  if (type === "Opus") {
    const head = findBox(inside, "dOps");
    return (head && opusEntry(readOpusHead(head.subarray(1), true))) ?? type;
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
    const cookie = findBox(inside, "alac") ?? findBox(inside, "wave", "alac");
    return alacEntry(cookie?.subarray(4) ?? data) ?? type;
  }
  if (type !== "mp4a") return type;
  const esds = findBox(inside, "esds") ?? findBox(inside, "wave", "esds");
  return (esds && esdsEntry(esds.subarray(4), sampleRate, channels)) ?? type;
}
