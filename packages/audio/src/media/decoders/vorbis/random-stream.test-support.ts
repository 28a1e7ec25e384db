import { seededRandom } from "@asterite/testkit";
import { oggPage } from "../../ogg/ogg-page.test-support.ts";
import { VorbisPacketDecoder } from "./vorbis-packet-decoder.ts";

/** Writes bits, the least significant first: the counterpart of VorbisBits. */
export class LowBitWriter {
  readonly #bits: number[] = [];

  /** Writes an unsigned number. */
  write(value: number, bits: number): this {
    for (let bit = 0; bit < bits; bit++) this.#bits.push(Math.floor(value / 2 ** bit) % 2);
    return this;
  }

  /** Number of bits written. */
  get length(): number {
    return this.#bits.length;
  }

  /** Writes a list of numbers of as many bits each. */
  writeAll(values: readonly number[], bits: number): this {
    for (const value of values) this.write(value, bits);
    return this;
  }

  /** Returns the bytes, the last one padded with zeros. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [index, bit] of this.#bits.entries())
      bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (index & 7));
    return bytes;
  }
}

/** Random numbers in the forms that the generator needs. */
class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** Returns a whole number from `from` to `to`. */
  roll(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.roll(0, values.length - 1)];
    if (value === undefined) throw new RangeError("no values");
    return value;
  }

  list<T>(length: number, make: (index: number) => T): T[] {
    return Array.from({ length }, (_, index) => make(index));
  }

  /** Returns different numbers below a limit. */
  different(count: number, limit: number): number[] {
    const found = new Set<number>();
    while (found.size < count) found.add(this.roll(1, limit - 1));
    return [...found];
  }
}

const writeHeader = (type: number): LowBitWriter =>
  new LowBitWriter().writeAll([type, ...Buffer.from("vorbis")], 8);

/** Returns the lengths of a complete code with this number of entries, in random order. */
function randomLengths(dice: Dice, entries: number): number[] {
  const lengths = [1, 1];
  while (lengths.length < entries) {
    // Splitting the last one now and then makes codes that are longer than a look-up.
    const at = dice.roll(0, 2) === 0 ? lengths.length - 1 : dice.roll(0, lengths.length - 1);
    const length = (lengths[at] ?? 0) + 1;
    if (length > 24) continue;
    lengths.splice(at, 1, length, length);
  }
  return lengths.toSorted((a, b) => ((a * 7_919) % 13) - ((b * 7_919) % 13));
}

function writeLengths(bits: LowBitWriter, dice: Dice, lengths: readonly number[]): void {
  const isOrdered = dice.roll(0, 2) === 0 && !lengths.includes(0);
  bits.write(isOrdered ? 1 : 0, 1);
  if (!isOrdered) {
    const isSparse = lengths.includes(0);
    bits.write(isSparse ? 1 : 0, 1);
    for (const length of lengths) {
      if (isSparse) bits.write(length > 0 ? 1 : 0, 1);
      if (length > 0) bits.write(length - 1, 5);
    }
    return;
  }
  const first = Math.min(...lengths);
  bits.write(first - 1, 5);
  for (let length = first, left = lengths.length; left > 0; length++) {
    const count = lengths.filter((one) => one === length).length;
    bits.write(count, 32 - Math.clz32(left));
    left -= count;
  }
}

/** Writes a number of steps of 2 to the power of −20. */
const writeFloat = (bits: LowBitWriter, value: number): void => {
  bits
    .write(Math.round(Math.abs(value) * 2 ** 20), 21)
    .write(768, 10)
    .write(value < 0 ? 1 : 0, 1);
};

/** Sixteen evenly spaced numbers, of which vectors are made. */
interface Numbers {
  readonly from: number;
  readonly to: number;
  readonly isSequence: boolean;
}

/** Writes a codebook; one without numbers has no vectors. */
function writeCodebook(
  bits: LowBitWriter,
  dice: Dice,
  lengths: readonly number[],
  dimensions: number,
  numbers?: Numbers,
): void {
  bits.write(0x56_43_42, 24).write(dimensions, 16).write(lengths.length, 24);
  writeLengths(bits, dice, lengths);
  bits.write(numbers ? 1 : 0, 4);
  if (!numbers) return;
  writeFloat(bits, numbers.from);
  writeFloat(bits, (numbers.to - numbers.from) / 15);
  bits.write(3, 4).write(numbers.isSequence ? 1 : 0, 1);
  let root = 1;
  while ((root + 1) ** dimensions <= lengths.length) root++;
  bits.writeAll(
    dice.list(root, () => dice.roll(0, 15)),
    4,
  );
}

/** Writes a floor of type 1 whose codebooks are numbered from `firstBook` on. */
function writePiecewiseFloor(
  bits: LowBitWriter,
  dice: Dice,
  firstBook: number,
  books: number,
  maxBits: number,
): void {
  const kinds = dice.list(dice.roll(1, 6), () => dice.roll(0, 2));
  bits.write(1, 16).write(kinds.length, 5).writeAll(kinds, 4);
  const dimensions = dice.list(Math.max(...kinds) + 1, () => dice.roll(1, 4));
  for (const points of dimensions) {
    const numberBits = dice.roll(0, 2);
    bits.write(points - 1, 3).write(numberBits, 2);
    if (numberBits > 0) bits.write(firstBook + dice.roll(0, books - 1), 8);
    for (let code = 0; code < 1 << numberBits; code++)
      bits.write(dice.roll(0, 3) === 0 ? 0 : 1 + firstBook + dice.roll(0, books - 1), 8);
  }
  const xBits = dice.roll(7, maxBits);
  const points = kinds.reduce((sum, kind) => sum + (dimensions[kind] ?? 0), 0);
  bits
    .write(dice.pick([0, 1, 3]), 2)
    .write(xBits, 4)
    .writeAll(dice.different(points, 1 << xBits), xBits);
}

/** Writes a residue with classes by codebooks 0 or 1 and vectors of codebooks 2 to 5. */
function writeResidue(bits: LowBitWriter, dice: Dice, type: number, lines: number, classes: number): void {
  // libvorbis requires that interleaved partitions begin at the first channel.
  bits
    .write(type, 16)
    .write(12 * dice.roll(0, lines / 48), 24)
    .write(dice.roll(lines / 2, lines), 24);
  bits.write((type === 2 ? 24 : 8 * dice.roll(1, 4)) - 1, 24);
  bits.write(classes - 1, 6).write(dice.roll(0, 1), 8);
  const cascades = dice.list(classes, () => dice.pick([0, 1, 2, 5, 8, 131]));
  for (const cascade of cascades) {
    bits.write(cascade & 7, 3).write(cascade > 7 ? 1 : 0, 1);
    if (cascade > 7) bits.write(cascade >> 3, 5);
  }
  for (const cascade of cascades)
    for (let pass = 0; pass < 8; pass++) if (cascade & (1 << pass)) bits.write(dice.roll(2, 5), 8);
}

function writeCouplings(bits: LowBitWriter, dice: Dice, channels: number): void {
  const couplings = channels > 1 ? dice.roll(0, channels) : 0;
  bits.write(couplings > 0 ? 1 : 0, 1);
  if (couplings > 0) bits.write(couplings - 1, 8);
  for (let step = 0; step < couplings; step++) {
    const magnitude = dice.roll(0, channels - 1);
    const angle = (magnitude + dice.roll(1, channels - 1)) % channels;
    bits.writeAll([magnitude, angle], 32 - Math.clz32(channels - 1));
  }
}

/** Bits and dimensions of the codebook of angles, and bits of the amplitude. */
const angleCode = { bits: 5, dimensions: 3, amplitudeBits: 6 } as const;

/** A stream made of random numbers, valid in all its parts. */
export interface RandomStream {
  readonly channels: number;
  readonly identification: Uint8Array;
  readonly setup: Uint8Array;
  readonly packets: readonly Uint8Array[];
  /** Samples from the first packet to the last. */
  readonly samples: number;
}

/**
 * Makes a stream with random codebooks, residues of all types, couplings, submaps and block sizes, and floors of
 * one type. As its codes are complete, packets consist of any bits behind their first fields.
 */
export function randomStream(seed: number, floorType: 0 | 1, channels: number): RandomStream {
  const dice = new Dice(1_000 * seed + 10 * channels + floorType);
  const [shortBits, longBits] = [dice.roll(6, 8), dice.roll(8, 11)];
  const identification = writeHeader(1)
    .write(0, 32)
    .write(channels, 8)
    .writeAll([44_100, 0, 0, 0], 32)
    .writeAll([shortBits, longBits, 1], 4)
    .bytes();
  const bits = writeHeader(5);
  // Two codebooks of classes, four of vectors, four of heights, one of angles.
  bits.write(10, 8);
  const classes = dice.roll(2, 4);
  for (const dimensions of [1, 3])
    writeCodebook(bits, dice, randomLengths(dice, classes ** dimensions), dimensions);
  for (const dimensions of [1, 2, 4, 8]) {
    const lengths = randomLengths(dice, dice.roll(20, 400));
    // Entries that are not used have no code.
    if (dimensions === 2) lengths.splice(3, 0, 0, 0);
    writeCodebook(bits, dice, lengths, dimensions, {
      from: -0.01,
      to: 0.01,
      isSequence: dice.roll(0, 3) === 0,
    });
  }
  for (const entries of [16, 32, 50, 64]) writeCodebook(bits, dice, randomLengths(dice, entries), 1);
  const angles = dice.list(1 << angleCode.bits, () => angleCode.bits);
  // About evenly spaced, as filters need them that do not ring.
  const order = dice.roll(5, 20);
  const step = Math.PI / (order + 1);
  writeCodebook(bits, dice, angles, angleCode.dimensions, {
    from: 0.95 * step,
    to: 1.05 * step,
    isSequence: true,
  });
  // One transform, which is none.
  bits.write(0, 6).write(0, 16);
  // Two mappings for short blocks and two for long ones, with one or two submaps.
  const mappings = [0, 1, 2, 3].map((mapping) => {
    const submaps = mapping % 2 === 1 && channels > 1 ? 2 : 1;
    const submapOf = dice.list(channels, (channel) =>
      channel < submaps ? channel : dice.roll(0, submaps - 1),
    );
    return { isLong: mapping > 1, submaps, submapOf };
  });
  const floors = 2;
  bits.write(floors - 1, 6);
  for (let floor = 0; floor < floors; floor++)
    if (floorType === 1) writePiecewiseFloor(bits, dice, 6, 4, longBits - 1);
    else
      bits
        .write(0, 16)
        .write(order, 8)
        .writeAll([44_100, dice.roll(60, 250)], 16)
        .write(angleCode.amplitudeBits, 6)
        .write(dice.roll(40, 60), 8)
        .write(0, 4)
        .write(10, 8);
  const residues = mappings.flatMap(({ isLong, submaps, submapOf }) =>
    dice.list(submaps, (submap) => {
      const type = dice.roll(0, 2);
      const coded = type === 2 ? submapOf.filter((one) => one === submap).length : 1;
      return { type, lines: coded << ((isLong ? longBits : shortBits) - 1) };
    }),
  );
  bits.write(residues.length - 1, 6);
  for (const { type, lines } of residues) writeResidue(bits, dice, type, lines, classes);
  bits.write(mappings.length - 1, 6);
  let residue = 0;
  for (const { submaps, submapOf } of mappings) {
    bits.write(0, 16).write(submaps - 1, 1);
    if (submaps > 1) bits.write(submaps - 1, 4);
    writeCouplings(bits, dice, channels);
    bits.write(0, 2);
    if (submaps > 1) bits.writeAll(submapOf, 4);
    for (let submap = 0; submap < submaps; submap++)
      bits.writeAll([0, dice.roll(0, floors - 1), residue++], 8);
  }
  bits.write(mappings.length - 1, 6);
  for (const [mapping, { isLong }] of mappings.entries())
    bits
      .write(isLong ? 1 : 0, 1)
      .write(0, 32)
      .write(mapping, 8);
  const setup = bits.write(1, 1).bytes();
  const sequence = dice.list(40, () => dice.roll(0, mappings.length - 1));
  const isLong = (at: number): number => (mappings[sequence[at] ?? 0]?.isLong ? 1 : 0);
  const packets = sequence.map((mode, at) => {
    const packet = new LowBitWriter().write(0, 1).write(mode, 2);
    if (isLong(at)) packet.writeAll([isLong(at - 1), isLong(at + 1)], 1);
    for (let channel = 0; channel < channels && floorType === 0; channel++) {
      const amplitude = dice.roll(-4, 20);
      packet.write(Math.max(0, amplitude), angleCode.amplitudeBits);
      if (amplitude <= 0) continue;
      packet.write(0, 1);
      for (let index = 0; index < order; index += angleCode.dimensions)
        packet.write(dice.roll(0, 31), angleCode.bits);
    }
    while (packet.length % 8 !== 0) packet.write(dice.roll(0, 1), 1);
    return Buffer.concat([packet.bytes(), Buffer.from(dice.list(3_000 * channels, () => dice.roll(0, 255)))]);
  });
  const size = (at: number): number => 1 << (isLong(at) ? longBits : shortBits);
  const samples = packets.reduce((sum, _, at) => (at === 0 ? 0 : sum + (size(at - 1) + size(at)) / 4), 0);
  return { channels, identification, setup, packets, samples };
}

/** Returns an Ogg file of a stream, a page for each packet. */
export function oggStream({ identification, setup, packets, samples }: RandomStream): Buffer {
  const comments = writeHeader(3).write(0, 32).write(0, 32).write(1, 1).bytes();
  return Buffer.concat([
    oggPage(identification, 2, 0),
    ...[comments, setup].map((header, index) => oggPage(header, 0, 1 + index)),
    ...packets.map((packet, index) => {
      const isLast = index === packets.length - 1;
      return oggPage(packet, isLast ? 4 : 0, 3 + index, isLast ? samples : 0);
    }),
  ]);
}

/** Decodes a stream. Returns the samples of each channel. */
export function decodeStream({ identification, setup, packets, channels }: RandomStream): number[][] {
  const decoder = new VorbisPacketDecoder(identification, setup);
  const samples: number[][] = Array.from({ length: channels }, () => []);
  for (const packet of packets)
    for (const [channel, decoded] of decoder.decode(packet).entries()) samples[channel]?.push(...decoded);
  return samples;
}
