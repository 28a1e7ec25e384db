import { FilterChain } from "./filter-chain.ts";
import { FilterConfiguration } from "./filter-configuration.ts";
import type { FilterValues } from "./filter-values.ts";
import { blockLength } from "./format.ts";

/** Stereo samples of equal length. */
export interface Sound {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** Returns the settings after an update by a client. */
export function valuesAfter(update: object): FilterValues {
  const configuration = new FilterConfiguration();
  configuration.update(update);
  return configuration.values;
}

/** Collects the output of a chain or resampler. */
export class Recorder {
  readonly #left: number[] = [];
  readonly #right: number[] = [];

  /** Reads until the source is empty. */
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

  /** All samples read so far. */
  get sound(): Sound {
    return { left: Float32Array.from(this.#left), right: Float32Array.from(this.#right) };
  }
}

/** Writes samples to a chain in pieces of the given lengths, repeated, and records the output. */
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

/** Returns samples processed by a chain with the settings of an update, from first to last. */
export function filtered(update: object, left: Float32Array, right = left, lengths?: number[]): Sound {
  const chain = new FilterChain(valuesAfter(update));
  const recorder = feed(chain, { left, right }, new Recorder(), lengths);
  chain.flush();
  recorder.drain(chain);
  return recorder.sound;
}

/** Returns constant samples. */
export const constant = (value: number, length: number): Float32Array => new Float32Array(length).fill(value);

/** Returns the largest absolute difference of two arrays; infinite if their lengths differ. */
export function maxDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let at = 0; at < one.length; at++) {
    largest = Math.max(largest, Math.abs((one[at] ?? 0) - (other[at] ?? 0)));
  }
  return largest;
}
