import { BitReader, DamagedPacketError } from "../../bit-reader.ts";
import type { AlacConfig } from "../../mp4/alac-config.ts";
import { skipData, skipFill } from "../side-elements.ts";
import { deltaOrder, predictAdaptively } from "./adaptive-prediction.ts";
import { readAdaptiveResidual } from "./entropy.ts";

const elements = { single: 0, pair: 1, low: 3, data: 4, fill: 6, end: 7 } as const;

/**
 * Positions of the coded channels in the order left, right, centre, low, back, side, by number of channels. ALAC
 * codes the centre first.
 */
const orders: readonly (readonly number[])[] = [
  [],
  [0],
  [0, 1],
  [2, 0, 1],
  [2, 0, 1, 3],
  [2, 0, 1, 3, 4],
  [2, 0, 1, 4, 5, 3],
  [2, 0, 1, 4, 5, 6, 3],
  [2, 6, 7, 0, 1, 4, 5, 3],
];

/** Predictor of one channel of an element. */
interface Predictor {
  readonly weights: Int16Array;
  order: number;
  shift: number;
  mode: number;
  /** Factor of the rate of change of the code, in quarters. */
  rateFactor: number;
}

const newPredictor = (): Predictor => ({
  weights: new Int16Array(32),
  order: 0,
  shift: 0,
  mode: 0,
  rateFactor: 0,
});

/** Decodes ALAC packets exactly, of 16 to 32 bits and 1 to 8 channels. */
export class AlacPacketDecoder {
  readonly #config: AlacConfig;
  readonly #reader = new BitReader();
  readonly #predictors: readonly [Predictor, Predictor] = [newPredictor(), newPredictor()];
  readonly #samples: readonly [Int32Array, Int32Array];
  /** Lowest bits that are stored beside the code. */
  readonly #lowBits: readonly [Int32Array, Int32Array];

  constructor(config: AlacConfig) {
    this.#config = config;
    const create = () => new Int32Array(config.frameSamples);
    this.#samples = [create(), create()];
    this.#lowBits = [create(), create()];
  }

  /**
   * Decodes a packet to full scale ±1.
   *
   * @returns One array per channel, in the order left, right, centre, low, back, side; owned by the caller.
   * @throws RangeError if the packet is damaged.
   */
  decode(packet: Uint8Array): Float32Array[] {
    const reader = this.#reader;
    reader.load(packet);
    const { channels } = this.#config;
    const decoded: Float32Array[] = [];
    while (decoded.length < channels) {
      const element = reader.read(3);
      if (element === elements.data) skipData(this.#reader);
      else if (element === elements.fill) skipFill(this.#reader);
      else if (element === elements.pair && decoded.length + 2 <= channels) this.#decodeElement(2, decoded);
      else if (element === elements.single || element === elements.low) this.#decodeElement(1, decoded);
      else throw new DamagedPacketError(`unexpected element ${element}`);
      reader.checkEnd();
    }
    if (decoded.some(({ length }) => length !== decoded[0]?.length))
      throw new DamagedPacketError("the elements of a packet differ in length");
    const order = orders[channels] ?? [];
    return decoded.map((_, channel) => decoded[order.indexOf(channel)] ?? new Float32Array(0));
  }

  #decodeElement(channels: 1 | 2, decoded: Float32Array[]): void {
    const reader = this.#reader;
    // Number of the element, and twelve unused bits.
    reader.position += 16;
    const isPartial = reader.read(1) === 1;
    const lowBits = 8 * reader.read(2);
    const isPlain = reader.read(1) === 1;
    const samples = isPartial ? reader.read(32) : this.#config.frameSamples;
    if (samples > this.#config.frameSamples) throw new DamagedPacketError(`${samples} samples in a packet`);
    if (isPlain) this.#readPlain(channels, samples);
    else this.#readCoded(channels, samples, lowBits);
    const scale = 2 ** (1 - this.#config.bits);
    for (const channel of this.#samples.slice(0, channels)) {
      const floats = new Float32Array(samples);
      for (let at = 0; at < samples; at++) floats[at] = (channel[at] ?? 0) * scale;
      decoded.push(floats);
    }
  }

  #readPlain(channels: 1 | 2, samples: number): void {
    const reader = this.#reader;
    const [first, second] = this.#samples;
    for (let at = 0; at < samples; at++) {
      first[at] = reader.readSigned(this.#config.bits);
      if (channels === 2) second[at] = reader.readSigned(this.#config.bits);
    }
  }

  #readCoded(channels: 1 | 2, samples: number, lowBits: number): void {
    const reader = this.#reader;
    const { rice } = this.#config;
    const bits = this.#config.bits - lowBits + channels - 1;
    if (bits > 32 || bits < 1) throw new DamagedPacketError(`${bits} bits are coded`);
    const [mixShift, mixFactor] = [reader.read(8), reader.readSigned(8)];
    for (let channel = 0; channel < channels; channel++) this.#readPredictor(channel);
    if (lowBits > 0)
      for (let at = 0; at < samples; at++)
        for (let channel = 0; channel < channels; channel++)
          this.#of(this.#lowBits, channel)[at] = reader.read(lowBits);
    for (let channel = 0; channel < channels; channel++) {
      const into = this.#of(this.#samples, channel);
      const { weights, order, shift, mode, rateFactor } = this.#of(this.#predictors, channel);
      const rate = (rice.rate * rateFactor) >> 2;
      readAdaptiveResidual(reader, into, samples, bits, { ...rice, rate });
      if (mode !== 0) predictAdaptively(into, samples, weights, deltaOrder, 0, bits);
      predictAdaptively(into, samples, weights, order, shift, bits);
    }
    if (channels === 2 && mixFactor !== 0) this.#unmix(samples, mixShift, mixFactor);
    if (lowBits > 0)
      for (let channel = 0; channel < channels; channel++) {
        const [into, low] = [this.#of(this.#samples, channel), this.#of(this.#lowBits, channel)];
        for (let at = 0; at < samples; at++) into[at] = ((into[at] ?? 0) << lowBits) | (low[at] ?? 0);
      }
  }

  #of<T>(pair: readonly [T, T], channel: number): T {
    return channel === 0 ? pair[0] : pair[1];
  }

  #readPredictor(channel: number): void {
    const reader = this.#reader;
    const predictor = this.#of(this.#predictors, channel);
    predictor.mode = reader.read(4);
    predictor.shift = reader.read(4);
    predictor.rateFactor = reader.read(3);
    predictor.order = reader.read(5);
    for (let index = 0; index < predictor.order; index++) predictor.weights[index] = reader.readSigned(16);
  }

  /** Restores left and right from their weighted mean and their difference. */
  #unmix(samples: number, shift: number, factor: number): void {
    const [first, second] = this.#samples;
    for (let at = 0; at < samples; at++) {
      const difference = second[at] ?? 0;
      const left = ((first[at] ?? 0) + difference - (Math.imul(factor, difference) >> shift)) | 0;
      first[at] = left;
      second[at] = left - difference;
    }
  }
}
