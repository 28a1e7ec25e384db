import { type FilterOptions, PlainFilter, readPlainFilter } from "./filter.ts";

// Plain assignment to a setting is not checked; the set methods are, against the ranges of the protocol.

/** Removes what is in the middle of a stereo signal, usually the voice. */
export class Karaoke extends PlainFilter<"karaoke"> {
  readonly filterName = "karaoke";
  /** How strongly the middle is removed; 1 is all of it. */
  level = 1;
  /** How much of the removed band is put back; 1 is all of it. */
  monoLevel = 1;
  /** Middle, in Hz, of the band that is put back. */
  filterBand = 220;
  /** Width in Hz of the band that is put back. */
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

/** Changes speed, pitch, or both together. Each is a factor above 0. */
export class Timescale extends PlainFilter<"timescale"> {
  readonly filterName = "timescale";
  /** Changes the duration only. */
  speed = 1;
  /** Changes the pitch only. */
  pitch = 1;
  /** Changes both, like a record that turns faster. */
  rate = 1;

  constructor(options?: FilterOptions<"timescale">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Timescale {
    return new Timescale(readPlainFilter("timescale", raw));
  }

  /** @throws OutOfRangeError unless above 0. */
  setSpeed(speed: number): void {
    this.speed = this.checked("speed", speed);
  }

  /** @throws OutOfRangeError unless above 0. */
  setPitch(pitch: number): void {
    this.pitch = this.checked("pitch", pitch);
  }

  /** @throws OutOfRangeError unless above 0. */
  setRate(rate: number): void {
    this.rate = this.checked("rate", rate);
  }
}

/** Lets the volume swing. */
export class Tremolo extends PlainFilter<"tremolo"> {
  readonly filterName = "tremolo";
  /** Hz, above 0. */
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

  /** @throws OutOfRangeError unless above 0. */
  setFrequency(frequency: number): void {
    this.frequency = this.checked("frequency", frequency);
  }

  /** @throws OutOfRangeError unless above 0 and at most 1. */
  setDepth(depth: number): void {
    this.depth = this.checked("depth", depth);
  }
}

/** Lets the pitch swing. */
export class Vibrato extends PlainFilter<"vibrato"> {
  readonly filterName = "vibrato";
  /** Hz, above 0, at most 14. */
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

  /** @throws OutOfRangeError unless above 0 and at most 14. */
  setFrequency(frequency: number): void {
    this.frequency = this.checked("frequency", frequency);
  }

  /** @throws OutOfRangeError unless above 0 and at most 1. */
  setDepth(depth: number): void {
    this.depth = this.checked("depth", depth);
  }
}

/** Multiplies the samples. The factor travels as it is, unlike the volume of a player. */
export class VolumeFilter extends PlainFilter<"volume"> {
  readonly filterName = "volume";
  /** Factor; nodes accept more than 0, at most 5. */
  volume = 1;

  constructor(options?: FilterOptions<"volume">) {
    super();
    this.assign(options);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): VolumeFilter {
    return new VolumeFilter(readPlainFilter("volume", raw));
  }

  /** @throws OutOfRangeError unless above 0 and at most 5. */
  setVolume(volume: number): void {
    this.volume = this.checked("volume", volume);
  }
}

/** Mixes the two channels. Factors; with the defaults each channel stays as it is. */
export class ChannelMix extends PlainFilter<"channelmix"> {
  readonly filterName = "channelmix";
  /** How much of the left channel stays there; 0 to 1. */
  leftToLeft = 1;
  /** How much of the left channel goes to the right; 0 to 1. */
  leftToRight = 0;
  /** How much of the right channel goes to the left; 0 to 1. */
  rightToLeft = 0;
  /** How much of the right channel stays there; 0 to 1. */
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

/** Takes high frequencies away. */
export class LowPass extends PlainFilter<"lowpass"> {
  readonly filterName = "lowpass";
  /** More than 1 smooths. Nodes cannot tell the default of 20 from "off". */
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

/** Lets the sound go round between the channels. */
export class Rotation extends PlainFilter<"rotation"> {
  readonly filterName = "rotation";
  /** Turns per second. Nodes cannot tell the default of 5 from "off". */
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
