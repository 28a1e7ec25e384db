import { DamagedPacketError } from "../../bit-reader.ts";
import { type Codebook, readReference } from "./codebook.ts";
import type { Floor } from "./floor.ts";
import type { PrefixCode } from "./prefix-code.ts";
import { bitLength, type VorbisBits } from "./vorbis-bits.ts";

/** Factors of the heights, in steps of 140/256 dB (Vorbis I, 10.1). */
const levels = Float64Array.from({ length: 256 }, (_, index) => 10 ** ((-7 * (255 - index)) / 256));

/** Heights of full range, by multiplier. */
const ranges = [256, 128, 86, 64];
const maxPoints = 65;

/** Consecutive points that are coded in the same way. */
interface Partition {
  readonly dimensions: number;
  /** Bits of the number of a code. */
  readonly numberBits: number;
  /** Code of the numbers of all points; undefined if there is only one code. */
  readonly numbers: PrefixCode | undefined;
  /** Codes of the heights; undefined for points without one. */
  readonly codes: readonly (PrefixCode | undefined)[];
}

function readPartition(bits: VorbisBits, books: readonly Codebook[]): Partition {
  const dimensions = bits.read(3) + 1;
  const numberBits = bits.read(2);
  const numbers = numberBits > 0 ? readReference(bits, books).code : undefined;
  const codes = Array.from({ length: 1 << numberBits }, () => {
    const book = bits.read(8);
    if (book > books.length) throw new DamagedPacketError("a floor refers to a missing codebook");
    return book === 0 ? undefined : books[book - 1]?.code;
  });
  return { dimensions, numberBits, numbers, codes };
}

/** Envelope of line segments on a scale of decibels: floor of type 1 (Vorbis I, 7). */
export class PiecewiseFloor implements Floor {
  readonly #partitions: readonly Partition[];
  readonly #multiplier: number;
  readonly #range: number;
  readonly #x: Uint16Array;
  /** Indexes of the points by rising x. */
  readonly #sorted: Uint8Array;
  /** Indexes of the nearest earlier points with lower and higher x. */
  readonly #low: Uint8Array;
  readonly #high: Uint8Array;
  /** Heights of the points of each channel; −1 for points that are not used. */
  readonly #heights: readonly Int16Array[];
  /** Coded heights of a channel. */
  readonly #y: Int32Array;

  /** Reads a floor from a setup header. */
  constructor(bits: VorbisBits, books: readonly Codebook[], channels: number) {
    const kinds = Array.from({ length: bits.read(5) }, () => bits.read(4));
    const read = Array.from({ length: Math.max(-1, ...kinds) + 1 }, () => readPartition(bits, books));
    this.#partitions = kinds.flatMap((kind) => read[kind] ?? []);
    this.#multiplier = bits.read(2) + 1;
    this.#range = ranges[this.#multiplier - 1] ?? 0;
    const xBits = bits.read(4);
    const x = [0, 1 << xBits];
    for (const { dimensions } of this.#partitions)
      for (let index = 0; index < dimensions; index++) x.push(bits.read(xBits));
    if (x.length > maxPoints || new Set(x).size !== x.length)
      throw new DamagedPacketError("a floor has unusable points");
    this.#x = Uint16Array.from(x);
    this.#sorted = Uint8Array.from([...x.keys()].sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0)));
    const nearest = (of: number, side: 1 | -1): number => {
      const distance = (at: number): number => side * ((x[at] ?? 0) - (x[of] ?? 0));
      return [...x.keys()]
        .slice(0, of)
        .filter((at) => distance(at) > 0)
        .reduce((best, at) => (distance(at) < distance(best) ? at : best), side === 1 ? 1 : 0);
    };
    this.#low = Uint8Array.from(x, (_, of) => nearest(of, -1));
    this.#high = Uint8Array.from(x, (_, of) => nearest(of, 1));
    this.#heights = Array.from({ length: channels }, () => new Int16Array(x.length));
    this.#y = new Int32Array(x.length);
  }

  read(bits: VorbisBits, channel: number): boolean {
    if (!bits.flag()) return false;
    const y = this.#y;
    const heightBits = bitLength(this.#range - 1);
    y[0] = Math.min(this.#range - 1, bits.read(heightBits));
    y[1] = Math.min(this.#range - 1, bits.read(heightBits));
    let at = 2;
    for (const { dimensions, numberBits, numbers, codes } of this.#partitions) {
      let number = numbers ? decode(numbers, bits) : 0;
      for (let index = 0; index < dimensions; index++) {
        const code = codes[number & ((1 << numberBits) - 1)];
        number >>>= numberBits;
        y[at++] = code ? decode(code, bits) : 0;
      }
    }
    this.#unwrap(this.#heights[channel] ?? new Int16Array(0));
    return true;
  }

  /** Turns differences from the line between neighbours into heights (Vorbis I, 7.2.4, step 1). */
  #unwrap(heights: Int16Array): void {
    const [x, y, range] = [this.#x, this.#y, this.#range];
    heights.fill(-1);
    heights[0] = y[0] ?? 0;
    heights[1] = y[1] ?? 0;
    for (let at = 2; at < x.length; at++) {
      const low = this.#low[at] ?? 0;
      const high = this.#high[at] ?? 0;
      const lowY = y[low] ?? 0;
      const lowX = x[low] ?? 0;
      const rise = (y[high] ?? 0) - lowY;
      const run = (x[high] ?? 0) - lowX;
      const predicted = lowY + Math.trunc((rise * ((x[at] ?? 0) - lowX)) / run);
      const value = y[at] ?? 0;
      let height = predicted;
      if (value !== 0) {
        const above = range - predicted;
        if (value >= 2 * Math.min(above, predicted)) height = above > predicted ? value : range - 1 - value;
        else height = (value & 1) === 1 ? predicted - ((value + 1) >> 1) : predicted + (value >> 1);
        // Only damage leads out of the range.
        height = Math.max(0, Math.min(range - 1, height));
        heights[low] = lowY;
        heights[high] = y[high] ?? 0;
        heights[at] = height;
      }
      y[at] = height;
    }
  }

  apply(channel: number, lines: Float64Array, count: number): void {
    const heights = this.#heights[channel] ?? new Int16Array(0);
    const [sorted, multiplier] = [this.#sorted, this.#multiplier];
    let fromX = 0;
    let fromY = (heights[0] ?? 0) * multiplier;
    for (let index = 1; index < sorted.length; index++) {
      const at = sorted[index] ?? 0;
      const height = heights[at] ?? 0;
      if (height < 0) continue;
      const x = this.#x[at] ?? 0;
      applyLine(fromX, fromY, x, height * multiplier, lines, Math.min(x, count));
      fromX = x;
      fromY = height * multiplier;
      if (fromX >= count) return;
    }
    const level = levels[fromY] ?? 0;
    for (let x = fromX; x < count; x++) lines[x] = (lines[x] ?? 0) * level;
  }
}

function decode(code: PrefixCode, bits: VorbisBits): number {
  const entry = code.decode(bits);
  if (entry < 0) throw new DamagedPacketError("a floor ends too early");
  return entry;
}

/** Multiplies lines with the levels of a line between two points, drawn as whole steps (Vorbis I, 9.2.7). */
function applyLine(x0: number, y0: number, x1: number, y1: number, lines: Float64Array, end: number): void {
  const run = x1 - x0;
  const rise = y1 - y0;
  const base = Math.trunc(rise / run);
  const direction = rise < 0 ? -1 : 1;
  const rest = Math.abs(rise) - Math.abs(base) * run;
  let y = y0;
  let error = 0;
  for (let x = x0; x < end; x++) {
    lines[x] = (lines[x] ?? 0) * (levels[y] ?? 0);
    error += rest;
    y += base;
    if (error >= run) {
      error -= run;
      y += direction;
    }
  }
}
