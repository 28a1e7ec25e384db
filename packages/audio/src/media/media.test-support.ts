import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type MediaFile, mediaFolder, tone } from "@asterite/testkit";
import type { LiveBytes, RandomBytes } from "./byte-source.ts";
import type { MediaStream } from "./media-stream.ts";
import { OpusDecoder } from "./opus.ts";
import { loadOpus } from "./opus-library.ts";

/** Returns a media file of the test kit. */
export const mediaFile = (name: MediaFile): Uint8Array => readFileSync(join(mediaFolder, name));

/** Returns a WAV file at 48 kHz, 16 bits, with the same tone on both channels. */
export function toneWav(frequency: number, seconds: number, amplitude = 0.25): Buffer {
  const samples = tone(frequency, seconds, amplitude);
  const bytes = Buffer.alloc(44 + 4 * samples.length);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(48_000, 24);
  bytes.writeUInt32LE(192_000, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(4 * samples.length, 40);
  for (const [index, sample] of samples.entries()) {
    bytes.writeInt16LE(Math.round(32_767 * sample), 44 + 4 * index);
    bytes.writeInt16LE(Math.round(32_767 * sample), 46 + 4 * index);
  }
  return bytes;
}

/** Bytes in memory that record their use. */
export interface MemoryBytes extends RandomBytes {
  /** Number of bytes read. */
  bytesRead: number;
  closed: number;
}

/** Returns random-access bytes with this content. */
export function memoryBytes(content: Uint8Array, contentType: string | null = null): MemoryBytes {
  return {
    type: "random",
    isLocal: true,
    size: content.length,
    contentType,
    bytesRead: 0,
    closed: 0,
    read(start, end) {
      const bytes = content.slice(start, end);
      this.bytesRead += bytes.length;
      return Promise.resolve(bytes);
    },
    close() {
      this.closed++;
    },
  };
}

/** Returns random-access bytes as an HTTP server sends them. */
export const remoteBytes = (content: Uint8Array): MemoryBytes => ({
  ...memoryBytes(content),
  isLocal: false,
});

/** Returns live bytes that are produced in pieces, on demand. */
export function liveBytes(
  pieces: Iterable<Uint8Array>,
  given: Partial<Pick<LiveBytes, "contentType" | "endless" | "length" | "reopen">> = {},
): LiveBytes {
  const iterator = pieces[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { done, value } = iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
  const defaults = { contentType: null, endless: false, station: null, title: null, length: null } as const;
  return { ...defaults, ...given, type: "live", stream, close: () => {} };
}

/** Splits bytes into pieces of equal length. */
export function* inPieces(content: Uint8Array, length = 1_000): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += length) yield content.slice(at, at + length);
}

/** Audible samples of a track from its current position. */
export interface DecodedTrack {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array[];
}

/** Reads and decodes a track as a player would, to its end or until it has enough samples. */
export async function decodeAll(
  stream: MediaStream,
  atLeast = Number.POSITIVE_INFINITY,
): Promise<DecodedTrack> {
  const pieces: (readonly Float32Array[])[] = [];
  let sampleRate = stream.facts.sampleRate;
  let count = 0;
  const decoder = new OpusDecoder(await loadOpus());
  while (count < atLeast) {
    const chunk = await stream.read();
    if (!chunk) break;
    if (chunk.type === "pcm") sampleRate = chunk.sampleRate;
    const decoded =
      chunk.type === "pcm"
        ? [chunk.channels]
        : chunk.packets.map((each) => decoder.decodeAudible(each).map((samples) => samples.slice()));
    for (const piece of decoded) {
      pieces.push(piece);
      count += piece[0]?.length ?? 0;
    }
  }
  const channels = Math.max(0, ...pieces.map((piece) => piece.length));
  return {
    sampleRate,
    channels: Array.from({ length: channels }, (_, channel) => {
      const samples = new Float32Array(count);
      let at = 0;
      for (const piece of pieces) {
        samples.set(piece[channel] ?? [], at);
        at += piece[channel]?.length ?? 0;
      }
      return samples;
    }),
  };
}

/** Returns the amplitude of a tone in samples (Goertzel algorithm). */
export function amplitude(samples: Float32Array, frequency: number, sampleRate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let [last, before] = [0, 0];
  for (const sample of samples) [last, before] = [sample + coefficient * last - before, last];
  const power = last * last + before * before - coefficient * last * before;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

/** Returns the largest absolute difference of two signals of equal length. */
export function maxDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((largest, sample, index) => Math.max(largest, Math.abs(sample - (b[index] ?? 0))), 0);
}
