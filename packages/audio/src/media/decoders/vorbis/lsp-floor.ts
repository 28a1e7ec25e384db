import { DamagedPacketError } from "../../bit-reader.ts";
import { type Codebook, readReference, vectorsOf } from "./codebook.ts";
import type { Floor } from "./floor.ts";
import { bitLength, type VorbisBits } from "./vorbis-bits.ts";

const bark = (hertz: number): number =>
  13.1 * Math.atan(0.000_74 * hertz) + 2.24 * Math.atan(1.85e-8 * hertz * hertz) + 1e-4 * hertz;

/** Highest level in dB. Only damage exceeds it. */
const maxLevel = 300;

/** Envelope of a filter given by line spectral pairs: floor of type 0 (Vorbis I, 6). */
export class LspFloor implements Floor {
  readonly #order: number;
  readonly #rate: number;
  readonly #mapSize: number;
  readonly #amplitudeBits: number;
  /** Level in dB of the amplitude 0, below full scale. */
  readonly #offset: number;
  readonly #books: readonly Codebook[];
  /** Amplitude of each channel, up to 1. */
  readonly #amplitudes: Float64Array;
  /** Twice the cosines of the pairs of each channel. */
  readonly #cosines: readonly Float64Array[];
  /** Index on the Bark scale of each line, by number of lines. */
  readonly #maps = new Map<number, Uint16Array>();

  /** Reads a floor from a setup header. */
  constructor(bits: VorbisBits, books: readonly Codebook[], channels: number) {
    this.#order = bits.read(8);
    this.#rate = bits.read(16);
    this.#mapSize = bits.read(16);
    this.#amplitudeBits = bits.read(6);
    this.#offset = bits.read(8);
    this.#books = Array.from({ length: bits.read(4) + 1 }, () => readReference(bits, books));
    if (this.#order === 0 || this.#rate === 0 || this.#mapSize === 0 || this.#amplitudeBits > 32)
      throw new DamagedPacketError("a floor has unusable numbers");
    for (const book of this.#books) vectorsOf(book);
    this.#amplitudes = new Float64Array(channels);
    this.#cosines = Array.from({ length: channels }, () => new Float64Array(this.#order));
  }

  read(bits: VorbisBits, channel: number): boolean {
    const amplitude = bits.read(this.#amplitudeBits);
    if (amplitude === 0) return false;
    this.#amplitudes[channel] = amplitude / (2 ** this.#amplitudeBits - 1);
    const book = this.#books[bits.read(bitLength(this.#books.length))];
    const cosines = this.#cosines[channel];
    if (!book || !cosines) throw new DamagedPacketError("a floor refers to a missing codebook");
    const { vectors, dimensions, code } = book;
    let last = 0;
    for (let at = 0; at < this.#order; ) {
      const entry = code.decode(bits);
      if (entry < 0) throw new DamagedPacketError("a floor ends too early");
      let angle = last;
      for (let index = 0; index < dimensions && at < this.#order; index++) {
        angle = last + (vectors?.[entry * dimensions + index] ?? 0);
        cosines[at++] = 2 * Math.cos(angle);
      }
      last = angle;
    }
    return true;
  }

  apply(channel: number, lines: Float64Array, count: number): void {
    const map = this.#map(count);
    const cosines = this.#cosines[channel] ?? new Float64Array(0);
    const amplitude = this.#amplitudes[channel] ?? 0;
    for (let line = 0; line < count; ) {
      const place = map[line] ?? 0;
      const size = filterSize(cosines, 2 * Math.cos((Math.PI * place) / this.#mapSize));
      const level = this.#offset * (amplitude / size - 1);
      const value = Math.exp(0.115_129_25 * Math.min(level, maxLevel));
      for (; line < count && map[line] === place; line++) lines[line] = (lines[line] ?? 0) * value;
    }
  }

  #map(count: number): Uint16Array {
    let map = this.#maps.get(count);
    if (!map) {
      const scale = this.#mapSize / bark(this.#rate / 2);
      map = Uint16Array.from({ length: count }, (_, line) =>
        Math.min(this.#mapSize - 1, Math.floor(bark((this.#rate * line) / (2 * count)) * scale)),
      );
      this.#maps.set(count, map);
    }
    return map;
  }
}

/** Returns the magnitude of the inverse filter at an angle, given by twice its cosine (Vorbis I, 6.2.3). */
function filterSize(cosines: Float64Array, cosine: number): number {
  const order = cosines.length;
  let odd = 1;
  let even = 1;
  for (let at = 0; at + 1 < order; at += 2) {
    even *= ((cosines[at] ?? 0) - cosine) ** 2;
    odd *= ((cosines[at + 1] ?? 0) - cosine) ** 2;
  }
  if (order % 2 === 1) {
    even *= ((cosines[order - 1] ?? 0) - cosine) ** 2 / 4;
    odd *= 1 - (cosine * cosine) / 4;
  } else {
    even *= (2 + cosine) / 4;
    odd *= (2 - cosine) / 4;
  }
  return Math.sqrt(odd + even);
}
