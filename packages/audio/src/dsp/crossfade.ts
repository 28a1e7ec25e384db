/**
 * Equal-power crossfade: the outgoing signal falls as a cosine, the incoming one rises as a sine.
 * Uncorrelated signals keep their total power; correlated ones can add up to 3 dB, so a limiter should
 * follow.
 */
export class Crossfade {
  readonly #length: number;
  #at = 0;

  /** @param length - Duration in samples per channel; 0 or less switches at once. */
  constructor(length: number) {
    this.#length = Math.max(Math.round(length), 0);
  }

  /** Samples per channel until the fade is complete. */
  get remaining(): number {
    return this.#length - this.#at;
  }

  /**
   * Mixes the next samples. The mix replaces the outgoing samples.
   *
   * @param length - Samples per channel, from the start of all four arrays.
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
