import type { FilterValues } from "./filter-values.ts";
import { ChannelMix } from "./filters/channel-mix.ts";
import { Compressor } from "./filters/compressor.ts";
import { Distortion } from "./filters/distortion.ts";
import { Equalizer } from "./filters/equalizer.ts";
import { HighPass } from "./filters/high-pass.ts";
import { Karaoke } from "./filters/karaoke.ts";
import { replaceDamaged } from "./filters/limits.ts";
import { LowPass } from "./filters/low-pass.ts";
import { Rotation } from "./filters/rotation.ts";
import type { StereoFilter } from "./filters/stereo-filter.ts";
import { Tremolo } from "./filters/tremolo.ts";
import { Vibrato } from "./filters/vibrato.ts";
import { Volume } from "./filters/volume.ts";
import { blockLength } from "./format.ts";
import { StereoQueue } from "./stereo-queue.ts";
import { Timescale } from "./timescale/timescale.ts";

/** Copies samples to a queue, replacing damaged ones with silence. */
function copyReplacingDamaged(
  left: Float32Array,
  right: Float32Array,
  length: number,
  queue: StereoQueue,
): void {
  let to = queue.reserve(length);
  const queueLeft = queue.left;
  const queueRight = queue.right;
  for (let from = 0; from < length; from++, to++) {
    queueLeft[to] = replaceDamaged(left[from] as number);
    queueRight[to] = replaceDamaged(right[from] as number);
  }
  queue.commit(length);
}

/**
 * Filter chain of a player, in the order timescale, equalizer, karaoke, tremolo, vibrato,
 * distortion, rotation, channelmix, lowpass, highpass, compressor, volume. Timescale changes the number of samples, so they are written and read
 * separately.
 *
 * Settings may change at any time without a click: they are ramped over 20 ms.
 */
export class FilterChain {
  readonly #queue = new StereoQueue();
  readonly #timescale = new Timescale();
  readonly #equalizer = new Equalizer();
  readonly #karaoke = new Karaoke();
  readonly #tremolo = new Tremolo();
  readonly #vibrato = new Vibrato();
  readonly #distortion = new Distortion();
  readonly #rotation = new Rotation();
  readonly #channelMix = new ChannelMix();
  readonly #lowPass = new LowPass();
  readonly #highPass = new HighPass();
  readonly #compressor = new Compressor();
  readonly #volume = new Volume();
  readonly #filters: readonly StereoFilter[] = [
    this.#equalizer,
    this.#karaoke,
    this.#tremolo,
    this.#vibrato,
    this.#distortion,
    this.#rotation,
    this.#channelMix,
    this.#lowPass,
    this.#highPass,
    this.#compressor,
    this.#volume,
  ];

  /** @param values - Settings from the first sample on. */
  constructor(values: FilterValues) {
    this.configure(values);
    this.reset();
  }

  /** Whether the chain changes samples or still holds some. An inactive chain can be bypassed. */
  get isActive(): boolean {
    return this.#queue.length > 0 || !this.#timescale.isIdle || this.#filters.some(({ isIdle }) => !isIdle);
  }

  /** Track time per output time: the speed of timescale, or 1 when it is off. Its `rate` does not count. */
  get speed(): number {
    return this.#timescale.speed;
  }

  /** Readable samples per channel. */
  get available(): number {
    return this.#queue.length;
  }

  /** Whether less than a block of 20 ms is readable. Writing more than needed grows the queue. */
  get needsInput(): boolean {
    return this.#queue.length < blockLength;
  }

  /** Applies settings to samples written from now on. */
  configure(values: FilterValues): void {
    const { enabled } = values;
    this.#equalizer.configure(values.equalizer, enabled.equalizer);
    this.#karaoke.configure(values.karaoke, enabled.karaoke);
    this.#tremolo.configure(values.tremolo, enabled.tremolo);
    this.#vibrato.configure(values.vibrato, enabled.vibrato);
    this.#distortion.configure(values.distortion, enabled.distortion);
    this.#rotation.configure(values.rotation, enabled.rotation);
    this.#channelMix.configure(values.channelmix, enabled.channelmix);
    this.#lowPass.configure(values.lowpass, enabled.lowpass);
    this.#highPass.configure(values.highpass, enabled.highpass);
    this.#compressor.configure(values.compressor, enabled.compressor);
    this.#volume.configure(values.volume, enabled.volume);
    this.#timescale.configure(values.timescale, enabled.timescale);
  }

  /**
   * Writes samples.
   *
   * @param length - Samples per channel, from the start of the arrays.
   */
  write(left: Float32Array, right: Float32Array, length: number): void {
    const before = this.#queue.length;
    const { input } = this.#timescale;
    copyReplacingDamaged(left, right, length, input ?? this.#queue);
    if (input) this.#timescale.produce(this.#queue);
    this.#filter(before);
  }

  /**
   * Reads processed samples.
   *
   * @param length - Maximum number, copied to the start of the arrays.
   * @returns Number of samples read.
   */
  read(left: Float32Array, right: Float32Array, length: number): number {
    return this.#queue.read(left, right, length);
  }

  /**
   * Flushes the samples that timescale still holds, at the end of a track. Later samples belong to a new
   * track.
   */
  flush(): void {
    const before = this.#queue.length;
    this.#timescale.flush(this.#queue);
    this.#filter(before);
  }

  /** Drops all samples and filter state, for a seek or another track. Settings stay. */
  reset(): void {
    this.#queue.clear();
    this.#timescale.reset();
    for (const filter of this.#filters) filter.reset();
  }

  /** Runs the filters on the samples after the first `before` ones of the queue. */
  #filter(before: number): void {
    const { left, right, start, end } = this.#queue;
    if (start + before === end) return;
    for (const filter of this.#filters) {
      if (!filter.isIdle) filter.process(left, right, start + before, end);
    }
  }
}
