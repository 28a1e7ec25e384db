import { DamagedPacketError } from "../../bit-reader.ts";
import { type Codebook, readReference, vectorsOf } from "./codebook.ts";
import type { PrefixCode } from "./prefix-code.ts";
import type { VorbisBits } from "./vorbis-bits.ts";

const maxPasses = 8;
/** Most entries times partitions of a code of classes; encoders need a few hundred. */
const maxEntryClasses = 2 ** 17;

/** Vectors that one pass adds to the partitions of a class. */
interface Stage {
  readonly code: PrefixCode;
  readonly vectors: Float32Array;
  readonly dimensions: number;
}

/** Fine structure of the spectrum, coded as sums of vectors: residue of types 0 to 2 (Vorbis I, 8). */
export class Residue {
  readonly #isStrided: boolean;
  readonly #isInterleaved: boolean;
  readonly #begin: number;
  readonly #end: number;
  readonly #partitionSize: number;
  readonly #classCode: PrefixCode;
  /** Classes of each entry of the class code, in the order of the partitions. */
  readonly #entryClasses: Uint8Array;
  readonly #classesPerEntry: number;
  /** By pass and class. */
  readonly #passes: readonly (readonly (Stage | undefined)[])[];
  /** Class of each partition, by partition and channel. */
  readonly #classes: Uint8Array;
  readonly #interleaved: Float64Array;

  /**
   * Reads a residue from a setup header.
   *
   * @param channels - Channels of the stream.
   * @param interleaved - Room for the lines of all channels in a long block, which the residues share.
   */
  constructor(bits: VorbisBits, books: readonly Codebook[], channels: number, interleaved: Float64Array) {
    const type = bits.read(16);
    if (type > 2) throw new DamagedPacketError(`the setup header has a residue of the unknown type ${type}`);
    this.#isStrided = type === 0;
    this.#isInterleaved = type === 2;
    this.#begin = bits.read(24);
    this.#end = bits.read(24);
    this.#partitionSize = bits.read(24) + 1;
    const classes = bits.read(6) + 1;
    const classBook = readReference(bits, books);
    const cascades = Array.from({ length: classes }, () => {
      const low = bits.read(3);
      return bits.flag() ? 8 * bits.read(5) + low : low;
    });
    const stages = cascades.map((cascade) =>
      Array.from({ length: maxPasses }, (_, pass) =>
        cascade & (1 << pass) ? readStage(bits, books, this.#partitionSize) : undefined,
      ),
    );
    const passes = Array.from({ length: maxPasses }, (_, pass) => stages.map((ofClass) => ofClass[pass]));
    this.#passes = passes.slice(0, 1 + passes.findLastIndex((pass) => pass.some(Boolean)));
    this.#classCode = classBook.code;
    this.#classesPerEntry = classBook.dimensions;
    this.#entryClasses = classesOfEntries(classBook.entries, classBook.dimensions, classes);
    const vectors = this.#isInterleaved ? 1 : channels;
    const length = Math.min(this.#end, interleaved.length / vectors);
    const partitions = Math.max(0, Math.floor((length - this.#begin) / this.#partitionSize));
    this.#classes = new Uint8Array(partitions * vectors);
    this.#interleaved = interleaved;
  }

  /** Whether all channels are coded as one vector, so that none can be left out. */
  get isInterleaved(): boolean {
    return this.#isInterleaved;
  }

  /**
   * Decodes the lines of channels. A packet that ends too early leaves the rest at 0.
   *
   * @param channels - Receive the lines; the first `channelCount` of them.
   * @param lines - Lines of a channel.
   */
  decode(bits: VorbisBits, channels: readonly Float64Array[], channelCount: number, lines: number): void {
    if (this.#isInterleaved && channelCount > 1) {
      const interleaved = this.#interleaved;
      const total = channelCount * lines;
      interleaved.fill(0, 0, total);
      this.#decodeVectors(bits, [interleaved], 1, total);
      for (let channel = 0; channel < channelCount; channel++)
        pick(interleaved, channel, channelCount, channels[channel], lines);
    } else {
      for (let channel = 0; channel < channelCount; channel++) channels[channel]?.fill(0, 0, lines);
      this.#decodeVectors(bits, channels, channelCount, lines);
    }
  }

  #decodeVectors(bits: VorbisBits, vectors: readonly Float64Array[], count: number, length: number): void {
    const size = this.#partitionSize;
    const begin = this.#begin;
    const partitions = Math.floor((Math.min(this.#end, length) - begin) / size);
    // An earlier part of the packet may have ended too early.
    if (bits.position >= bits.end) return;
    const [classes, isStrided, perEntry] = [this.#classes, this.#isStrided, this.#classesPerEntry];
    for (let pass = 0; pass < this.#passes.length; pass++) {
      const stages = this.#passes[pass] ?? [];
      for (let partition = 0; partition < partitions; partition++) {
        if (
          pass === 0 &&
          partition % perEntry === 0 &&
          !this.#readClasses(bits, partition, partitions, count)
        )
          return;
        for (let vector = 0; vector < count; vector++) {
          const stage = stages[classes[partition * count + vector] ?? 0];
          const target = vectors[vector];
          if (!stage || !target) continue;
          const from = begin + partition * size;
          const isWhole = isStrided
            ? addStrided(bits, stage, target, from, size)
            : addVectors(bits, stage, target, from, from + size);
          if (!isWhole) return;
        }
      }
    }
  }

  /** Reads the classes of the next partitions of each vector; returns false at the end of the packet. */
  #readClasses(bits: VorbisBits, partition: number, partitions: number, count: number): boolean {
    const perEntry = this.#classesPerEntry;
    const known = Math.min(perEntry, partitions - partition);
    for (let vector = 0; vector < count; vector++) {
      const entry = this.#classCode.decode(bits);
      if (entry < 0) return false;
      for (let index = 0; index < known; index++)
        this.#classes[(partition + index) * count + vector] =
          this.#entryClasses[entry * perEntry + index] ?? 0;
    }
    return true;
  }
}

function readStage(bits: VorbisBits, books: readonly Codebook[], partitionSize: number): Stage {
  const book = readReference(bits, books);
  const { code, dimensions } = book;
  if (partitionSize % dimensions !== 0)
    throw new DamagedPacketError("a partition of a residue is no multiple of its vectors");
  return { code, dimensions, vectors: vectorsOf(book) };
}

/** Returns the classes of each entry, which is a number with one digit for each partition. */
function classesOfEntries(entries: number, digits: number, classes: number): Uint8Array {
  if (entries * digits > maxEntryClasses)
    throw new DamagedPacketError("a residue has too many combinations of classes");
  const result = new Uint8Array(entries * digits);
  for (let entry = 0; entry < entries; entry++) {
    let rest = entry;
    for (let digit = digits - 1; digit >= 0; digit--) {
      result[entry * digits + digit] = rest % classes;
      rest = Math.floor(rest / classes);
    }
  }
  return result;
}

/** Adds consecutive vectors to lines; returns false at the end of the packet. */
function addVectors(bits: VorbisBits, stage: Stage, lines: Float64Array, from: number, to: number): boolean {
  const { vectors, dimensions, code } = stage;
  const { view, end } = bits;
  const { table, mask } = code;
  let { position } = bits;
  for (let at = from; at < to; ) {
    const found = table[(view.getInt32(position >>> 3, true) >>> (position & 7)) & mask] ?? 0;
    let entry = found >>> 6;
    if (found >= 0) position += found & 63;
    else {
      bits.position = position;
      entry = code.decodeLong(bits, found);
      position = bits.position;
    }
    if (position > end) {
      bits.position = position;
      return false;
    }
    let number = entry * dimensions;
    for (const stop = at + dimensions; at < stop; at++, number++)
      lines[at] = (lines[at] ?? 0) + (vectors[number] ?? 0);
  }
  bits.position = position;
  return true;
}

/** Adds vectors whose numbers are spread over a partition; returns false at the end of the packet. */
function addStrided(
  bits: VorbisBits,
  stage: Stage,
  lines: Float64Array,
  from: number,
  size: number,
): boolean {
  const { vectors, dimensions, code } = stage;
  const step = size / dimensions;
  for (let at = from; at < from + step; at++) {
    const entry = code.decode(bits);
    if (entry < 0) return false;
    for (let index = 0; index < dimensions; index++) {
      const line = at + index * step;
      lines[line] = (lines[line] ?? 0) + (vectors[entry * dimensions + index] ?? 0);
    }
  }
  return true;
}

/** Copies the lines of one channel out of interleaved ones. */
function pick(
  interleaved: Float64Array,
  first: number,
  step: number,
  lines: Float64Array | undefined,
  count: number,
): void {
  if (!lines) return;
  for (let line = 0, at = first; line < count; line++, at += step) lines[line] = interleaved[at] ?? 0;
}
