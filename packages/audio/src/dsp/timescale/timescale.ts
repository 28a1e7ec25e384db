import type { FilterValues } from "../filter-values.ts";
import { StereoQueue } from "../stereo-queue.ts";
import { PaceChanger } from "./pace-changer.ts";
import { Stretcher } from "./stretcher.ts";

/** A tenth to ten times: beyond, a setting has no more effect. It bounds work and memory. */
const slowest = 0.1;
const fastest = 10;

const limited = (factor: number): number => Math.min(Math.max(factor, slowest), fastest);

/** What works while the filter is on. */
interface Machine {
  readonly stretcher: Stretcher;
  readonly stretched: StereoQueue;
  readonly paceChanger: PaceChanger;
}

const makeMachine = (pace: number): Machine => ({
  stretcher: new Stretcher(),
  stretched: new StereoQueue(),
  paceChanger: new PaceChanger(pace, fastest),
});

/**
 * Speed and pitch (section 12.4 of the protocol): `speed` changes only the duration, `pitch` only the pitch,
 * `rate` both, as a tape does. The output has the length input/(speed·rate), and the pitch is pitch·rate times
 * what it was. A {@link Stretcher} with the tempo speed/pitch is followed by a {@link PaceChanger} that goes
 * through its samples at pitch·rate.
 *
 * `speed`, and both speed·rate and pitch·rate, have an effect from 0.1 to 10. Sound comes out up to 0.12 s of
 * input after it went in.
 */
export class Timescale {
  #machine: Machine | null = null;
  #leaving = false;
  #speed = 1;
  #tempo = 1;
  #pace = 1;

  /** Whether samples need not go through it. */
  get idle(): boolean {
    return this.#machine === null;
  }

  /** How many seconds of the track the protocol counts for a second of sound: `speed`, 1 while it is off. */
  get speed(): number {
    return this.#speed;
  }

  /** What goes in, while it is not idle; {@link produce} is to follow. */
  get input(): StereoQueue | null {
    return this.#machine?.stretcher.input ?? null;
  }

  /** Takes up settings. What it holds is heard with them; switched off, it becomes idle when it can. */
  configure({ speed, pitch, rate }: FilterValues["timescale"], enabled: boolean): void {
    this.#speed = enabled ? limited(speed) : 1;
    this.#leaving = !enabled;
    if (!enabled) return;
    this.#pace = limited(pitch * rate);
    this.#tempo = limited(speed * rate) / this.#pace;
    this.#machine ??= makeMachine(1);
    this.#machine.stretcher.tempo = this.#tempo;
    this.#machine.paceChanger.pace = this.#pace;
  }

  /** Brings out what can be brought out. */
  produce(output: StereoQueue): void {
    if (!this.#machine) return;
    const { stretcher, stretched, paceChanger } = this.#machine;
    if (!this.#leaving) {
      stretcher.produce(stretched);
      paceChanger.take(stretched);
      paceChanger.produce(output);
    } else if (stretcher.leave(stretched)) {
      paceChanger.take(stretched);
      if (paceChanger.leave(output)) this.#machine = null;
    }
  }

  /** Brings out the rest at the end of a track. */
  flush(output: StereoQueue): void {
    if (!this.#machine) return;
    const { stretcher, stretched, paceChanger } = this.#machine;
    stretcher.finish(stretched);
    paceChanger.take(stretched);
    paceChanger.finish(output);
    this.reset();
  }

  /** Forgets all samples. */
  reset(): void {
    if (!this.#machine) return;
    this.#machine = this.#leaving ? null : makeMachine(this.#pace);
    if (this.#machine) this.#machine.stretcher.tempo = this.#tempo;
  }
}
