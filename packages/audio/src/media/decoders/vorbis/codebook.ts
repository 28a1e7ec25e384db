import { DamagedPacketError } from "../../bit-reader.ts";
import { PrefixCode } from "./prefix-code.ts";
import { bitLength, type VorbisBits } from "./vorbis-bits.ts";

/** Entries times dimensions of all codebooks of a stream; encoders need less than a tenth. */
const maxNumbers = 2 ** 20;
/** Largest number in a vector. Sums of such numbers remain finite. */
const maxNumber = 2 ** 30;

/** Prefix code of a stream, with a vector for each entry (Vorbis I, 3). */
export class Codebook {
  readonly dimensions: number;
  readonly entries: number;
  /** Vectors of all entries, one after another; undefined for a codebook of scalars. */
  readonly vectors: Float32Array | undefined;
  readonly #code: PrefixCode | undefined;

  /**
   * Reads a codebook.
   *
   * @param maxSize - Most entries times dimensions.
   * @throws DamagedPacketError for a code that is not complete, and for a codebook that is too large.
   */
  constructor(bits: VorbisBits, maxSize: number) {
    if (bits.read(24) !== 0x56_43_42) throw new DamagedPacketError("a codebook has no sync pattern");
    this.dimensions = bits.read(16);
    this.entries = bits.read(24);
    if (this.dimensions === 0 || this.entries === 0 || this.dimensions * this.entries > maxSize)
      throw new DamagedPacketError("a codebook has an unusable size");
    const lengths = readLengths(bits, this.entries);
    // An encoder may write a codebook without codes if nothing refers to it.
    this.#code = lengths.some((length) => length > 0) ? new PrefixCode(lengths) : undefined;
    this.vectors = readVectors(bits, this.entries, this.dimensions);
  }

  /**
   * Code of the entries.
   *
   * @throws DamagedPacketError if no entry has a code.
   */
  get code(): PrefixCode {
    if (!this.#code) throw new DamagedPacketError("a codebook in use has no codes");
    return this.#code;
  }
}

/** Reads the codebooks of a setup header. */
export function readCodebooks(bits: VorbisBits): Codebook[] {
  let left = maxNumbers;
  return Array.from({ length: bits.read(8) + 1 }, () => {
    const book = new Codebook(bits, left);
    left -= book.entries * book.dimensions;
    return book;
  });
}

/**
 * Reads the number of a codebook, and returns the codebook.
 *
 * @throws DamagedPacketError if there is no such codebook.
 */
export function readReference(bits: VorbisBits, books: readonly Codebook[]): Codebook {
  const book = books[bits.read(8)];
  if (!book) throw new DamagedPacketError("the setup header refers to a missing codebook");
  return book;
}

/** Returns the vectors of a codebook, which must have some. */
export function vectorsOf(book: Codebook): Float32Array {
  if (!book.vectors) throw new DamagedPacketError("a codebook in use has no vectors");
  return book.vectors;
}

/** Reads the lengths of the codes; 0 stands for an entry that is not used. */
function readLengths(bits: VorbisBits, entries: number): Uint8Array {
  const lengths = new Uint8Array(entries);
  if (bits.flag()) {
    let length = bits.read(5) + 1;
    for (let entry = 0; entry < entries; length++) {
      const count = bits.read(bitLength(entries - entry));
      if (length > 32 || entry + count > entries)
        throw new DamagedPacketError("a codebook has lengths out of range");
      lengths.fill(length, entry, entry + count);
      entry += count;
    }
    return lengths;
  }
  const isSparse = bits.flag();
  for (let entry = 0; entry < entries; entry++)
    if (!isSparse || bits.flag()) lengths[entry] = bits.read(5) + 1;
  return lengths;
}

/** Reads the numbers of the vectors and combines them (Vorbis I, 3.2.1 and 3.3). */
function readVectors(bits: VorbisBits, entries: number, dimensions: number): Float32Array | undefined {
  const type = bits.read(4);
  if (type === 0) return undefined;
  if (type > 2) throw new DamagedPacketError(`a codebook has the unknown lookup type ${type}`);
  const minimum = readFloat(bits);
  const delta = readFloat(bits);
  const valueBits = bits.read(4) + 1;
  const isSequence = bits.flag();
  const count = type === 1 ? rootOf(entries, dimensions) : entries * dimensions;
  if (count * valueBits > bits.end - bits.position)
    throw new DamagedPacketError("the vectors of a codebook are not complete");
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) values[index] = bits.read(valueBits) * delta + minimum;
  const vectors = new Float32Array(entries * dimensions);
  for (let entry = 0, at = 0; entry < entries; entry++) {
    let last = 0;
    let rest = entry;
    for (let place = 0; place < dimensions; place++, at++) {
      const value = (values[type === 1 ? rest % count : at] ?? 0) + last;
      if (!(Math.abs(value) <= maxNumber))
        throw new DamagedPacketError("a codebook has a vector out of range");
      rest = Math.floor(rest / count);
      if (isSequence) last = value;
      vectors[at] = value;
    }
  }
  return vectors;
}

/** Reads a number of 21 bits of mantissa, 10 of exponent and a sign (Vorbis I, 9.2.2). */
function readFloat(bits: VorbisBits): number {
  const mantissa = bits.read(21);
  const exponent = bits.read(10);
  return (bits.flag() ? -mantissa : mantissa) * 2 ** (exponent - 788);
}

/** Largest whole number whose power is not above the number of entries (Vorbis I, 9.2.3). */
function rootOf(entries: number, dimensions: number): number {
  let root = Math.floor(entries ** (1 / dimensions));
  while ((root + 1) ** dimensions <= entries) root++;
  while (root ** dimensions > entries) root--;
  return root;
}
