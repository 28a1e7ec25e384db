import { type FilterOptions, PlainFilter, readPlainFilter } from "./filter.ts";

// The setter methods check the ranges of the protocol; plain assignment does not.

/** Removes the center of a stereo signal, usually the vocals. */
export class Karaoke extends PlainFilter<"karaoke"> {
  readonly filterName = "karaoke";
  /** Share of the center that is removed; 1 is all of it. */
  level = 1;
  /** Share of the band around {@link filterBand} that is put back; 1 is all of it. */
  monoLevel = 1;
  /** Center frequency of the band that is put back, in Hz. */
  filterBand = 220;
  /** Width of the band that is put back, in Hz. */
  filterWidth = 100;

  constructor(options?: FilterOptions<"karaoke">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Karaoke {
    return new Karaoke(readPlainFilter("karaoke", raw));
  }
}

/** Changes speed, pitch or both. Each setting is a factor above 0; 1 leaves the track unchanged. */
export class Timescale extends PlainFilter<"timescale"> {
  readonly filterName = "timescale";
  /** Playback speed at constant pitch. */
  speed = 1;
  /** Pitch at constant speed. */
  pitch = 1;
  /** Speed and pitch together, as when a record turns faster. */
  rate = 1;

  constructor(options?: FilterOptions<"timescale">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Timescale {
    return new Timescale(readPlainFilter("timescale", raw));
  }

  /**
   * Sets the speed.
   *
   * @throws OutOfRangeError unless above 0.
   */
  setSpeed(speed: number): void {
    this.speed = this.checked("speed", speed);
  }

  /**
   * Sets the pitch.
   *
   * @throws OutOfRangeError unless above 0.
   */
  setPitch(pitch: number): void {
    this.pitch = this.checked("pitch", pitch);
  }

  /**
   * Sets the rate.
   *
   * @throws OutOfRangeError unless above 0.
   */
  setRate(rate: number): void {
    this.rate = this.checked("rate", rate);
  }
}

/** Modulates the volume periodically. */
export class Tremolo extends PlainFilter<"tremolo"> {
  readonly filterName = "tremolo";
  /** Modulation frequency in Hz, above 0. */
  frequency = 2;
  /** Above 0, at most 1. */
  depth = 0.5;

  constructor(options?: FilterOptions<"tremolo">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Tremolo {
    return new Tremolo(readPlainFilter("tremolo", raw));
  }

  /**
   * Sets the frequency.
   *
   * @throws OutOfRangeError unless above 0.
   */
  setFrequency(frequency: number): void {
    this.frequency = this.checked("frequency", frequency);
  }

  /** @throws OutOfRangeError unless above 0 and at most 1. */
  setDepth(depth: number): void {
    this.depth = this.checked("depth", depth);
  }
}

/** Modulates the pitch periodically. */
export class Vibrato extends PlainFilter<"vibrato"> {
  readonly filterName = "vibrato";
  /** Modulation frequency in Hz, above 0, at most 14. */
  frequency = 2;
  /** Above 0, at most 1. */
  depth = 0.5;

  constructor(options?: FilterOptions<"vibrato">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Vibrato {
    return new Vibrato(readPlainFilter("vibrato", raw));
  }

  /**
   * Sets the frequency.
   *
   * @throws OutOfRangeError unless above 0 and at most 14.
   */
  setFrequency(frequency: number): void {
    this.frequency = this.checked("frequency", frequency);
  }

  /** @throws OutOfRangeError unless above 0 and at most 1. */
  setDepth(depth: number): void {
    this.depth = this.checked("depth", depth);
  }
}

/**
 * Multiplies the samples by a factor. Unlike the volume of a player, the factor is sent unchanged, not as
 * percent.
 */
export class VolumeFilter extends PlainFilter<"volume"> {
  readonly filterName = "volume";
  /** Factor, above 0, at most 5. */
  volume = 1;

  constructor(options?: FilterOptions<"volume">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): VolumeFilter {
    return new VolumeFilter(readPlainFilter("volume", raw));
  }

  /**
   * Sets the volume.
   *
   * @throws OutOfRangeError unless from 0 (silence) to 5.
   */
  setVolume(volume: number): void {
    this.volume = this.checked("volume", volume);
  }
}

/**
 * Mixes the two channels. Each setting is a factor from 0 to 1; the defaults leave the channels unchanged.
 */
export class ChannelMix extends PlainFilter<"channelmix"> {
  readonly filterName = "channelmix";
  /** Share of the left input in the left output. */
  leftToLeft = 1;
  /** Share of the left input in the right output. */
  leftToRight = 0;
  /** Share of the right input in the left output. */
  rightToLeft = 0;
  /** Share of the right input in the right output. */
  rightToRight = 1;

  constructor(options?: FilterOptions<"channelmix">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): ChannelMix {
    return new ChannelMix(readPlainFilter("channelmix", raw));
  }
}

/** Attenuates high frequencies. */
export class LowPass extends PlainFilter<"lowpass"> {
  readonly filterName = "lowpass";
  /** Strength, above 1. Nodes treat the default of 20 as "off". */
  smoothing = 20;

  constructor(options?: FilterOptions<"lowpass">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): LowPass {
    return new LowPass(readPlainFilter("lowpass", raw));
  }
}

/** Rotates the sound around the listener. */
export class Rotation extends PlainFilter<"rotation"> {
  readonly filterName = "rotation";
  /** Rotations per second. Nodes treat the default of 5 as "off". */
  rotationHz = 5;

  constructor(options?: FilterOptions<"rotation">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Rotation {
    return new Rotation(readPlainFilter("rotation", raw));
  }
}
