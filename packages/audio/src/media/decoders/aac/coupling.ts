import { aacElementKey, aacElements } from "../../aac/aac-layout.ts";
import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";
import type { Bands } from "./bands.ts";
import { bandKinds, ChannelStream } from "./channel-stream.ts";
import { readScaleDifference } from "./codebooks.ts";
import { FilterBank } from "./filter-bank.ts";
import { forBands, type NoiseSource } from "./stereo.ts";
import { maxBands } from "./window-info.ts";

/** Channel that a coupling channel is added to. */
interface Target {
  /** Its element, see {@link aacElementKey}. */
  readonly element: number;
  /** 0 for the left or only channel of the element, 1 for the right one. */
  readonly side: number;
  /** Number of its list of gains. */
  readonly list: number;
}

/** Factors of a step of the gain, by `gain_element_scale`. */
const steps = [2 ** (1 / 8), 2 ** (1 / 4), 2 ** (1 / 2), 2] as const;
const maxLists = 16;

/** Channel that is added to others with gains (`coupling_channel_element`, ISO/IEC 14496-3, 4.6.8.3). */
export class CouplingChannel {
  readonly #stream: ChannelStream;
  readonly #bank = new FilterBank();
  /** Gains of the bands in each list. The first list is that of the channel as it is coded. */
  readonly #gains = Array.from({ length: maxLists }, () => new Float64Array(maxBands));
  #targets: readonly Target[] = [];
  #isBeforeShaping = false;
  /** The channel as samples, if it is not added to the spectrum. */
  #samples: Float32Array | undefined;

  constructor(bands: Bands) {
    this.#stream = new ChannelStream(bands);
  }

  /**
   * Reads the element behind its tag.
   *
   * @throws RangeError if it is damaged.
   */
  read(reader: BitReader, noise: NoiseSource): void {
    // Nothing is added if the element is damaged.
    this.#targets = [];
    const isIndependent = reader.read(1) === 1;
    const elements = reader.read(3) + 1;
    const targets: Target[] = [];
    let lists = 0;
    for (let index = 0; index < elements; index++) {
      const isPair = reader.read(1) === 1;
      const element = aacElementKey(isPair ? aacElements.pair : aacElements.single, reader.read(4));
      const [isLeft, isRight] = isPair ? [reader.read(1) === 1, reader.read(1) === 1] : [true, false];
      // A pair without flags shares one list.
      const isShared = !isLeft && !isRight;
      if (isLeft || isShared) targets.push({ element, side: 0, list: lists });
      if (isLeft && isRight) lists++;
      if (isRight || isShared) targets.push({ element, side: 1, list: lists });
      lists++;
    }
    this.#isBeforeShaping = reader.read(1) === 0;
    const isSigned = reader.read(1) === 1;
    const step = steps[reader.read(2)] ?? 1;
    const stream = this.#stream;
    stream.read(reader, false);
    noise.fill(stream);
    if (stream.shaping.isActive) stream.shaping.apply(stream.spectrum, stream.info);
    this.#gains[0]?.fill(1);
    for (let list = 1; list < lists; list++) {
      const gains = this.#gains[list] ?? new Float64Array(maxBands);
      if (isIndependent || reader.read(1) === 1) gains.fill(step ** -readScaleDifference(reader));
      else this.#readGains(reader, gains, step, isSigned);
      reader.checkEnd();
    }
    this.#samples = isIndependent ? this.#bank.synthesise(stream.spectrum, stream.info) : undefined;
    this.#targets = targets;
  }

  /** Forgets the targets: a packet may lack the element. */
  clear(): void {
    this.#targets = [];
  }

  #readGains(reader: BitReader, gains: Float64Array, step: number, isSigned: boolean): void {
    const { info, codebooks } = this.#stream;
    let gain = 0;
    for (let group = 0; group < info.groupCount; group++)
      for (let band = 0; band < info.maxBand; band++) {
        const index = info.bandIndex(group) + band;
        if (codebooks[index] === bandKinds.zero) continue;
        const coded = readScaleDifference(reader);
        // The lowest bit is the sign.
        gain += isSigned ? coded >> 1 : coded;
        gains[index] = (isSigned && (coded & 1) === 1 ? -1 : 1) * step ** -gain;
      }
  }

  /**
   * Adds the channel to the spectrum of a target, before or after its noise shaping.
   *
   * @throws DamagedPacketError if the windows of the two differ.
   */
  addToSpectrum(element: number, side: number, target: ChannelStream, isBeforeShaping: boolean): void {
    if (this.#samples || this.#isBeforeShaping !== isBeforeShaping) return;
    for (const gains of this.#gainsOf(element, side)) {
      const { spectrum, info, codebooks } = this.#stream;
      if (info.isShort !== target.info.isShort)
        throw new DamagedPacketError("a coupling channel has other windows than its target");
      forBands(this.#stream, (index, from, to) => {
        if (codebooks[index] === bandKinds.zero) return;
        const gain = gains[index] ?? 0;
        for (let at = from; at < to; at++)
          target.spectrum[at] = (target.spectrum[at] ?? 0) + gain * (spectrum[at] ?? 0);
      });
    }
  }

  /** Adds an independent channel to the samples of a target. */
  addToSamples(element: number, side: number, target: Float32Array): void {
    const own = this.#samples;
    if (!own) return;
    for (const [gain = 0] of this.#gainsOf(element, side))
      for (let at = 0; at < target.length; at++) target[at] = (target[at] ?? 0) + gain * (own[at] ?? 0);
  }

  #gainsOf(element: number, side: number): Float64Array[] {
    return this.#targets
      .filter((target) => target.element === element && target.side === side)
      .map(({ list }) => this.#gains[list] ?? new Float64Array(maxBands));
  }
}
