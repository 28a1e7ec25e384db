import { inspect } from "node:util";
import { type OpusLibrary, TrackError } from "@asterite/audio/media";
import { type PlayedFile, playFile } from "./play-file.ts";
import { type RefereedFile, referee } from "./referee.ts";

/** Differences that are no fault: encoder delays differ by a packet, and decoders round. */
const tolerated = { seconds: 0.06, levelDb: 0.5 };

/** Result for one file. */
export interface Examined {
  readonly name: string;
  /** Our result; the message if the file was refused, or the error if it crashed the package. */
  readonly played: PlayedFile | string;
  /** The result of ffmpeg; undefined if it refuses the file, and null if it is not asked. */
  readonly expected: RefereedFile | undefined | null;
  /** What is wrong; empty if nothing is. */
  readonly faults: readonly string[];
  /** Why differences to ffmpeg are no faults. */
  readonly explanation?: string;
}

/** Root mean square of samples in dB of full scale. */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(Math.max(1e-12, sum / Math.max(1, samples.length)));
}

/** Level in dB of the difference to ffmpeg's samples, over the common length. */
export function errorLevel(played: PlayedFile, expected: RefereedFile): number {
  const length = Math.min(played.samples.length, expected.samples.length);
  const rest = new Float32Array(length);
  for (let index = 0; index < length; index++)
    rest[index] = (played.samples[index] ?? 0) - (expected.samples[index] ?? 0);
  return level(rest);
}

/** Plays a file from the beginning and from several places, and compares it with ffmpeg. */
export async function examine(
  name: string,
  path: string,
  library: OpusLibrary,
  hasReferee: boolean,
): Promise<Examined> {
  const expected = hasReferee ? await referee(path) : null;
  try {
    const played = await playFile(path, library);
    return {
      name,
      played,
      expected,
      faults: [...ownFaults(played), ...(expected ? differences(played, expected) : [])],
    };
  } catch (error) {
    // The rest of the folder is played all the same.
    if (!(error instanceof TrackError)) return { name, played: inspect(error), expected, faults: ["crash"] };
    return { name, played: error.message, expected, faults: expected?.samples.length ? ["refused"] : [] };
  }
}

function ownFaults({ facts, seconds, rightSeeks, seeks, samples, exception }: PlayedFile): string[] {
  const told = facts.durationMs === null ? seconds : facts.durationMs / 1_000;
  return [
    exception === undefined && !facts.isDurationEstimated && Math.abs(told - seconds) > tolerated.seconds
      ? "length"
      : "",
    rightSeeks < seeks ? "seek" : "",
    samples.every(Number.isFinite) ? "" : "samples",
  ].filter((fault) => fault !== "");
}

function differences(played: PlayedFile, expected: RefereedFile): string[] {
  const { facts, seconds, samples } = played;
  const loudness = Math.abs(level(samples) - level(expected.samples));
  const tags = [
    ["title", facts.title],
    ["artist", facts.author],
    ["album", facts.album],
  ] as const;
  return [
    Math.abs(seconds - expected.seconds) > tolerated.seconds ? "heard length" : "",
    loudness > tolerated.levelDb ? "level" : "",
    ...tags.map(([name, ours]) => {
      const theirs = expected.tags.get(name);
      return theirs !== undefined && ours !== theirs ? name : "";
    }),
  ].filter((difference) => difference !== "");
}
