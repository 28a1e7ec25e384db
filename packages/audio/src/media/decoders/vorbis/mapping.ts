import { DamagedPacketError } from "../../bit-reader.ts";
import type { Floor } from "./floor.ts";
import type { Residue } from "./residue.ts";
import { bitLength, type VorbisBits } from "./vorbis-bits.ts";

/** Channels that have their floor and residue in common. */
interface Submap {
  readonly floor: Floor;
  readonly residue: Residue;
  readonly channels: readonly number[];
}

/** Assignment of floors and residues to channels, and the coupled ones among these (Vorbis I, 4.2.4). */
export class Mapping {
  readonly #submaps: readonly Submap[];
  /** Floor of each channel. */
  readonly #floors: readonly (Floor | undefined)[];
  /** Channels of magnitude and angle, in the order of the encoder. */
  readonly #couplings: readonly (readonly [magnitude: number, angle: number])[];
  /** 1 for channels with a floor. */
  readonly #hasFloor: Uint8Array;
  /** 1 for channels with a residue. */
  readonly #hasResidue: Uint8Array;
  /** Lines of the channels of the submap that is being decoded. */
  readonly #targets: Float64Array[];

  /** Reads a mapping from a setup header. */
  constructor(bits: VorbisBits, floors: readonly Floor[], residues: readonly Residue[], channels: number) {
    if (bits.read(16) !== 0)
      throw new DamagedPacketError("the setup header has a mapping of an unknown type");
    const submaps = bits.flag() ? bits.read(4) + 1 : 1;
    const channelBits = bitLength(channels - 1);
    this.#couplings = Array.from({ length: bits.flag() ? bits.read(8) + 1 : 0 }, () => {
      const [magnitude, angle] = [bits.read(channelBits), bits.read(channelBits)];
      if (magnitude === angle || magnitude >= channels || angle >= channels)
        throw new DamagedPacketError("the setup header couples missing channels");
      return [magnitude, angle] as const;
    });
    if (bits.read(2) !== 0) throw new DamagedPacketError("a mapping has unknown fields");
    const submapOf = Array.from({ length: channels }, () => (submaps > 1 ? bits.read(4) : 0));
    if (submapOf.some((submap) => submap >= submaps))
      throw new DamagedPacketError("a mapping refers to a missing submap");
    this.#submaps = Array.from({ length: submaps }, (_, submap) => {
      bits.read(8);
      const [floor, residue] = [floors[bits.read(8)], residues[bits.read(8)]];
      if (!floor || !residue) throw new DamagedPacketError("a mapping refers to a missing floor or residue");
      return { floor, residue, channels: [...submapOf.keys()].filter((at) => submapOf[at] === submap) };
    });
    this.#floors = submapOf.map((submap) => this.#submaps[submap]?.floor);
    this.#hasFloor = new Uint8Array(channels);
    this.#hasResidue = new Uint8Array(channels);
    this.#targets = Array.from({ length: channels }, () => new Float64Array(0));
  }

  /**
   * Decodes the spectrum of all channels.
   *
   * @param spectra - Receive the lines of the channels that are not silent.
   */
  decode(bits: VorbisBits, spectra: readonly Float64Array[], lines: number): void {
    if (!this.#readFloors(bits)) return;
    for (const submap of this.#submaps) this.#decodeResidue(bits, submap, spectra, lines);
    for (let step = this.#couplings.length - 1; step >= 0; step--) {
      const [magnitude, angle] = this.#couplings[step] ?? [0, 0];
      const [first, second] = [spectra[magnitude], spectra[angle]];
      if (first && second && this.#hasResidue[magnitude] === 1) decouple(first, second, lines);
    }
    for (const [channel, spectrum] of spectra.entries())
      if (!this.isSilent(channel)) this.#floors[channel]?.apply(channel, spectrum, lines);
  }

  /** Whether the packet that was decoded last has silence on a channel, whose lines are undefined then. */
  isSilent(channel: number): boolean {
    return this.#hasFloor[channel] !== 1;
  }

  /** Reads the floors; returns false if the packet ends before, which silences it (Vorbis I, 4.3.2). */
  #readFloors(bits: VorbisBits): boolean {
    const hasFloor = this.#hasFloor;
    try {
      for (let channel = 0; channel < hasFloor.length; channel++)
        hasFloor[channel] = this.#floors[channel]?.read(bits, channel) ? 1 : 0;
    } catch (error) {
      if (!(error instanceof DamagedPacketError)) throw error;
      hasFloor.fill(0);
      return false;
    }
    this.#hasResidue.set(hasFloor);
    for (const [magnitude, angle] of this.#couplings) {
      const isCoded = (this.#hasResidue[magnitude] ?? 0) | (this.#hasResidue[angle] ?? 0);
      this.#hasResidue[magnitude] = isCoded;
      this.#hasResidue[angle] = isCoded;
    }
    return true;
  }

  #decodeResidue(
    bits: VorbisBits,
    { residue, channels }: Submap,
    spectra: readonly Float64Array[],
    lines: number,
  ): void {
    let count = 0;
    let isAnyCoded = false;
    for (const channel of channels) {
      const isCoded = this.#hasResidue[channel] === 1;
      isAnyCoded ||= isCoded;
      const spectrum = spectra[channel];
      if (spectrum && (isCoded || residue.isInterleaved)) this.#targets[count++] = spectrum;
    }
    if (isAnyCoded) residue.decode(bits, this.#targets, count, lines);
  }
}

/** Signs of magnitudes: not positive, positive. */
const signs = Float64Array.of(-1, 1);

/**
 * Restores two channels from their larger value and the difference (Vorbis I, 4.3.5). Without branches, as the
 * signs are random.
 */
function decouple(magnitudes: Float64Array, angles: Float64Array, lines: number): void {
  for (let line = 0; line < lines; line++) {
    const magnitude = magnitudes[line] ?? 0;
    const angle = angles[line] ?? 0;
    const sign = signs[Number(magnitude > 0)] ?? 0;
    magnitudes[line] = magnitude + sign * Math.min(angle, 0);
    angles[line] = magnitude - sign * Math.max(angle, 0);
  }
}
