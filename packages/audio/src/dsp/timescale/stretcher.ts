import { sampleRate } from "../format.ts";
import { StereoQueue } from "../stereo-queue.ts";
import { findSimilar } from "./similarity.ts";

const samples = (milliseconds: number): number => Math.round((milliseconds * sampleRate) / 1000);

/** Length of the crossfade between two segments. */
const overlap = samples(10);
/** Search radius around the nominal start of the next segment. */
const searchRadius = samples(9);
/** Deviation from the nominal position that triggers a splice. */
const tolerance = samples(12);
/** Past input that is kept, so that the end of a track can be stretched without silence. */
const keptPast = samples(40);
/** Segment length at the end of a track. */
const finalSegment = samples(20);
/** Segment length: long segments suit slow tempos, short ones fast tempos. */
const maxSegment = samples(90);
const minSegment = samples(40);
const segmentLength = (tempo: number): number =>
  Math.round(
    Math.min(
      Math.max(maxSegment - ((tempo - 0.5) * (maxSegment - minSegment)) / 1.5, minSegment),
      maxSegment,
    ),
  );

/** Raised-cosine fade-in over the overlap. */
const rise = Float64Array.from(
  { length: overlap },
  (_, at) => 0.5 - 0.5 * Math.cos((Math.PI * (at + 0.5)) / overlap),
);

/**
 * Time stretch without change of pitch: WSOLA (W. Verhelst and M. Roelands, "An overlap-add technique based
 * on waveform similarity", 1993). Input is copied until it deviates too far from the nominal position; then
 * the output crossfades to the most similar position near the nominal one.
 */
export class Stretcher {
  readonly #input = new StereoQueue();
  /** Input that would naturally follow the last output sample. */
  readonly #tail = { left: new Float32Array(overlap), right: new Float32Array(overlap) };
  #tempo = 1;
  /** Index of the tail in the input. It may precede the samples that are still held. */
  #natural = 0;
  /** Nominal input position of the next output sample. */
  #nominal = 0;

  /** Input queue; call {@link produce} after writing to it. */
  get input(): StereoQueue {
    return this.#input;
  }

  /** Input samples per output sample, effective from the next segment. */
  set tempo(tempo: number) {
    this.#tempo = tempo;
  }

  /** Produces as many whole segments as the input allows. */
  produce(output: StereoQueue): void {
    const length = segmentLength(this.#tempo);
    while (this.#input.length >= this.#requiredInput(length)) {
      this.#appendSegment(length, this.#needsSplice, output);
      this.#dropPassed();
    }
  }

  /** Flushes the rest with its nominal duration, and resets. */
  finish(output: StereoQueue): void {
    let end = this.#input.length;
    let remaining = Math.round((end - this.#nominal) / this.#tempo);
    // The last segments may read past the end.
    this.#input.writeSilence(4 * finalSegment);
    while (remaining > 0) {
      const length = Math.min(finalSegment, remaining);
      const passed = this.#dropPassed();
      end -= passed;
      const runsOut = this.#natural + length > end && end >= finalSegment + overlap;
      this.#appendSegment(length, runsOut || this.#needsSplice, output, Math.max(end - length - overlap, 0));
      remaining -= length;
    }
    this.reset();
  }

  /**
   * Switches to unmodified samples: splices to the nominal position, passes the rest unchanged, and resets.
   *
   * @returns False, without effect, if there is not enough input yet.
   */
  bypass(output: StereoQueue): boolean {
    const length = this.#needsSplice ? overlap : 0;
    if (this.#input.length < this.#requiredInput(length)) return false;
    this.#appendSegment(length, this.#needsSplice, output);
    const { left, right, start, end } = this.#input;
    output.write(left, right, start + this.#natural, end);
    this.reset();
    return true;
  }

  /** Drops all samples; the tempo stays. */
  reset(): void {
    this.#input.clear();
    this.#natural = 0;
    this.#nominal = 0;
  }

  /** Whether the next segment must start at another position. */
  get #needsSplice(): boolean {
    return Math.abs(this.#nominal - this.#natural) > tolerance;
  }

  /** Returns the input samples needed for a segment. */
  #requiredInput(length: number): number {
    const last = this.#needsSplice ? Math.floor(this.#nominal) + searchRadius : this.#natural;
    return last + length + overlap;
  }

  /**
   * Appends a segment to the output.
   *
   * @param cut - Whether it starts near the nominal position instead of following the last segment.
   * @param latest - Last index in the input at which it may start.
   */
  #appendSegment(length: number, cut: boolean, output: StereoQueue, latest = Number.POSITIVE_INFINITY): void {
    const to = output.reserve(length);
    const { left, right, start } = this.#input;
    let from = this.#natural;
    let faded = 0;
    if (cut) {
      const last = Math.min(Math.floor(this.#nominal) + searchRadius, latest);
      const first = Math.max(last - 2 * searchRadius, 0);
      const match = findSimilar(this.#tail, overlap, this.#input, start + first, start + last);
      from = match.at - start;
      faded = Math.min(overlap, length);
      this.#fade(match.similarity, match.at, output, to, faded);
    }
    copy(left, start + from + faded, output.left, to + faded, length - faded);
    copy(right, start + from + faded, output.right, to + faded, length - faded);
    output.commit(length);
    this.#natural = from + length;
    this.#nominal += this.#tempo * length;
    copy(left, start + this.#natural, this.#tail.left, 0, overlap);
    copy(right, start + this.#natural, this.#tail.right, 0, overlap);
  }

  /** Crossfades from the tail to another position at constant loudness. */
  #fade(likeness: number, from: number, output: StereoQueue, to: number, length: number): void {
    const { left: tailLeft, right: tailRight } = this.#tail;
    const { left, right } = this.#input;
    for (let at = 0; at < length; at++) {
      const come = rise[at] as number;
      const go = 1 - come;
      // Correlated parts add in amplitude, uncorrelated parts in power.
      const level = 1 / Math.sqrt(come * come + go * go + 2 * come * go * likeness);
      output.left[to + at] = level * (go * (tailLeft[at] as number) + come * (left[from + at] as number));
      output.right[to + at] = level * (go * (tailRight[at] as number) + come * (right[from + at] as number));
    }
  }

  /**
   * Drops input that is no longer needed.
   *
   * @returns Number of samples dropped.
   */
  #dropPassed(): number {
    const nominal = Math.floor(this.#nominal) - keptPast;
    const needed = this.#needsSplice ? nominal : Math.min(nominal, this.#natural);
    const passed = Math.min(Math.max(needed, 0), this.#input.length);
    this.#input.drop(passed);
    this.#natural -= passed;
    this.#nominal -= passed;
    return passed;
  }
}

function copy(from: Float32Array, at: number, to: Float32Array, toAt: number, length: number): void {
  for (let index = 0; index < length; index++) to[toAt + index] = from[at + index] as number;
}
