import {
  bandCount,
  type EqualizerSettings,
  maxGain,
  minGain,
  readFilterState,
} from "@asterite/andesite-protocol";
import { MalformedDataError, OutOfRangeError } from "../errors.ts";
import { Filter } from "./filter.ts";

/** One band of an {@link Equalizer}. Plain assignment is not checked, the set methods are. */
export class EqualizerBand {
  /** 0 to 14, from 25 Hz to 16 kHz. */
  band: number;
  /** −0.25 (silent) to 1 (five times). */
  gain: number;

  constructor(band: number, gain = 0) {
    this.band = band;
    this.gain = gain;
  }

  /** @throws OutOfRangeError unless an integer from 0 to 14. */
  setBand(band: number): void {
    this.band = checkBand(band);
  }

  /** @throws OutOfRangeError unless from −0.25 to 1. */
  setGain(gain: number): void {
    this.gain = checkGain(gain);
  }

  /** As it is sent. */
  toRaw(): { readonly band: number; readonly gain: number } {
    return { band: this.band, gain: this.gain };
  }
}

/** Fifteen bands, each of which can be raised or lowered; those that are not listed stay as they are. */
export class Equalizer extends Filter implements Iterable<EqualizerBand> {
  readonly filterName = "equalizer";
  /** The bands that are set; those that are missing stay as they are. */
  bands: EqualizerBand[];

  constructor(bands: Iterable<EqualizerBand> = []) {
    super();
    this.bands = [...bands];
  }

  /**
   * Takes a gain per band, from the lowest on; null leaves a band out.
   *
   * @throws OutOfRangeError for a gain outside −0.25…1, or more than 15 of them.
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
   * Reads bands, or plain gains as older nodes send them.
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

  /** Iterates over the bands that are set. */
  [Symbol.iterator](): Iterator<EqualizerBand> {
    return this.bands.values();
  }

  /** The entry of a band; it is added with gain 0 unless `create` is false, which gives null then. */
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

  /** The gain of a band; null where it has no entry. */
  getBandGain(band: number): number | null {
    return this.getBand(band, { create: false })?.gain ?? null;
  }

  /** @throws OutOfRangeError for a band outside 0…14 or a gain outside −0.25…1; nothing changes then. */
  setBandGain(band: number, gain: number): void {
    checkGain(gain);
    this.getBand(band).gain = gain;
  }

  /** The gains of all fifteen bands; those without entry are 0, or null when `useDefault` is false. */
  bandGains(options?: { readonly useDefault?: true | undefined }): number[];
  bandGains(options: { readonly useDefault?: boolean | undefined }): (number | null)[];
  bandGains(options?: { readonly useDefault?: boolean | undefined }): (number | null)[] {
    const otherwise = options?.useDefault === false ? null : 0;
    return Array.from({ length: bandCount }, (_, band) => this.getBandGain(band) ?? otherwise);
  }

  /** Whether all fifteen bands have the same gain. */
  equals(other: unknown): boolean {
    if (!(other instanceof Equalizer)) return false;
    const gains = other.bandGains();
    return this.bandGains().every((gain, band) => gain === gains[band]);
  }

  override reset(): void {
    this.bands = [];
  }

  /** The listed bands. When it is not enabled all bands with gain 0: an empty list would change nothing. */
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
