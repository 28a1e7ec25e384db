/**
 * Goes over from one sound to another: the one that leaves falls with a cosine, the one that comes rises with
 * a sine, so that the power stays the same all the way (of sounds that have nothing to do with each other;
 * like ones can add up to 3 dB more, so a limiter belongs behind it).
 */
export class Crossfade {
  readonly #length: number;
  #at = 0;

  /** @param length - Samples a channel that it takes; 0 and less are a plain change. */
  constructor(length: number) {
    this.#length = Math.max(Math.round(length), 0);
  }

  /** Samples a channel until only the new sound is heard. */
  get remaining(): number {
    return this.#length - this.#at;
  }

  /**
   * Mixes the next samples. The mix comes to stand where the leaving sound was.
   *
   * @param length - Samples a channel, from the start of all four arrays.
   */
  mix(
    leavingLeft: Float32Array,
    leavingRight: Float32Array,
    comingLeft: Float32Array,
    comingRight: Float32Array,
    length: number,
  ): void {
    const fading = Math.min(length, this.remaining);
    for (let at = 0; at < fading; at++) {
      const angle = (Math.PI / 2) * ((this.#at + at + 0.5) / this.#length);
      const fall = Math.cos(angle);
      const rise = Math.sin(angle);
      leavingLeft[at] = (leavingLeft[at] as number) * fall + (comingLeft[at] as number) * rise;
      leavingRight[at] = (leavingRight[at] as number) * fall + (comingRight[at] as number) * rise;
    }
    for (let at = fading; at < length; at++) {
      leavingLeft[at] = comingLeft[at] as number;
      leavingRight[at] = comingRight[at] as number;
    }
    this.#at += fading;
  }
}
