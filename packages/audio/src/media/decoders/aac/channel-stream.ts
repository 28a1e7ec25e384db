import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";
import type { Bands } from "./bands.ts";
import { readScaleDifference } from "./codebooks.ts";
import { NoiseShaping } from "./noise-shaping.ts";
import { maxQuantised, readLines } from "./spectrum.ts";
import { frameLines, maxBands, shortLines, WindowInfo } from "./window-info.ts";

/** Codebooks that stand for bands without lines of their own. */
export const bandKinds = { zero: 0, reserved: 12, noise: 13, negativeIntensity: 14, intensity: 15 } as const;

/** Magnitudes are raised to this power. Index: quantised line plus {@link maxQuantised}. */
const powers = Float64Array.from({ length: 2 * maxQuantised + 1 }, (_, index) => {
  const quantised = index - maxQuantised;
  return Math.sign(quantised) * Math.abs(quantised) ** (4 / 3);
});
/** Offset of scale factors of lines, in quarters of a power of two. */
const scaleOffset = 100;
/** Difference of the first energy of noise from the global gain. */
const noiseOffset = 90;
/** Offset of the first energy of noise, which is coded in {@link noiseBits} bits. */
const firstNoiseOffset = 256;
const noiseBits = 9;
const maxScale = 255;
/** Range of energies of noise and of positions of intensity stereo that makes sense. */
const maxPosition = 255;

/** Coded spectrum of one channel in a frame (`individual_channel_stream`). */
export class ChannelStream {
  readonly info: WindowInfo;
  /** Codebook of each band, by {@link WindowInfo.bandIndex} plus the number of the band. */
  readonly codebooks = new Uint8Array(maxBands);
  /** Scale factor of each band, energy of noise, or position of intensity stereo. */
  readonly scales = new Int16Array(maxBands);
  readonly spectrum = new Float64Array(frameLines);
  readonly shaping = new NoiseShaping();
  readonly #quantised = new Int16Array(frameLines);

  constructor(bands: Bands) {
    this.info = new WindowInfo(bands);
  }

  /**
   * Reads the channel and scales its lines.
   *
   * @param hasInfo - Whether the windows were read before, for both channels of a pair.
   * @throws RangeError if it is damaged.
   */
  read(reader: BitReader, hasInfo: boolean): void {
    const gain = reader.read(8);
    if (!hasInfo) this.info.read(reader);
    this.#readSections(reader);
    this.#readScales(reader, gain);
    this.#quantised.fill(0);
    const pulsesAt = reader.read(1) === 1 ? this.#skipPulses(reader) : -1;
    this.shaping.isActive = reader.read(1) === 1;
    if (this.shaping.isActive) this.shaping.read(reader, this.info);
    if (reader.read(1) === 1) throw new DamagedPacketError("low complexity has no gain control");
    this.#readSpectrum(reader);
    if (pulsesAt >= 0) this.#addPulses(reader, pulsesAt);
    this.#scaleLines();
  }

  #readSections(reader: BitReader): void {
    const { isShort, groupCount, maxBand } = this.info;
    const lengthBits = isShort ? 3 : 5;
    const more = (1 << lengthBits) - 1;
    for (let group = 0; group < groupCount; group++) {
      const first = this.info.bandIndex(group);
      for (let band = 0; band < maxBand; ) {
        const codebook = reader.read(4);
        if (codebook === bandKinds.reserved) throw new DamagedPacketError("a reserved codebook");
        let length = 0;
        for (let part = more; part === more; length += part) {
          part = reader.read(lengthBits);
          reader.checkEnd();
        }
        // A section of no bands is legal and useless; the check of the end bounds their number.
        if (band + length > maxBand) throw new DamagedPacketError("a section passes the last band");
        this.codebooks.fill(codebook, first + band, first + band + length);
        band += length;
      }
    }
  }

  #readScales(reader: BitReader, gain: number): void {
    let scale = gain;
    let noise = gain - noiseOffset;
    let isFirstNoise = true;
    let position = 0;
    for (let group = 0; group < this.info.groupCount; group++)
      for (let band = 0; band < this.info.maxBand; band++) {
        const index = this.info.bandIndex(group) + band;
        const codebook = this.codebooks[index] ?? 0;
        if (codebook === bandKinds.zero) this.scales[index] = 0;
        else if (codebook >= bandKinds.negativeIntensity) {
          position += readScaleDifference(reader);
          this.scales[index] = checkRange(position, -maxPosition, maxPosition);
        } else if (codebook === bandKinds.noise) {
          noise += isFirstNoise ? reader.read(noiseBits) - firstNoiseOffset : readScaleDifference(reader);
          isFirstNoise = false;
          this.scales[index] = checkRange(noise, -maxPosition - noiseOffset, maxPosition);
        } else {
          scale += readScaleDifference(reader);
          this.scales[index] = checkRange(scale, 0, maxScale);
        }
      }
    reader.checkEnd();
  }

  /** Steps over the pulses, which are added to lines that follow them. Returns their position. */
  #skipPulses(reader: BitReader): number {
    if (this.info.isShort) throw new DamagedPacketError("pulses in short windows");
    const at = reader.position;
    const count = reader.read(2) + 1;
    reader.position += 6 + 9 * count;
    return at;
  }

  #addPulses(reader: BitReader, at: number): void {
    const after = reader.position;
    reader.position = at;
    const count = reader.read(2) + 1;
    let line = this.info.offsets[reader.read(6)] ?? frameLines;
    for (let pulse = 0; pulse < count; pulse++) {
      line += reader.read(5);
      const height = reader.read(4);
      if (line >= frameLines) throw new DamagedPacketError("a pulse above the last line");
      const quantised = this.#quantised[line] ?? 0;
      const raised = quantised > 0 ? quantised + height : quantised - height;
      this.#quantised[line] = checkRange(raised, -maxQuantised, maxQuantised);
    }
    reader.position = after;
  }

  #readSpectrum(reader: BitReader): void {
    const { groupCount, groupLengths, maxBand, offsets } = this.info;
    for (let group = 0, window = 0; group < groupCount; group++) {
      const length = groupLengths[group] ?? 0;
      for (let band = 0; band < maxBand; band++) {
        const codebook = this.codebooks[this.info.bandIndex(group) + band] ?? 0;
        if (codebook === bandKinds.zero || codebook > bandKinds.reserved) continue;
        const from = offsets[band] ?? 0;
        const to = offsets[band + 1] ?? 0;
        for (let at = window * shortLines; at < (window + length) * shortLines; at += shortLines)
          readLines(reader, codebook, this.#quantised, at + from, at + to);
      }
      reader.checkEnd();
      window += length;
    }
  }

  #scaleLines(): void {
    const { groupCount, groupLengths, maxBand, offsets } = this.info;
    const spectrum = this.spectrum;
    const quantised = this.#quantised;
    spectrum.fill(0);
    for (let group = 0, window = 0; group < groupCount; group++) {
      const length = groupLengths[group] ?? 0;
      for (let band = 0; band < maxBand; band++) {
        const index = this.info.bandIndex(group) + band;
        const codebook = this.codebooks[index] ?? 0;
        if (codebook === bandKinds.zero || codebook > bandKinds.reserved) continue;
        const scale = 2 ** (((this.scales[index] ?? 0) - scaleOffset) / 4);
        const from = offsets[band] ?? 0;
        const to = offsets[band + 1] ?? 0;
        for (let start = window * shortLines; start < (window + length) * shortLines; start += shortLines)
          for (let at = start + from; at < start + to; at++)
            spectrum[at] = (powers[(quantised[at] ?? 0) + maxQuantised] ?? 0) * scale;
      }
      window += length;
    }
  }
}

function checkRange(value: number, least: number, most: number): number {
  if (value < least || value > most)
    throw new DamagedPacketError(`${value} is not within ${least} to ${most}`);
  return value;
}
