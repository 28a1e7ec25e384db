import type { FilterValues } from "../filter-values.ts";
import { StereoQueue } from "../stereo-queue.ts";
import { Stretcher } from "./stretcher.ts";
import { Varispeed } from "./varispeed.ts";

/** Limits of the factors, which bound work and memory. Settings beyond have no further effect. */
const minFactor = 0.1;
const maxFactor = 10;

const limited = (factor: number): number => Math.min(Math.max(factor, minFactor), maxFactor);

/** Processing stages that exist while the filter is on. */
interface Stages {
  readonly stretcher: Stretcher;
  readonly stretched: StereoQueue;
  readonly varispeed: Varispeed;
}

const createStages = (ratio: number): Stages => ({
  stretcher: new Stretcher(),
  stretched: new StereoQueue(),
  varispeed: new Varispeed(ratio, maxFactor),
});

/**
 * Speed and pitch filter (section 12.4 of the protocol): `speed` changes only the duration, `pitch` only the
 * pitch, `rate` both, like tape speed. The output has the length input/(speed·rate), and the pitch is
 * multiplied by pitch·rate. A {@link Stretcher} with the tempo speed/pitch is followed by {@link Varispeed}
 * with the ratio pitch·rate.
 *
 * `speed`, speed·rate and pitch·rate are effective from 0.1 to 10. The latency is up to 0.12 s of input.
 */
export class Timescale {
  #stages: Stages | null = null;
  #isDisabling = false;
  #speed = 1;
  #tempo = 1;
  #ratio = 1;

  /** Whether samples can bypass the filter. */
  get isIdle(): boolean {
    return this.#stages === null;
  }

  /** Track seconds that the protocol counts per second of output: `speed`, or 1 while the filter is off. */
  get speed(): number {
    return this.#speed;
  }

  /** Input queue while the filter is not idle; call {@link produce} after writing to it. */
  get input(): StereoQueue | null {
    return this.#stages?.stretcher.input ?? null;
  }

  /**
   * Applies settings, even to samples already held. A disabled filter becomes idle as soon as it can.
   */
  configure({ speed, pitch, rate }: FilterValues["timescale"], enabled: boolean): void {
    this.#speed = enabled ? limited(speed) : 1;
    this.#isDisabling = !enabled;
    if (!enabled) return;
    this.#ratio = limited(pitch * rate);
    this.#tempo = limited(speed * rate) / this.#ratio;
    this.#stages ??= createStages(1);
    this.#stages.stretcher.tempo = this.#tempo;
    this.#stages.varispeed.ratio = this.#ratio;
  }

  /** Produces all output that the input allows. */
  produce(output: StereoQueue): void {
    if (!this.#stages) return;
    const { stretcher, stretched, varispeed } = this.#stages;
    if (!this.#isDisabling) {
      stretcher.produce(stretched);
      varispeed.drain(stretched);
      varispeed.produce(output);
    } else if (stretcher.bypass(stretched)) {
      varispeed.drain(stretched);
      if (varispeed.bypass(output)) this.#stages = null;
    }
  }

  /** Flushes the remaining samples at the end of a track. */
  flush(output: StereoQueue): void {
    if (!this.#stages) return;
    const { stretcher, stretched, varispeed } = this.#stages;
    stretcher.finish(stretched);
    varispeed.drain(stretched);
    varispeed.finish(output);
    this.reset();
  }

  /** Drops all samples. */
  reset(): void {
    if (!this.#stages) return;
    this.#stages = this.#isDisabling ? null : createStages(this.#ratio);
    if (this.#stages) this.#stages.stretcher.tempo = this.#tempo;
  }
}
