import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";
import { type CodebookData, scaleFactorData, spectrumData } from "./codebook-data.ts";

/** Bits with which the table of short code words is indexed. */
export const shortBits = 9;

/** Huffman codebook, prepared for reading. */
export interface Codebook {
  /** Index of the value and length of the code word (lowest four bits) by the next bits; 0 for a longer code word. */
  readonly short: Uint16Array;
  /** First code word of each length, and its place in {@link order}. */
  readonly firsts: Int32Array;
  readonly places: Int32Array;
  readonly counts: readonly number[];
  readonly order: Uint16Array;
}

/** Prepares a codebook for reading. */
export function prepareCodebook({ counts, order }: CodebookData): Codebook {
  const short = new Uint16Array(1 << shortBits);
  const [firsts, places] = [new Int32Array(counts.length), new Int32Array(counts.length)];
  let [code, place] = [0, 0];
  for (const [index, count] of counts.entries()) {
    const length = index + 1;
    code <<= 1;
    firsts[index] = code;
    places[index] = place;
    for (let word = 0; word < count && length <= shortBits; word++) {
      const from = (code + word) << (shortBits - length);
      short.fill(((order[place + word] ?? 0) << 4) | length, from, from + (1 << (shortBits - length)));
    }
    code += count;
    place += count;
  }
  return { short, firsts, places, counts, order: Uint16Array.from(order) };
}

/**
 * Reads a code word that is not in the table of short ones.
 *
 * @param word - Next 25 bits, at the top.
 * @returns Index of the value and length of the code word, as in {@link Codebook.short} but with five bits of length.
 * @throws DamagedPacketError if there is none; all codebooks are complete, so that cannot happen.
 */
export function readLong({ firsts, places, counts, order }: Codebook, word: number): number {
  for (let length = shortBits + 1; length <= counts.length; length++) {
    const above = (word >>> (32 - length)) - (firsts[length - 1] ?? 0);
    if (above < (counts[length - 1] ?? 0))
      return ((order[(places[length - 1] ?? 0) + above] ?? 0) << 5) | length;
  }
  throw new DamagedPacketError("unknown code word");
}

/** Codebook of the spectrum with the values of its code words. */
export interface SpectrumCodebook extends Codebook {
  /** Values of a code word: 4 or 2. */
  readonly dimension: 2 | 4;
  /** Whether the signs of values other than 0 follow the code word. */
  readonly isUnsigned: boolean;
  /** Values by index, {@link dimension} of each. */
  readonly values: Int8Array;
}

/** Dimension, whether signs follow, and largest magnitude of the codebooks 1 to 11. */
const shapes: readonly (readonly [dimension: 2 | 4, isUnsigned: boolean, most: number])[] = [
  [4, false, 1],
  [4, false, 1],
  [4, true, 2],
  [4, true, 2],
  [2, false, 4],
  [2, false, 4],
  [2, true, 7],
  [2, true, 7],
  [2, true, 12],
  [2, true, 12],
  [2, true, 16],
];

/** Codebooks by their numbers; the first is absent. */
export const spectrumCodebooks: readonly (SpectrumCodebook | undefined)[] = [
  undefined,
  ...spectrumData.map((data, index): SpectrumCodebook => {
    const [dimension, isUnsigned, most] = shapes[index] ?? [2, true, 0];
    const [radix, least] = isUnsigned ? [most + 1, 0] : [2 * most + 1, -most];
    const values = new Int8Array(data.order.length * dimension);
    for (let value = 0; value < data.order.length; value++)
      for (let digit = 0; digit < dimension; digit++)
        values[value * dimension + digit] =
          (Math.floor(value / radix ** (dimension - 1 - digit)) % radix) + least;
    return { ...prepareCodebook(data), dimension, isUnsigned, values };
  }),
];

const scaleFactorCodebook = prepareCodebook(scaleFactorData);

/** Reads a code word and returns the index that it stands for. */
export function readIndex(reader: BitReader, codebook: Codebook): number {
  const word = reader.peek();
  const short = codebook.short[word >>> (32 - shortBits)] ?? 0;
  if (short !== 0) {
    reader.position += short & 15;
    return short >>> 4;
  }
  const long = readLong(codebook, word);
  reader.position += long & 31;
  return long >>> 5;
}

/** Reads the difference between two scale factors. */
export const readScaleDifference = (reader: BitReader): number => readIndex(reader, scaleFactorCodebook) - 60;
