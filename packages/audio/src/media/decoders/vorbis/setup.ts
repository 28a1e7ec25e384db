import { DamagedPacketError } from "../../bit-reader.ts";
import { type Codebook, readCodebooks } from "./codebook.ts";
import type { Floor } from "./floor.ts";
import { LspFloor } from "./lsp-floor.ts";
import { Mapping } from "./mapping.ts";
import { PiecewiseFloor } from "./piecewise-floor.ts";
import { Residue } from "./residue.ts";
import { VorbisBits } from "./vorbis-bits.ts";

/** Format of the packets that begin with the number of this mode. */
interface Mode {
  readonly isLong: boolean;
  readonly mapping: Mapping;
}

/** Headers of a stream (Vorbis I, 4.2). */
export interface VorbisSetup {
  readonly channels: number;
  /** Samples of short and of long blocks. */
  readonly blockSizes: readonly [short: number, long: number];
  readonly modes: readonly Mode[];
}

/** Skips the type of a header and the name of the format. */
function openHeader(header: Uint8Array, type: number): VorbisBits {
  const bits = new VorbisBits();
  bits.load(header);
  const name = [type, ...Buffer.from("vorbis")];
  if (!name.every((byte) => bits.read(8) === byte))
    throw new DamagedPacketError("a header has no type or name of Vorbis");
  return bits;
}

function readFloor(bits: VorbisBits, books: readonly Codebook[], channels: number): Floor {
  const type = bits.read(16);
  if (type === 0) return new LspFloor(bits, books, channels);
  if (type === 1) return new PiecewiseFloor(bits, books, channels);
  throw new DamagedPacketError(`the setup header has a floor of the unknown type ${type}`);
}

/** Reads the parts of one kind, whose number comes first. */
const readParts = <T>(bits: VorbisBits, read: () => T): T[] => Array.from({ length: bits.read(6) + 1 }, read);

/**
 * Reads the identification and setup headers.
 *
 * @throws RangeError if they are damaged, or need more memory than any encoder's.
 */
export function readVorbisSetup(identification: Uint8Array, setup: Uint8Array): VorbisSetup {
  const bits = openHeader(identification, 1);
  if (bits.read(32) !== 0) throw new DamagedPacketError("the version of Vorbis is unknown");
  const channels = bits.read(8);
  // Sample rate and three bit rates.
  bits.position += 128;
  const blockSizes = [1 << bits.read(4), 1 << bits.read(4)] as const;
  const [short, long] = blockSizes;
  if (channels === 0 || short < 64 || long > 8_192 || short > long || !bits.flag())
    throw new DamagedPacketError("the identification header has unusable numbers");
  return { channels, blockSizes, modes: readModes(openHeader(setup, 5), channels, long / 2) };
}

function readModes(bits: VorbisBits, channels: number, maxLines: number): Mode[] {
  const books = readCodebooks(bits);
  const transforms = readParts(bits, () => bits.read(16));
  if (transforms.some((type) => type !== 0)) throw new DamagedPacketError("the setup header has a transform");
  const floors = readParts(bits, () => readFloor(bits, books, channels));
  const interleaved = new Float64Array(channels * maxLines);
  const residues = readParts(bits, () => new Residue(bits, books, channels, interleaved));
  const mappings = readParts(bits, () => new Mapping(bits, floors, residues, channels));
  const modes = readParts(bits, () => {
    const isLong = bits.flag();
    const mapping = bits.read(32) === 0 ? mappings[bits.read(8)] : undefined;
    if (!mapping) throw new DamagedPacketError("a mode is unknown or refers to a missing mapping");
    return { isLong, mapping };
  });
  if (!bits.flag()) throw new DamagedPacketError("the setup header does not end where it should");
  return modes;
}
