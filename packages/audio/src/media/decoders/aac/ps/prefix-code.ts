import type { BitReader } from "../../../bit-reader.ts";
import type { PrefixCodeData } from "./codebook-data.ts";

/** A prefix code, prepared for reading. */
export interface PrefixCode extends PrefixCodeData {
  /** Code words at the top of 32 bits, in ascending order. */
  readonly words: Uint32Array;
}

export function preparePrefixCode({ order, lengths }: PrefixCodeData): PrefixCode {
  let word = 0;
  const words = Uint32Array.from(lengths, (length) => {
    const here = word;
    word += 2 ** (32 - length);
    return here;
  });
  return { order, lengths, words };
}

/** Reads a code word and returns the index that it stands for. */
export function readPrefixCode(reader: BitReader, { order, lengths, words }: PrefixCode): number {
  const next = reader.peek() >>> 0;
  let [low, high] = [0, words.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((words[middle] ?? 0) <= next) low = middle;
    else high = middle;
  }
  reader.position += lengths[low] ?? 0;
  return order[low] ?? 0;
}
