import {
  type MediaChunk,
  type MediaFacts,
  type MediaStream,
  OpusDecoder,
  type OpusLibrary,
  openMedia,
  TrackError,
} from "@asterite/audio/media";
import { openSource } from "./file-source.ts";

/** Seconds that are compared sample by sample. */
export const comparedSeconds = 120;
const seekShares = [0.7, 0.31, 0.02, 0.93, 0.5];
/** Samples after a seek that are compared. */
const seekSamples = 4_096;
/** Samples until a decoder of Opus has settled, whose first packets depend on those before. */
const settledSamples = 4_800;
/** Largest difference at a seek place, of full scale. */
const seekTolerance = { exact: 0.005, opus: 0.05 };
/** Largest difference in level, of all frequencies and of the high ones, where the sequence of noise depends on the start. */
const levelTolerancesDb = [0.5, 1.5] as const;

/** A file as the package plays it. */
export interface PlayedFile {
  readonly facts: MediaFacts;
  readonly seconds: number;
  /** The exception with which the file ended before its end. */
  readonly exception?: string;
  readonly sampleRate: number;
  /** The first channel, at most {@link comparedSeconds} of it. */
  readonly samples: Float32Array;
  /** Seek places whose sound is that of the same place when the file is played whole. */
  readonly rightSeeks: number;
  /** Seek places that were tried; 0 if the file cannot be sought. */
  readonly seeks: number;
}

/** Plays a file whole, then from several places. */
export async function playFile(path: string, library: OpusLibrary): Promise<PlayedFile> {
  const stream = await openMedia(openSource(path));
  try {
    const { facts } = stream;
    const whole = await listen(stream, library, Number.POSITIVE_INFINITY);
    let rightSeeks = 0;
    const shares = facts.seekable ? seekShares : [];
    for (const share of shares) {
      const kept = Math.min(whole.seconds, whole.samples.length / whole.sampleRate);
      const positionMs = Math.floor(1_000 * share * kept);
      await stream.seek(positionMs);
      const part = await listen(stream, library, seekSamples + settledSamples);
      const from = Math.round((positionMs * whole.sampleRate) / 1_000);
      const expected = whole.samples.subarray(from);
      // Spectral band replication adds noise.
      const isRight =
        facts.codec === "aac"
          ? isSame(part.samples, expected, false) || isAsLoud(part.samples, expected)
          : isSame(part.samples, expected, part.isOpus);
      if (isRight) rightSeeks++;
    }
    const { isOpus: _, ...heard } = whole;
    return { facts, ...heard, rightSeeks, seeks: shares.length };
  } finally {
    stream.close();
  }
}

function isSame(part: Float32Array, whole: Float32Array, isOpus: boolean): boolean {
  const from = isOpus ? settledSamples : 0;
  const to = Math.min(part.length, whole.length, from + seekSamples);
  const limit = isOpus ? seekTolerance.opus : seekTolerance.exact;
  for (let index = from; index < to; index++)
    if (!(Math.abs((part[index] ?? 0) - (whole[index] ?? 0)) <= limit)) return false;
  return Math.min(part.length, whole.length) > 0;
}

/** Levels in dB of the samples, and of their second differences, which the high frequencies dominate. */
function levels(samples: Float32Array): readonly number[] {
  let [all, high] = [0, 0];
  for (let at = 2; at < samples.length; at++) {
    const [now = 0, before = 0, first = 0] = [samples[at], samples[at - 1], samples[at - 2]];
    all += now * now;
    high += (now - 2 * before + first) ** 2;
  }
  return [all, high].map((power) => 10 * Math.log10(Math.max(1e-12, power / samples.length)));
}

function isAsLoud(part: Float32Array, whole: Float32Array): boolean {
  const length = Math.min(part.length, whole.length);
  const found = levels(part.subarray(0, length));
  const wanted = levels(whole.subarray(0, length));
  return (
    length > 0 &&
    levelTolerancesDb.every((limit, index) => Math.abs((found[index] ?? 0) - (wanted[index] ?? 0)) <= limit)
  );
}

async function listen(
  stream: MediaStream,
  library: OpusLibrary,
  atLeast: number,
): Promise<
  Pick<PlayedFile, "samples" | "seconds" | "sampleRate" | "exception"> & { readonly isOpus: boolean }
> {
  const decoder = new OpusDecoder(library);
  const pieces: Float32Array[] = [];
  let [sampleRate, count, kept, seconds] = [0, 0, 0, 0];
  // Opus with more than two channels is decoded by the stream.
  let isOpus = stream.facts.codec === "opus";
  let exception: { readonly exception?: string } = {};
  try {
    while (count < atLeast) {
      const chunk = await stream.read();
      if (!chunk) break;
      isOpus ||= chunk.type === "opus";
      const rate = chunk.type === "pcm" ? chunk.sampleRate : 48_000;
      sampleRate ||= rate;
      for (const samples of firstChannel(chunk, decoder)) {
        count += samples.length;
        seconds += samples.length / rate;
        if (kept >= comparedSeconds * sampleRate || rate !== sampleRate) continue;
        kept += samples.length;
        pieces.push(samples);
      }
    }
  } catch (error) {
    if (!(error instanceof TrackError)) throw error;
    exception = { exception: error.message };
  } finally {
    decoder.close();
  }
  const samples = new Float32Array(kept);
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  return { samples, seconds, sampleRate, isOpus, ...exception };
}

const firstChannel = (chunk: MediaChunk, decoder: OpusDecoder): Float32Array[] =>
  (chunk.type === "pcm"
    ? [chunk.channels[0]]
    : chunk.packets.map((packet) => decoder.decodeAudible(packet)[0]?.slice())
  ).filter((samples) => samples !== undefined);
