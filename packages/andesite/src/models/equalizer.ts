import {
  bandCount,
  type EqualizerSettings,
  maxGain,
  minGain,
  readFilterState,
} from "@asterite/andesite-protocol";
import { requireIterable, requireMethod } from "../checks.ts";
import { MalformedDataError, OutOfRangeError } from "../errors.ts";
import { Filter } from "./filter.ts";

/** One band of an {@link Equalizer}. The setter methods check the range; plain assignment does not. */
export class EqualizerBand {
  /** Index of the band, 0 (25 Hz) to 14 (16 kHz). */
  band: number;
  /** Gain, −0.25 (muted) to 1 (five times the amplitude); 0 leaves the band unchanged. */
  gain: number;

  constructor(band: number, gain = 0) {
    this.band = band;
    this.gain = gain;
  }

  /**
   * Sets the index.
   *
   * @throws OutOfRangeError unless an integer from 0 to 14.
   */
  setBand(band: number): void {
    this.band = checkBand(band);
  }

  /**
   * Sets the gain.
   *
   * @throws OutOfRangeError unless from −0.25 to 1.
   */
  setGain(gain: number): void {
    this.gain = checkGain(gain);
  }

  /** Returns the band in the form of the wire. */
  toRaw(): { readonly band: number; readonly gain: number } {
    return { band: this.band, gain: this.gain };
  }
}

/** Equalizer with fifteen bands. Bands without an entry keep the gain that the player has. */
export class Equalizer extends Filter implements Iterable<EqualizerBand> {
  readonly filterName = "equalizer";
  /** Bands with an entry. */
  bands: EqualizerBand[];

  constructor(bands: Iterable<EqualizerBand> = []) {
    super();
    this.bands = Array.from(requireIterable("bands", bands), (band, index) => {
      requireMethod(`bands.${index}`, band, "toRaw", "an EqualizerBand");
      return band;
    });
  }

  /**
   * Creates an equalizer from gains, starting at band 0; null omits a band.
   *
   * @throws OutOfRangeError for a gain outside −0.25…1, or for more than 15 gains.
   */
  static fromGains(gains: Iterable<number | null>): Equalizer {
    const equalizer = new Equalizer();
    let band = 0;
    for (const gain of gains) {
      if (gain !== null) equalizer.setBandGain(band, gain);
      band++;
    }
    return equalizer;
  }

  /**
   * Reads bands, or a list of gains as sent by older nodes.
   *
   * @throws MalformedDataError
   */
  static fromRaw(raw: unknown): Equalizer {
    const state = readFilterState("equalizer", raw);
    if (!state) throw new MalformedDataError("equalizer", "", "the settings of an equalizer");
    const equalizer = new Equalizer(state.bands.map(({ band, gain }) => new EqualizerBand(band, gain)));
    equalizer.enabled = state.enabled;
    return equalizer;
  }

  /** Iterates over the bands with an entry. */
  [Symbol.iterator](): Iterator<EqualizerBand> {
    return this.bands.values();
  }

  /**
   * Returns the entry of a band. A missing entry is added with gain 0, or null is returned if `create` is
   * false.
   *
   * @throws OutOfRangeError for a new band outside 0…14.
   */
  getBand(band: number, options?: { readonly create?: true | undefined }): EqualizerBand;
  getBand(band: number, options: { readonly create?: boolean | undefined }): EqualizerBand | null;
  getBand(band: number, options?: { readonly create?: boolean | undefined }): EqualizerBand | null {
    const found = this.bands.find((entry) => entry.band === band);
    if (found) return found;
    if (options?.create === false) return null;
    const created = new EqualizerBand(checkBand(band));
    this.bands.push(created);
    return created;
  }

  /** Returns the gain of a band; null when it has no entry. */
  getBandGain(band: number): number | null {
    return this.getBand(band, { create: false })?.gain ?? null;
  }

  /**
   * Sets the gain of a band.
   *
   * @throws OutOfRangeError for a band outside 0…14 or a gain outside −0.25…1; the equalizer is unchanged
   *   then.
   */
  setBandGain(band: number, gain: number): void {
    checkGain(gain);
    this.getBand(band).gain = gain;
  }

  /**
   * Returns the gains of all fifteen bands. A band without an entry has 0, or null if `useDefault` is false.
   */
  bandGains(options?: { readonly useDefault?: true | undefined }): number[];
  bandGains(options: { readonly useDefault?: boolean | undefined }): (number | null)[];
  bandGains(options?: { readonly useDefault?: boolean | undefined }): (number | null)[] {
    const otherwise = options?.useDefault === false ? null : 0;
    return Array.from({ length: bandCount }, (_, band) => this.getBandGain(band) ?? otherwise);
  }

  /** Returns whether all fifteen bands have the same gains as those of another equalizer. */
  equals(other: unknown): boolean {
    if (!(other instanceof Equalizer)) return false;
    const gains = other.bandGains();
    return this.bandGains().every((gain, band) => gain === gains[band]);
  }

  override reset(): void {
    this.bands = [];
  }

  /**
   * Returns the bands with an entry; when disabled, all bands with gain 0, because an empty list would change
   * nothing.
   */
  override toRaw(): EqualizerSettings {
    if (this.enabled) return { bands: this.bands.map((entry) => entry.toRaw()) };
    return { bands: Array.from({ length: bandCount }, (_, band) => ({ band, gain: 0 })) };
  }

  override toState(): EqualizerSettings & { readonly enabled: boolean } {
    return { bands: this.bands.map((entry) => entry.toRaw()), enabled: this.enabled };
  }
}

function checkBand(band: number): number {
  if (Number.isInteger(band) && band >= 0 && band < bandCount) return band;
  throw new OutOfRangeError("band", `an integer from 0 to ${bandCount - 1}`);
}

function checkGain(gain: number): number {
  if (typeof gain === "number" && gain >= minGain && gain <= maxGain) return gain;
  throw new OutOfRangeError("gain", `a number from ${minGain} to ${maxGain}`);
}
