import type { BitReader } from "../../bit-reader.ts";
import { bandKinds, type ChannelStream } from "./channel-stream.ts";
import { shortLines } from "./window-info.ts";

/** Runs a step for the lines of each window of each coded band. */
export function forBands(
  { info }: ChannelStream,
  step: (index: number, from: number, to: number) => void,
): void {
  for (let group = 0, window = 0; group < info.groupCount; group++) {
    const length = info.groupLengths[group] ?? 0;
    for (let band = 0; band < info.maxBand; band++) {
      const [from, to] = [info.offsets[band] ?? 0, info.offsets[band + 1] ?? 0];
      for (let at = window * shortLines; at < (window + length) * shortLines; at += shortLines)
        step(info.bandIndex(group) + band, at + from, at + to);
    }
    window += length;
  }
}

/** Restores left and right in bands that hold the mean and half the difference (ISO/IEC 14496-3, 4.6.8.1). */
export function restoreMidSide(left: ChannelStream, right: ChannelStream, isMidSide: Uint8Array): void {
  const [one, two] = [left.spectrum, right.spectrum];
  forBands(left, (index, from, to) => {
    const isCoded =
      (left.codebooks[index] ?? 0) < bandKinds.reserved && (right.codebooks[index] ?? 0) < bandKinds.reserved;
    if (isMidSide[index] === 0 || !isCoded) return;
    for (let at = from; at < to; at++) {
      const mid = one[at] ?? 0;
      const side = two[at] ?? 0;
      one[at] = mid + side;
      two[at] = mid - side;
    }
  });
}

/** Fills the bands of the right channel that are a scaled copy of the left one (ISO/IEC 14496-3, 4.6.8.2). */
export function restoreIntensity(left: ChannelStream, right: ChannelStream, isInverted?: Uint8Array): void {
  forBands(right, (index, from, to) => {
    const codebook = right.codebooks[index] ?? 0;
    if (codebook < bandKinds.negativeIntensity) return;
    const sign = (codebook === bandKinds.intensity ? 1 : -1) * (isInverted?.[index] === 1 ? -1 : 1);
    const scale = sign * 2 ** (-(right.scales[index] ?? 0) / 4);
    for (let at = from; at < to; at++) right.spectrum[at] = (left.spectrum[at] ?? 0) * scale;
  });
}

/** Fills bands with noise of their energy (ISO/IEC 14496-3, 4.6.13). */
export class NoiseSource {
  #state = 0;

  /** Starts again: the noise of a packet depends on its bits alone, so that it is the same after a seek. */
  start(reader: BitReader): void {
    let hash = reader.end;
    for (let at = 0; at < reader.end >>> 3; at += 4)
      hash = Math.imul(hash ^ reader.view.getInt32(at), 747_796_405) + 1;
    this.#state = hash | 0;
  }

  #next(): number {
    this.#state = (Math.imul(this.#state, 747_796_405) + 2_891_336_453) | 0;
    return this.#state;
  }

  /**
   * Fills the bands of noise.
   *
   * @param other - Channel whose noise is repeated in bands where `isShared` is 1.
   */
  fill(stream: ChannelStream, other?: ChannelStream, isShared?: Uint8Array): void {
    forBands(stream, (index, from, to) => {
      if (stream.codebooks[index] !== bandKinds.noise) return;
      const { spectrum } = stream;
      const copied =
        isShared?.[index] === 1 && other?.codebooks[index] === bandKinds.noise ? other : undefined;
      let energy = 0;
      for (let at = from; at < to; at++) {
        const line = copied ? (copied.spectrum[at] ?? 0) : this.#next();
        spectrum[at] = line;
        energy += line * line;
      }
      const scale = energy > 0 ? 2 ** ((stream.scales[index] ?? 0) / 4) / Math.sqrt(energy) : 0;
      for (let at = from; at < to; at++) spectrum[at] = (spectrum[at] ?? 0) * scale;
    });
  }
}
