import { blockLength, sampleRate } from "../format.ts";

const sines = new Float64Array(blockLength);

/**
 * A sine that tremolo, vibrato and rotation swing with. It turns a point on the unit circle by one angle per
 * sample; the error of that stays below a millionth for a month of audio.
 */
export class Oscillator {
  #sine = 0;
  #cosine = 1;
  #stepSine = 0;
  #stepCosine = 1;

  /** @param frequency - Hz, also negative; 0 stands still. The phase goes on from where it is. */
  tune(frequency: number): void {
    const angle = (2 * Math.PI * (frequency % sampleRate)) / sampleRate;
    this.#stepSine = Math.sin(angle);
    this.#stepCosine = Math.cos(angle);
  }

  /** Goes back to phase 0. */
  reset(): void {
    this.#sine = 0;
    this.#cosine = 1;
  }

  /**
   * The next sines.
   *
   * @param count - At most {@link blockLength}.
   * @returns An array that all oscillators share, from its first entry on.
   */
  next(count: number): Float64Array {
    const stepSine = this.#stepSine;
    const stepCosine = this.#stepCosine;
    let sine = this.#sine;
    let cosine = this.#cosine;
    for (let index = 0; index < count; index++) {
      sines[index] = sine;
      const turned = sine * stepCosine + cosine * stepSine;
      cosine = cosine * stepCosine - sine * stepSine;
      sine = turned;
    }
    this.#sine = sine;
    this.#cosine = cosine;
    return sines;
  }
}
