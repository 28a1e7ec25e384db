import { FilterChain } from "./filter-chain.ts";
import { FilterConfiguration } from "./filter-configuration.ts";
import type { FilterValues } from "./filter-values.ts";
import { blockLength } from "./format.ts";

/** Two channels of one length. */
export interface Sound {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** Settings as they are after an update by a client. */
export function valuesAfter(update: object): FilterValues {
  const configuration = new FilterConfiguration();
  configuration.update(update);
  return configuration.values;
}

/** Collects what can be read from a chain or a resampler. */
export class Recorder {
  readonly #left: number[] = [];
  readonly #right: number[] = [];

  /** Reads until nothing is left. */
  drain(source: { read(left: Float32Array, right: Float32Array, length: number): number }): void {
    const left = new Float32Array(blockLength);
    const right = new Float32Array(blockLength);
    for (let count = source.read(left, right, blockLength); count > 0; ) {
      for (let at = 0; at < count; at++) {
        this.#left.push(left[at] ?? 0);
        this.#right.push(right[at] ?? 0);
      }
      count = source.read(left, right, blockLength);
    }
  }

  /** Everything so far. */
  get sound(): Sound {
    return { left: Float32Array.from(this.#left), right: Float32Array.from(this.#right) };
  }
}

/** Writes a sound to a chain in pieces whose lengths are repeated, and records what comes out. */
export function feed(
  chain: FilterChain,
  { left, right }: Sound,
  recorder = new Recorder(),
  lengths: readonly number[] = [blockLength],
): Recorder {
  for (let at = 0, piece = 0; at < left.length; piece++) {
    const length = Math.min(lengths[piece % lengths.length] ?? blockLength, left.length - at);
    chain.write(left.subarray(at, at + length), right.subarray(at, at + length), length);
    recorder.drain(chain);
    at += length;
  }
  return recorder;
}

/** A sound after a chain with the settings of an update, from its first sample to its last. */
export function filtered(update: object, left: Float32Array, right = left, lengths?: number[]): Sound {
  const chain = new FilterChain(valuesAfter(update));
  const recorder = feed(chain, { left, right }, new Recorder(), lengths);
  chain.flush();
  recorder.drain(chain);
  return recorder.sound;
}

/** Samples of one value. */
export const constant = (value: number, length: number): Float32Array => new Float32Array(length).fill(value);

/** The largest difference between two arrays; infinite where they are of different lengths. */
export function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let at = 0; at < one.length; at++) {
    largest = Math.max(largest, Math.abs((one[at] ?? 0) - (other[at] ?? 0)));
  }
  return largest;
}
