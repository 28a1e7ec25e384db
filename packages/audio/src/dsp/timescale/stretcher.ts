import { sampleRate } from "../format.ts";
import { StereoQueue } from "../stereo-queue.ts";
import { findSimilar } from "./similarity.ts";

const samples = (milliseconds: number): number => Math.round((milliseconds * sampleRate) / 1000);

/** Over so much, one piece goes over into the next. */
const overlap = samples(10);
/** So far to either side of where the next piece should begin, the best place is looked for. */
const search = samples(9);
/** So far the sound may be away from where it should be before there is a cut. */
const tolerance = samples(12);
/** So much of the past is kept, so that the end of a track can be made longer without silence in it. */
const past = samples(40);
/** Length of pieces there. */
const lastPieces = samples(20);
/** Length of pieces: slow music sounds better with long ones, fast music with short ones. */
const longest = samples(90);
const shortest = samples(40);
const lengthAt = (tempo: number): number =>
  Math.round(Math.min(Math.max(longest - ((tempo - 0.5) * (longest - shortest)) / 1.5, shortest), longest));

/** Rises from 0 to 1 over the overlap, as half a cosine. */
const rise = Float64Array.from(
  { length: overlap },
  (_, at) => 0.5 - 0.5 * Math.cos((Math.PI * (at + 0.5)) / overlap),
);

/**
 * Makes sound longer or shorter without changing its pitch: WSOLA (W. Verhelst and M. Roelands, "An overlap-add
 * technique based on waveform similarity", 1993). The sound is played on as it is until it is too far away
 * from where it should be; then it goes over to that place, or rather to the place near it that is most like
 * what would have come.
 */
export class Stretcher {
  readonly #input = new StereoQueue();
  /** What would follow the last sample that came out, if it went on as it was. */
  readonly #tail = { left: new Float32Array(overlap), right: new Float32Array(overlap) };
  #tempo = 1;
  /** Index in the input of the tail. It may lie before what the input still holds. */
  #natural = 0;
  /** Where the next sample should be taken from. */
  #nominal = 0;

  /** What goes in; {@link produce} is to follow. */
  get input(): StereoQueue {
    return this.#input;
  }

  /** Samples of the input that go by with one of the output, from the next piece on. */
  set tempo(tempo: number) {
    this.#tempo = tempo;
  }

  /** Brings out as many whole pieces as there is sound for. */
  produce(output: StereoQueue): void {
    const length = lengthAt(this.#tempo);
    while (this.#input.length >= this.#wanted(length)) {
      this.#addPiece(length, this.#cuts, output);
      this.#dropPassed();
    }
  }

  /** Brings out the rest, as long as it should be, and begins anew. */
  finish(output: StereoQueue): void {
    let end = this.#input.length;
    let remaining = Math.round((end - this.#nominal) / this.#tempo);
    // The last pieces may reach behind the end.
    this.#input.writeSilence(4 * lastPieces);
    while (remaining > 0) {
      const length = Math.min(lastPieces, remaining);
      const passed = this.#dropPassed();
      end -= passed;
      const runsOut = this.#natural + length > end && end >= lastPieces + overlap;
      this.#addPiece(length, runsOut || this.#cuts, output, Math.max(end - length - overlap, 0));
      remaining -= length;
    }
    this.reset();
  }

  /**
   * Goes over to the sound as it is: brings out all that there is from the right place on, and begins anew.
   *
   * @returns False, and nothing is done, where there is not enough sound for that yet.
   */
  leave(output: StereoQueue): boolean {
    const length = this.#cuts ? overlap : 0;
    if (this.#input.length < this.#wanted(length)) return false;
    this.#addPiece(length, this.#cuts, output);
    const { left, right, start, end } = this.#input;
    output.write(left, right, start + this.#natural, end);
    this.reset();
    return true;
  }

  /** Forgets everything but the tempo. */
  reset(): void {
    this.#input.clear();
    this.#natural = 0;
    this.#nominal = 0;
  }

  /** Whether the next piece is from another place. */
  get #cuts(): boolean {
    return Math.abs(this.#nominal - this.#natural) > tolerance;
  }

  /** Samples that the input must hold for a piece. */
  #wanted(length: number): number {
    const last = this.#cuts ? Math.floor(this.#nominal) + search : this.#natural;
    return last + length + overlap;
  }

  /**
   * @param cut - Whether it is from where it should be, instead of what follows the last.
   * @param latest - Index in the input after which it must not begin.
   */
  #addPiece(length: number, cut: boolean, output: StereoQueue, latest = Number.POSITIVE_INFINITY): void {
    const to = output.reserve(length);
    const { left, right, start } = this.#input;
    let from = this.#natural;
    let faded = 0;
    if (cut) {
      const last = Math.min(Math.floor(this.#nominal) + search, latest);
      const first = Math.max(last - 2 * search, 0);
      const match = findSimilar(this.#tail, overlap, this.#input, start + first, start + last);
      from = match.at - start;
      faded = Math.min(overlap, length);
      this.#fade(match.likeness, match.at, output, to, faded);
    }
    copy(left, start + from + faded, output.left, to + faded, length - faded);
    copy(right, start + from + faded, output.right, to + faded, length - faded);
    output.commit(length);
    this.#natural = from + length;
    this.#nominal += this.#tempo * length;
    copy(left, start + this.#natural, this.#tail.left, 0, overlap);
    copy(right, start + this.#natural, this.#tail.right, 0, overlap);
  }

  /** Goes over from the tail to another place, as loud in between as on both sides. */
  #fade(likeness: number, from: number, output: StereoQueue, to: number, length: number): void {
    const { left: tailLeft, right: tailRight } = this.#tail;
    const { left, right } = this.#input;
    for (let at = 0; at < length; at++) {
      const come = rise[at] as number;
      const go = 1 - come;
      // What is alike adds up as it is; of what is not, only the power adds up.
      const level = 1 / Math.sqrt(come * come + go * go + 2 * come * go * likeness);
      output.left[to + at] = level * (go * (tailLeft[at] as number) + come * (left[from + at] as number));
      output.right[to + at] = level * (go * (tailRight[at] as number) + come * (right[from + at] as number));
    }
  }

  /**
   * Drops what will not be needed again.
   *
   * @returns How much that was.
   */
  #dropPassed(): number {
    const nominal = Math.floor(this.#nominal) - past;
    const needed = this.#cuts ? nominal : Math.min(nominal, this.#natural);
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
