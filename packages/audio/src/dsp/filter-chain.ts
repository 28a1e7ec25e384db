import { isEnabled } from "./filter-configuration.ts";
import type { FilterValues } from "./filter-values.ts";
import { ChannelMix } from "./filters/channel-mix.ts";
import { Equalizer } from "./filters/equalizer.ts";
import { Karaoke } from "./filters/karaoke.ts";
import { sound } from "./filters/limits.ts";
import { LowPass } from "./filters/low-pass.ts";
import { Rotation } from "./filters/rotation.ts";
import type { StereoFilter } from "./filters/stereo-filter.ts";
import { Tremolo } from "./filters/tremolo.ts";
import { Vibrato } from "./filters/vibrato.ts";
import { Volume } from "./filters/volume.ts";
import { blockLength } from "./format.ts";
import { StereoQueue } from "./stereo-queue.ts";
import { Timescale } from "./timescale/timescale.ts";

/** Copies samples to a queue. */
function admit(left: Float32Array, right: Float32Array, length: number, queue: StereoQueue): void {
  let to = queue.reserve(length);
  const queueLeft = queue.left;
  const queueRight = queue.right;
  for (let from = 0; from < length; from++, to++) {
    queueLeft[to] = sound(left[from] as number);
    queueRight[to] = sound(right[from] as number);
  }
  queue.commit(length);
}

/**
 * All filters of a player, in the order timescale, equalizer, karaoke, tremolo, vibrato, rotation, channelmix,
 * lowpass, volume. Samples are written into it and read from it; with timescale there are more or fewer of
 * them afterwards.
 *
 * Settings may change at any time and cannot be heard to click: they move to their new values in 20 ms.
 */
export class FilterChain {
  readonly #queue = new StereoQueue();
  readonly #timescale = new Timescale();
  readonly #equalizer = new Equalizer();
  readonly #karaoke = new Karaoke();
  readonly #tremolo = new Tremolo();
  readonly #vibrato = new Vibrato();
  readonly #rotation = new Rotation();
  readonly #channelMix = new ChannelMix();
  readonly #lowPass = new LowPass();
  readonly #volume = new Volume();
  readonly #filters: readonly StereoFilter[] = [
    this.#equalizer,
    this.#karaoke,
    this.#tremolo,
    this.#vibrato,
    this.#rotation,
    this.#channelMix,
    this.#lowPass,
    this.#volume,
  ];

  /** @param values - They hold from the first sample on. */
  constructor(values: FilterValues) {
    this.configure(values);
    this.reset();
  }

  /** Whether it changes anything or still holds samples. Without, samples need not go through it. */
  get active(): boolean {
    return this.#queue.length > 0 || !this.#timescale.idle || this.#filters.some(({ idle }) => !idle);
  }

  /** How fast the track passes: the speed of timescale, 1 without. Its `rate` does not count. */
  get speed(): number {
    return this.#timescale.speed;
  }

  /** Samples a channel that can be read. */
  get available(): number {
    return this.#queue.length;
  }

  /** Whether less than a block of 20 ms can be read. Writing although it is not needed takes memory. */
  get needsInput(): boolean {
    return this.#queue.length < blockLength;
  }

  /** Takes up settings, for what is written from now on. */
  configure(values: FilterValues): void {
    const enabled = (name: keyof FilterValues) => isEnabled(values, name);
    this.#equalizer.configure(values.equalizer, enabled("equalizer"));
    this.#karaoke.configure(values.karaoke, enabled("karaoke"));
    this.#tremolo.configure(values.tremolo, enabled("tremolo"));
    this.#vibrato.configure(values.vibrato, enabled("vibrato"));
    this.#rotation.configure(values.rotation, enabled("rotation"));
    this.#channelMix.configure(values.channelmix, enabled("channelmix"));
    this.#lowPass.configure(values.lowpass, enabled("lowpass"));
    this.#volume.configure(values.volume, enabled("volume"));
    this.#timescale.configure(values.timescale, enabled("timescale"));
  }

  /**
   * Puts samples in.
   *
   * @param length - How many of each array, from its start.
   */
  write(left: Float32Array, right: Float32Array, length: number): void {
    const before = this.#queue.length;
    const { input } = this.#timescale;
    admit(left, right, length, input ?? this.#queue);
    if (input) this.#timescale.produce(this.#queue);
    this.#filter(before);
  }

  /**
   * Takes samples out.
   *
   * @param length - At most so many, to the start of the arrays.
   * @returns How many there were.
   */
  read(left: Float32Array, right: Float32Array, length: number): number {
    return this.#queue.read(left, right, length);
  }

  /** Brings out what timescale still holds, at the end of a track. What is written next is a new one. */
  flush(): void {
    const before = this.#queue.length;
    this.#timescale.flush(this.#queue);
    this.#filter(before);
  }

  /** Forgets all samples and what remains of them, for a seek or another track. Settings stay. */
  reset(): void {
    this.#queue.clear();
    this.#timescale.reset();
    for (const filter of this.#filters) filter.reset();
  }

  /** Lets the filters work on what stands behind the first samples of the queue. */
  #filter(before: number): void {
    const { left, right, start, end } = this.#queue;
    if (start + before === end) return;
    for (const filter of this.#filters) {
      if (!filter.idle) filter.process(left, right, start + before, end);
    }
  }
}
