import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type MediaFile, oddMediaFolder, seededRandom } from "@asterite/testkit";
import { mediaFile, memoryBytes } from "../../media.test-support.ts";
import { mediaLimits } from "../../media-limits.ts";
import { openReader } from "../../open-reader.ts";
import type { PacketFormat } from "../../packet-reader.ts";
import { randomChannel, writeChannel } from "../aac/aac-encoder.test-support.ts";
import { bandsByRate } from "../aac/bands.ts";
import { createAacDecoder } from "../aac-decoder.ts";
import { createAlacDecoder } from "../alac-decoder.ts";
import { BitWriter } from "../bit-writer.test-support.ts";
import type { Decoder } from "../decoder.ts";
import { encodeFlacFrame, flacSamples } from "../flac/flac-encoder.test-support.ts";
import { createFlacDecoder } from "../flac-decoder.ts";
import { randomStream } from "../vorbis/random-stream.test-support.ts";
import { createVorbisDecoder } from "../vorbis-decoder.ts";

/** A codec with valid packets of every kind, to be damaged. */
interface FuzzedCodec {
  readonly packets: readonly Uint8Array[];
  /** Most samples of a channel that a packet of these can decode to, damaged or not. */
  readonly maxSamples: number;
  /** Packets of 400 that are refused at least; few fields of Vorbis can be wrong. */
  readonly minRefused: number;
  create(): Decoder;
}

/** Reads the packets of a file of the test kit. */
const readPackets = (name: MediaFile) => packetsOf(mediaFile(name));

async function packetsOf(file: Uint8Array): Promise<{
  readonly packets: readonly Uint8Array[];
  readonly format: PacketFormat;
}> {
  const reader = await openReader(memoryBytes(file), mediaLimits);
  const first = await reader.read();
  if (!first) throw new Error("the file has no packets");
  const packets: Uint8Array[] = [];
  for (let batch: typeof first | undefined = first; batch; batch = await reader.read())
    packets.push(...batch.packets.map(({ data }) => data));
  return { packets, format: first.format };
}

async function alac(): Promise<FuzzedCodec> {
  const { packets, format } = await readPackets("tones-alac.m4a");
  if (format.codec !== "alac") throw new Error("the test file has another codec");
  return { packets, maxSamples: 4_096, minRefused: 20, create: () => createAlacDecoder(format.config) };
}

function flac(): FuzzedCodec {
  const next = seededRandom(1);
  const packets = Array.from({ length: 60 }, (_, index) => {
    const bits = [8, 12, 16, 20, 24, 32][index % 6] ?? 16;
    const channels = [flacSamples(192, bits, next), flacSamples(192, bits, next)];
    return encodeFlacFrame(channels, bits, [1, 8, 9, 10][index % 4] ?? 1, next);
  });
  return { packets, maxSamples: 65_536, minRefused: 20, create: () => createFlacDecoder(16, 2) };
}

async function aac(): Promise<FuzzedCodec> {
  const { packets, format } = await readPackets("tones.aac");
  const bands = bandsByRate[4];
  if (format.codec !== "aac" || !bands) throw new Error("the test file has another codec");
  // Encoders seldom write short windows with all codebooks.
  const next = seededRandom(2);
  const more = Array.from({ length: 40 }, (_, index) => {
    const bits = new BitWriter().write(1, 3).write(0, 5);
    for (let channel = 0; channel < 2; channel++)
      writeChannel(bits, randomChannel(next, bands, index % 2 === 0), bands);
    return bits.write(7, 3).bytes();
  });
  const create = () => createAacDecoder(format.config);
  return { packets: [...packets, ...more], maxSamples: 1_024, minRefused: 20, create };
}

/** Packets with spectral band replication, in stereo or with parametric stereo. */
async function heAac(name: string): Promise<FuzzedCodec> {
  const { packets, format } = await packetsOf(readFileSync(join(oddMediaFolder, name)));
  if (format.codec !== "aac" || !format.config.isReplicated)
    throw new Error("the test file has another codec");
  const { config } = format;
  return { packets, maxSamples: 2_048, minRefused: 20, create: () => createAacDecoder(config) };
}

async function vorbis(): Promise<FuzzedCodec> {
  const { packets, format } = await readPackets("tones.ogg");
  if (format.codec !== "vorbis") throw new Error("the test file has another codec");
  const create = () => createVorbisDecoder(format.headers, format.channels);
  return { packets, maxSamples: 2_048, minRefused: 5, create };
}

/** A stream with a floor of type 0 or 1 and residues of all types. */
const randomVorbis = (floorType: 0 | 1) => (): FuzzedCodec => {
  const { packets, identification, setup, channels } = randomStream(1, floorType, 4);
  const create = () => createVorbisDecoder([identification, setup], channels);
  return {
    packets: packets.map((packet) => packet.subarray(0, 800)),
    maxSamples: 2_048,
    minRefused: 5,
    create,
  };
};

/** Codecs by name. */
export const fuzzedCodecs: Readonly<Record<string, () => FuzzedCodec | Promise<FuzzedCodec>>> = {
  flac,
  alac,
  aac,
  "HE-AAC": () => heAac("he-aac.aac"),
  "HE-AAC v2": () => heAac("he-aac-v2.m4a"),
  vorbis,
  "vorbis with floors of filters": randomVorbis(0),
  "vorbis with submaps": randomVorbis(1),
};

/** Returns a packet with flipped bits, without its end, or both; sometimes noise. */
function damage(packet: Uint8Array, next: () => number): Uint8Array {
  const bytes = Uint8Array.from(packet);
  if (next() < 0.05) return bytes.map(() => Math.floor(next() * 256));
  const flips = next() < 0.8 ? 1 + Math.floor(next() * next() * 30) : 0;
  for (let flip = 0; flip < flips; flip++) {
    // Damage at the start, to headers, goes further than damage to samples.
    const at = Math.floor(next() * (next() < 0.5 ? Math.min(40, bytes.length) : bytes.length));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(next() * 8));
  }
  return flips === 0 || next() < 0.3 ? bytes.subarray(0, Math.floor(next() * bytes.length)) : bytes;
}

/**
 * Decodes damaged packets with one decoder, a sound one now and then.
 *
 * @returns How many were decoded and refused.
 * @throws An Error if a packet yields too many samples or ones that are no numbers.
 */
export function decodeDamaged(
  { packets, maxSamples, create }: FuzzedCodec,
  from: number,
  to: number,
): { readonly decoded: number; readonly refused: number } {
  const decoder = create();
  let [decoded, refused] = [0, 0];
  for (let seed = from; seed < to; seed++) {
    const next = seededRandom(seed);
    const packet = packets[Math.floor(next() * packets.length)] ?? new Uint8Array(0);
    const channels = decoder.decode(next() < 0.1 ? packet : damage(packet, next));
    if (channels) decoded++;
    else refused++;
    for (const samples of channels ?? []) {
      if (samples.length > maxSamples) throw new Error(`seed ${seed}: ${samples.length} samples`);
      if (!samples.every(Number.isFinite)) throw new Error(`seed ${seed}: a sample is not finite`);
    }
  }
  decoder.close();
  return { decoded, refused };
}
