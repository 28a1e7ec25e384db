import type { FilterValues } from "../filter-values.ts";
import { blockLength, sampleRate } from "../format.ts";
import { flushDenormal } from "./limits.ts";
import { Ramp } from "./ramp.ts";
import { RampedFilter } from "./ramped-filter.ts";

/** Lengths of the delay lines in samples, 30 to 58 ms: primes, so that few echoes coincide. None is shorter than a block. */
const lineLengths = [1433, 1601, 1867, 2053, 2251, 2399, 2617, 2797];
const meanLength = lineLengths.reduce((sum, length) => sum + length, 0) / lineLengths.length;
/** Lengths of the all-pass filters in front of the lines, 4 and 9 ms, by channel. */
const diffuserLengths = [
  [173, 421],
  [191, 397],
] as const;
const diffusion = 0.5;
/** Share of its last output that the low-pass of a line keeps at a damping of 1. */
const maxDamping = 0.8;

/** Delay line of the network, with a low-pass and a gain at its end. */
class Line {
  readonly #ring: Float32Array;
  #position = 0;
  #low = 0;

  constructor(length: number) {
    this.#ring = new Float32Array(length);
  }

  /** Reads a block, of which nothing depends on the block that is written next. */
  read(output: Float64Array, length: number, gain: Ramp, damping: Ramp): void {
    const ring = this.#ring;
    let position = this.#position;
    let low = this.#low;
    let factor = gain.value;
    let kept = damping.value;
    for (let at = 0; at < length; at++) {
      factor += gain.step;
      kept += damping.step;
      const sample = ring[position] as number;
      low = sample + (low - sample) * kept;
      output[at] = low * factor;
      position = position + 1 === ring.length ? 0 : position + 1;
    }
    gain.value = factor;
    this.#low = flushDenormal(low);
  }

  /** Writes the block input + output − shared in the place of the one that was read. */
  write(input: Float64Array, output: Float64Array, shared: Float64Array, length: number): void {
    const ring = this.#ring;
    let position = this.#position;
    for (let at = 0; at < length; at++) {
      const sample = (input[at] as number) + (output[at] as number) - (shared[at] as number);
      ring[position] = flushDenormal(sample);
      position = position + 1 === ring.length ? 0 : position + 1;
    }
    this.#position = position;
  }
}

/** All-pass filter that spreads an impulse: w[n] = x[n] + g·w[n−D], y[n] = w[n−D] − g·w[n]. */
class Diffuser {
  readonly #ring: Float32Array;
  #position = 0;

  constructor(length: number) {
    this.#ring = new Float32Array(length);
  }

  process(samples: Float64Array, length: number): void {
    const ring = this.#ring;
    let position = this.#position;
    for (let at = 0; at < length; at++) {
      const late = ring[position] as number;
      const spread = flushDenormal((samples[at] as number) + diffusion * late);
      ring[position] = spread;
      samples[at] = late - diffusion * spread;
      position = position + 1 === ring.length ? 0 : position + 1;
    }
    this.#position = position;
  }
}

class Network {
  readonly lines = lineLengths.map((length) => new Line(length));
  readonly diffusers = diffuserLengths.map((lengths) => lengths.map((length) => new Diffuser(length)));
}

// A thread makes one block at a time, so all reverbs share the blocks in between.
const inputs = [new Float64Array(blockLength), new Float64Array(blockLength)] as const;
const wets = [new Float64Array(blockLength), new Float64Array(blockLength)] as const;
const outputs = lineLengths.map(() => new Float64Array(blockLength));
const shared = new Float64Array(blockLength);

/**
 * Reverb effect: feedback delay network of eight lines. Their outputs, low-passed by the damping, are mixed by a Householder
 * matrix, which keeps their energy, and fed back with gains of 10^(−3·length/(48000·decay)), so that all lines decay by 60 dB in
 * the same time. Even lines take and give the left channel, odd lines the right one; all-pass filters in front spread each
 * impulse. A steady sound reverberates at its own level at most. Output: x + mix·(reverberation − x).
 */
export class Reverb extends RampedFilter {
  /** 0 passes the samples unchanged. */
  readonly #mix = new Ramp(0);
  /** Gain of what is reverberates, so that the reverberation does not begin with a click when the effect is enabled. */
  readonly #input = new Ramp(0);
  readonly #damping = new Ramp(0);
  readonly #level = new Ramp(0);
  readonly #gains = lineLengths.map(() => new Ramp(0));
  readonly #settings = [this.#damping, this.#level, ...this.#gains];
  protected readonly ramps = [this.#mix, this.#input, ...this.#settings];
  /** Rings of 73 kB, which exist only while the effect is on. */
  #network: Network | undefined;

  /** Applies settings. */
  configure({ decay, damping, mix }: FilterValues["reverb"], enabled: boolean): void {
    if (enabled) {
      const gainOf = (length: number): number => 10 ** ((-3_000 * length) / (sampleRate * decay));
      for (const [index, gain] of this.#gains.entries()) gain.target = gainOf(lineLengths[index] ?? 0);
      this.#damping.target = damping * maxDamping;
      this.#level.target = Math.sqrt(1 - gainOf(meanLength) ** 2) / 2;
      if (this.isIdle) for (const ramp of this.#settings) ramp.finish();
    }
    this.#mix.target = enabled ? mix : 0;
    this.#input.target = enabled ? 1 : 0;
    this.startRamps(enabled);
  }

  protected processBlock(left: Float32Array, right: Float32Array, start: number, end: number): void {
    this.#network ??= new Network();
    const { lines, diffusers } = this.#network;
    const length = end - start;
    for (const [channel, samples] of [left, right].entries()) {
      const input = inputs[channel as 0 | 1];
      let factor = this.#input.value;
      for (let at = 0; at < length; at++) {
        factor += this.#input.step;
        input[at] = (samples[start + at] as number) * factor;
      }
      for (const diffuser of diffusers[channel] ?? []) diffuser.process(input, length);
    }
    this.#input.value += this.#input.step * length;
    shared.fill(0, 0, length);
    for (const wet of wets) wet.fill(0, 0, length);
    for (const [index, line] of lines.entries()) {
      const output = outputs[index] as Float64Array;
      const wet = wets[(index & 1) as 0 | 1];
      // Alternating signs keep the outputs uncorrelated with the mean, which all lines share.
      const sign = (index & 2) === 0 ? 1 : -1;
      line.read(output, length, this.#gains[index] as Ramp, this.#damping);
      for (let at = 0; at < length; at++) {
        const sample = output[at] as number;
        shared[at] = (shared[at] as number) + sample * (2 / lineLengths.length);
        wet[at] = (wet[at] as number) + sign * sample;
      }
    }
    this.#damping.value += this.#damping.step * length;
    for (const [index, line] of lines.entries()) {
      line.write(inputs[(index & 1) as 0 | 1], outputs[index] as Float64Array, shared, length);
    }
    this.#mixBlock(left, right, start, length);
  }

  protected clearState(): void {
    this.#network = undefined;
  }

  #mixBlock(left: Float32Array, right: Float32Array, start: number, length: number): void {
    const [wetLeft, wetRight] = wets;
    let mix = this.#mix.value;
    let level = this.#level.value;
    for (let at = 0, index = start; at < length; at++, index++) {
      mix += this.#mix.step;
      level += this.#level.step;
      const l = left[index] as number;
      const r = right[index] as number;
      left[index] = l + mix * (level * (wetLeft[at] as number) - l);
      right[index] = r + mix * (level * (wetRight[at] as number) - r);
    }
    this.#mix.value = mix;
    this.#level.value = level;
  }
}
