import type { FilterValues } from "./filter-values.ts";
import { ChannelMix } from "./filters/channel-mix.ts";
import { Chorus } from "./filters/chorus.ts";
import { Compressor } from "./filters/compressor.ts";
import { Distortion } from "./filters/distortion.ts";
import { Echo } from "./filters/echo.ts";
import { Equalizer } from "./filters/equalizer.ts";
import { HighPass } from "./filters/high-pass.ts";
import { Karaoke } from "./filters/karaoke.ts";
import { headroom, replaceDamaged } from "./filters/limits.ts";
import { LowPass } from "./filters/low-pass.ts";
import { Phaser } from "./filters/phaser.ts";
import { Reverb } from "./filters/reverb.ts";
import { Rotation } from "./filters/rotation.ts";
import type { StereoFilter } from "./filters/stereo-filter.ts";
import { Tremolo } from "./filters/tremolo.ts";
import { Vibrato } from "./filters/vibrato.ts";
import { Volume } from "./filters/volume.ts";
import { blockLength, sampleRate } from "./format.ts";
import { StereoQueue } from "./stereo-queue.ts";
import { Timescale } from "./timescale/timescale.ts";

/** Longest tail after a track: 10 s. */
const longestTail = 10 * sampleRate;
/** Level below which a tail is inaudible: −66 dB of full scale. */
const inaudible = 0.0005;
/** Samples of silence that are no gap between two echoes of the reverb: 0.1 s. */
const gap = sampleRate / 10;

const toSamples = (ms: number): number => (ms * sampleRate) / 1_000;

/** Returns the samples after which an echo has repeated and is 60 dB down. */
function echoTailOf({ delay, feedback }: FilterValues["echo"]): number {
  const repetitions = feedback > 0 ? Math.ceil(Math.log(0.001) / Math.log(feedback)) : 0;
  return toSamples(delay) * (1 + repetitions);
}

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
 * distortion, rotation, channelmix, lowpass, highpass, compressor, phaser, chorus, echo, reverb, volume. Timescale changes the number of samples, so they are written and read
 * separately. The limiter is no part of the chain: it follows the volume of the player.
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
  readonly #phaser = new Phaser();
  readonly #chorus = new Chorus();
  readonly #echo = new Echo();
  readonly #reverb = new Reverb();
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
    this.#phaser,
    this.#chorus,
    this.#echo,
    this.#reverb,
    this.#volume,
  ];

  /** Whether the track of the samples has ended. */
  #isEnded = false;
  /** Samples of the tail so far, and the inaudible ones at its end. */
  #tail = 0;
  #quiet = 0;
  /** Samples after which a tail ends, and inaudible ones after which it ends earlier. */
  #maxTail = 0;
  #maxQuiet = 0;

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
    // What exceeds full scale is left to the limiter, which follows the chain.
    const level = enabled.limiter ? headroom : 1;
    this.#equalizer.configure(values.equalizer, enabled.equalizer, level);
    this.#karaoke.configure(values.karaoke, enabled.karaoke);
    this.#tremolo.configure(values.tremolo, enabled.tremolo);
    this.#vibrato.configure(values.vibrato, enabled.vibrato);
    this.#distortion.configure(values.distortion, enabled.distortion);
    this.#rotation.configure(values.rotation, enabled.rotation);
    this.#channelMix.configure(values.channelmix, enabled.channelmix, level);
    this.#lowPass.configure(values.lowpass, enabled.lowpass);
    this.#highPass.configure(values.highpass, enabled.highpass);
    this.#compressor.configure(values.compressor, enabled.compressor);
    this.#phaser.configure(values.phaser, enabled.phaser);
    this.#chorus.configure(values.chorus, enabled.chorus);
    this.#echo.configure(values.echo, enabled.echo);
    this.#reverb.configure(values.reverb, enabled.reverb);
    this.#volume.configure(values.volume, enabled.volume, level);
    this.#timescale.configure(values.timescale, enabled.timescale);
    const echoTail = enabled.echo ? echoTailOf(values.echo) : 0;
    const reverbTail = enabled.reverb ? toSamples(values.reverb.decay) : 0;
    this.#maxTail = Math.min(echoTail + reverbTail, longestTail);
    this.#maxQuiet = (enabled.echo ? toSamples(values.echo.delay) : 0) + gap;
  }

  /**
   * Writes samples.
   *
   * @param length - Samples per channel, from the start of the arrays.
   */
  write(left: Float32Array, right: Float32Array, length: number): void {
    this.#endTail();
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

  /** Whether the track has ended, and the tail of echo or reverb is being flushed. */
  get isInTail(): boolean {
    return this.#tail > 0;
  }

  /**
   * Flushes what the filters hold at the end of a track: first the samples of timescale, then, a block per call, the tail of echo
   * and reverb, until it is inaudible. Later samples belong to a new track.
   *
   * @returns Whether more can be flushed.
   */
  flush(): boolean {
    const before = this.#queue.length;
    if (!this.#isEnded) {
      this.#isEnded = true;
      this.#timescale.flush(this.#queue);
      this.#filter(before);
    } else if (this.#hasTail) {
      this.#queue.writeSilence(blockLength);
      this.#filter(before);
      this.#tail += blockLength;
      this.#quiet = this.#isQuiet(before) ? this.#quiet + blockLength : 0;
    }
    return this.#hasTail;
  }

  /** Drops all samples and filter state, for a seek or another track. Settings stay. */
  reset(): void {
    this.#queue.clear();
    this.#endTail();
    this.#timescale.reset();
    for (const filter of this.#filters) filter.reset();
  }

  get #hasTail(): boolean {
    return this.#tail < this.#maxTail && this.#quiet < this.#maxQuiet;
  }

  #endTail(): void {
    this.#isEnded = false;
    this.#tail = 0;
    this.#quiet = 0;
  }

  /** Returns whether the samples after the first `before` ones of the queue are inaudible. */
  #isQuiet(before: number): boolean {
    const { left, right, start, end } = this.#queue;
    for (let at = start + before; at < end; at++) {
      if (Math.max(Math.abs(left[at] as number), Math.abs(right[at] as number)) > inaudible) return false;
    }
    return true;
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
