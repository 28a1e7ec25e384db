import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";
import type { Bands } from "./bands.ts";

/** Window sequences. */
export const sequences = { long: 0, start: 1, short: 2, stop: 3 } as const;

/** Lines of the spectrum of a frame: one long window, or eight short ones. */
export const frameLines = 1_024;
/** Lines of a short window. */
export const shortLines = 128;
/** Most bands of a group of short windows, rounded up: the step of the index of a band between groups. */
const shortStride = 16;
/** Upper bound of the index of a band: eight groups of short windows. */
export const maxBands = 8 * shortStride;

/** Windows of a frame and their groups (`ics_info`). */
export class WindowInfo {
  sequence = 0;
  /** 1 for the Kaiser-Bessel window, 0 for the sine window. */
  shape = 0;
  /** Coded bands of a window. */
  maxBand = 0;
  groupCount = 1;
  /** Windows of each group; they share scale factors. */
  readonly groupLengths = new Uint8Array(8);
  /** First line of each band. */
  offsets: Uint16Array;
  readonly #bands: Bands;

  constructor(bands: Bands) {
    this.#bands = bands;
    this.offsets = bands.long;
  }

  get isShort(): boolean {
    return this.sequence === sequences.short;
  }

  /** Bands that temporal noise shaping may reach. */
  get maxShapedBand(): number {
    return Math.min(this.maxBand, this.isShort ? this.#bands.maxShortShaped : this.#bands.maxLongShaped);
  }

  /** Index of the first band of a group. */
  bandIndex(group: number): number {
    return group * shortStride;
  }

  /**
   * Reads it.
   *
   * @throws DamagedPacketError if it has more bands than the sample rate, or uses prediction.
   */
  read(reader: BitReader): void {
    reader.position++;
    this.sequence = reader.read(2);
    this.shape = reader.read(1);
    this.groupCount = 1;
    this.groupLengths[0] = 1;
    if (this.isShort) {
      this.offsets = this.#bands.short;
      this.maxBand = reader.read(4);
      for (let window = 1; window < 8; window++) {
        if (reader.read(1) === 0) this.groupLengths[this.groupCount++] = 0;
        const group = this.groupCount - 1;
        this.groupLengths[group] = (this.groupLengths[group] ?? 0) + 1;
      }
    } else {
      this.offsets = this.#bands.long;
      this.maxBand = reader.read(6);
      if (reader.read(1) === 1) throw new DamagedPacketError("low complexity has no prediction");
    }
    if (this.maxBand >= this.offsets.length)
      throw new DamagedPacketError(`${this.maxBand} of ${this.offsets.length - 1} bands`);
  }

  /** Takes over the windows of the other channel of a pair. */
  copy(other: WindowInfo): void {
    this.sequence = other.sequence;
    this.shape = other.shape;
    this.maxBand = other.maxBand;
    this.groupCount = other.groupCount;
    this.groupLengths.set(other.groupLengths);
    this.offsets = other.offsets;
  }
}
