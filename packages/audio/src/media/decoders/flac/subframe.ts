import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";
import { fits32Bits, leadSamples, type Predictor, predict } from "./prediction.ts";
import { readResidual } from "./residual.ts";
import { predictWide } from "./wide-prediction.ts";

/** Weights of the fixed predictors by order (RFC 9639, section 9.2.5). */
const fixedWeights: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

const maxIntBits = 32;

/** Samples of a channel from index {@link leadSamples}; wide if they may need 33 bits. */
export type ChannelSamples = Int32Array | Float64Array;

/** Decodes the subframes of one stream and keeps their arrays (RFC 9639, section 9.2). */
export class SubframeDecoder {
  readonly #reader: BitReader;
  readonly #predictor: Predictor = { weights: new Int32Array(leadSamples), order: 0, shift: 0 };
  readonly #channels: Int32Array[] = [];
  /** Samples of more than 32 bits, and those predicted with wide sums. */
  readonly #wideChannels: Float64Array[] = [];

  constructor(reader: BitReader) {
    this.#reader = reader;
  }

  /**
   * Decodes the next subframe into an array that is used again for the next frame.
   *
   * @param bits - Bits of a sample, 4 to 33. Only one channel of a frame may have 33.
   * @throws DamagedPacketError if it is invalid.
   */
  decode(channel: number, samples: number, bits: number): ChannelSamples {
    const reader = this.#reader;
    if (reader.read(1) !== 0) throw new DamagedPacketError("a subframe begins with a one");
    const type = reader.read(6);
    const wasted = reader.read(1) === 1 ? reader.readUnary() + 1 : 0;
    if (wasted >= bits) throw new DamagedPacketError(`${wasted} of ${bits} bits are wasted`);
    const decoded = this.#decodeType(type, channel, samples, bits - wasted);
    reader.checkEnd();
    if (wasted === 0) return decoded;
    const into = bits > maxIntBits ? this.#wideChannel(channel, samples) : decoded;
    for (let at = leadSamples; at < leadSamples + samples; at++) into[at] = (decoded[at] ?? 0) * 2 ** wasted;
    return into;
  }

  #channel(channel: number, samples: number): Int32Array {
    const kept = this.#channels[channel];
    if (kept && kept.length >= leadSamples + samples) return kept;
    const grown = new Int32Array(leadSamples + samples);
    this.#channels[channel] = grown;
    return grown;
  }

  #wideChannel(channel: number, samples: number): Float64Array {
    const kept = this.#wideChannels[channel];
    if (kept && kept.length >= leadSamples + samples) return kept;
    const grown = new Float64Array(leadSamples + samples);
    this.#wideChannels[channel] = grown;
    return grown;
  }

  #decodeType(type: number, channel: number, samples: number, bits: number): ChannelSamples {
    const reader = this.#reader;
    const ints = this.#channel(channel, samples);
    const plain = bits > maxIntBits ? this.#wideChannel(channel, samples) : ints;
    if (type === 0) return plain.fill(reader.readSigned(bits), leadSamples, leadSamples + samples);
    if (type === 1) {
      for (let at = leadSamples; at < leadSamples + samples; at++) plain[at] = reader.readSigned(bits);
      return plain;
    }
    const order = type >= 32 ? type - 31 : type - 8;
    if ((type < 32 && (order < 0 || order > 4)) || order > samples)
      throw new DamagedPacketError(`unknown subframe type ${type}`);
    for (let at = leadSamples; at < leadSamples + order; at++) plain[at] = reader.readSigned(bits);
    this.#readPredictor(type >= 32, order);
    readResidual(reader, ints, leadSamples, samples, order);
    if (bits <= maxIntBits && fits32Bits(this.#predictor, bits)) {
      predict(ints, leadSamples + order, leadSamples + samples, this.#predictor);
      return ints;
    }
    const wide = this.#wideChannel(channel, samples);
    if (plain !== wide) wide.set(ints.subarray(0, leadSamples + order));
    predictWide(ints, wide, leadSamples + order, leadSamples + samples, this.#predictor);
    if (bits > maxIntBits) return wide;
    for (let at = leadSamples + order; at < leadSamples + samples; at++) ints[at] = wide[at] ?? 0;
    return ints;
  }

  #readPredictor(isLinear: boolean, order: number): void {
    const predictor = this.#predictor;
    predictor.order = order;
    predictor.shift = 0;
    predictor.weights.fill(0);
    if (!isLinear) {
      predictor.weights.set(fixedWeights[order] ?? []);
      return;
    }
    const precision = this.#reader.read(4) + 1;
    predictor.shift = this.#reader.readSigned(5);
    if (precision === 16 || predictor.shift < 0)
      throw new DamagedPacketError("the weights of a predictor are invalid");
    for (let index = 0; index < order; index++) predictor.weights[index] = this.#reader.readSigned(precision);
  }
}
