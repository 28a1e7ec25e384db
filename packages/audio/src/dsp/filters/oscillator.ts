import { blockLength, sampleRate } from "../format.ts";

const sines = new Float64Array(blockLength);

/**
 * Sine oscillator of tremolo, vibrato and rotation. It rotates a point on the unit circle by one angle per
 * sample; the error stays below a millionth for a month of audio.
 */
export class Oscillator {
  #sine = 0;
  #cosine = 1;
  #stepSine = 0;
  #stepCosine = 1;

  /**
   * Sets the frequency; the phase continues.
   *
   * @param frequency - In Hz; may be negative, and 0 stops the oscillator.
   */
  tune(frequency: number): void {
    const angle = (2 * Math.PI * (frequency % sampleRate)) / sampleRate;
    this.#stepSine = Math.sin(angle);
    this.#stepCosine = Math.cos(angle);
  }

  /** Resets the phase to 0. */
  reset(): void {
    this.#sine = 0;
    this.#cosine = 1;
  }

  /**
   * Returns the next samples.
   *
   * @param count - At most {@link blockLength}.
   * @returns An array shared by all oscillators, valid from its first entry until the next call.
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
