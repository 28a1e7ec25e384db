import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";
import { readLong, type SpectrumCodebook, shortBits, spectrumCodebooks } from "./codebooks.ts";

/** Number of the codebook whose largest value stands for one that follows. */
const escapeCodebook = 11;
const escapeValue = 16;
/** Largest quantised magnitude. */
export const maxQuantised = 8_191;

/** Reads code words of four values. */
function readQuads(
  reader: BitReader,
  book: SpectrumCodebook,
  into: Int16Array,
  from: number,
  to: number,
): void {
  const { view } = reader;
  const { short, values, isUnsigned } = book;
  let position = reader.position;
  for (let at = from; at < to; at += 4) {
    const word = view.getInt32(position >>> 3) << (position & 7);
    const entry = short[word >>> (32 - shortBits)] ?? 0;
    let length = entry & 15;
    let index = (entry >>> 4) << 2;
    if (entry === 0) {
      const long = readLong(book, word);
      length = long & 31;
      index = (long >>> 5) << 2;
    }
    let signs = word << length;
    for (let value = 0; value < 4; value++) {
      let quantised = values[index + value] ?? 0;
      if (isUnsigned && quantised !== 0) {
        if (signs < 0) quantised = -quantised;
        signs <<= 1;
        length++;
      }
      into[at + value] = quantised;
    }
    position += length;
  }
  reader.position = position;
}

/** Reads the rest of a large value: a unary length, then that many bits and four more. */
function readEscape(reader: BitReader): number {
  const ones = Math.clz32(~reader.peek());
  reader.position += ones + 1;
  const bits = ones + 4;
  if (bits > 12) throw new DamagedPacketError(`a value of ${bits} bits`);
  return (1 << bits) + reader.read(bits);
}

/** Reads code words of two values. */
function readPairs(
  reader: BitReader,
  book: SpectrumCodebook,
  hasEscapes: boolean,
  into: Int16Array,
  from: number,
  to: number,
): void {
  const { view } = reader;
  const { short, values, isUnsigned } = book;
  let position = reader.position;
  for (let at = from; at < to; at += 2) {
    const word = view.getInt32(position >>> 3) << (position & 7);
    const entry = short[word >>> (32 - shortBits)] ?? 0;
    let length = entry & 15;
    let index = (entry >>> 4) << 1;
    if (entry === 0) {
      const long = readLong(book, word);
      length = long & 31;
      index = (long >>> 5) << 1;
    }
    let first = values[index] ?? 0;
    let second = values[index + 1] ?? 0;
    position += length;
    if (!isUnsigned) {
      into[at] = first;
      into[at + 1] = second;
      continue;
    }
    const signs = word << length;
    const isFirstNegative = first !== 0 && signs < 0;
    const isSecondNegative = second !== 0 && (first === 0 ? signs : signs << 1) < 0;
    position += (first === 0 ? 0 : 1) + (second === 0 ? 0 : 1);
    if (hasEscapes && (first === escapeValue || second === escapeValue)) {
      reader.position = position;
      if (first === escapeValue) first = readEscape(reader);
      if (second === escapeValue) second = readEscape(reader);
      position = reader.position;
    }
    into[at] = isFirstNegative ? -first : first;
    into[at + 1] = isSecondNegative ? -second : second;
  }
  reader.position = position;
}

/**
 * Reads the quantised lines of a band of one window.
 *
 * @param codebook - 1 to 11.
 * @throws DamagedPacketError if a value is too large.
 */
export function readLines(
  reader: BitReader,
  codebook: number,
  into: Int16Array,
  from: number,
  to: number,
): void {
  const book = spectrumCodebooks[codebook];
  if (!book) throw new DamagedPacketError(`unknown codebook ${codebook}`);
  if (book.dimension === 4) readQuads(reader, book, into, from, to);
  else readPairs(reader, book, codebook === escapeCodebook, into, from, to);
}
