import type { StereoQueue } from "../stereo-queue.ts";
import type { SampleHistory } from "./sample-history.ts";
import type { SincBank } from "./sinc-bank.ts";

/** Read position of {@link readExactly} between two samples, in rows of the bank. */
export interface ExactReadPosition {
  row: number;
  readonly rowsPerOutput: number;
}

/** Read position of {@link readBetween} between two samples, in samples. */
export interface ReadPosition {
  phase: number;
  step: number;
}

/** Returns the number of samples needed on either side of a read position. */
const halfTaps = (bank: SincBank): number => bank.taps / 2;

/** Returns the maximum number of outputs for a step of `step` input samples. */
export const maxOutputs = (history: SampleHistory, bank: SincBank, step: number): number =>
  Math.max(Math.ceil((history.end - halfTaps(bank) - history.at) / step) + 1, 0);

/** Interpolates all available outputs at positions that each have their own row in the bank. */
export function readExactly(
  history: SampleHistory,
  bank: SincBank,
  position: ExactReadPosition,
  output: StereoQueue,
): void {
  const { rows, taps, phases } = bank;
  const { left, right, end } = history;
  const half = halfTaps(bank);
  if (history.at + half >= end) return;
  history.mirrorStart(half);
  const first = output.reserve(maxOutputs(history, bank, position.rowsPerOutput / phases));
  const outLeft = output.left;
  const outRight = output.right;
  const stepWhole = Math.floor(position.rowsPerOutput / phases);
  const stepRows = position.rowsPerOutput % phases;
  let { at } = history;
  let { row } = position;
  let to = first;
  for (; at + half < end; to++) {
    // Four independent sums avoid a dependency chain between additions.
    let leftEven = 0;
    let leftOdd = 0;
    let rightEven = 0;
    let rightOdd = 0;
    let sample = at - half + 1;
    let tap = row * taps;
    for (const last = tap + taps; tap < last; tap += 4, sample += 4) {
      const c0 = rows[tap] as number;
      const c1 = rows[tap + 1] as number;
      const c2 = rows[tap + 2] as number;
      const c3 = rows[tap + 3] as number;
      leftEven += c0 * (left[sample] as number) + c2 * (left[sample + 2] as number);
      rightEven += c0 * (right[sample] as number) + c2 * (right[sample + 2] as number);
      leftOdd += c1 * (left[sample + 1] as number) + c3 * (left[sample + 3] as number);
      rightOdd += c1 * (right[sample + 1] as number) + c3 * (right[sample + 3] as number);
    }
    outLeft[to] = leftEven + leftOdd;
    outRight[to] = rightEven + rightOdd;
    at += stepWhole;
    row += stepRows;
    if (row >= phases) {
      row -= phases;
      at++;
    }
  }
  output.commit(to - first);
  history.moveTo(at);
  position.row = row;
}

/**
 * Interpolates outputs at arbitrary positions, linearly between the two nearest rows of the bank. Indexes are
 * truncated with `| 0`, so that the engine keeps them as integers.
 *
 * @param maxCount - Maximum number of outputs.
 * @param glide - Increment of the step per output.
 * @returns Number of outputs.
 */
export function readBetween(
  history: SampleHistory,
  bank: SincBank,
  position: ReadPosition,
  output: StereoQueue,
  maxCount: number,
  glide: number,
): number {
  const { rows, taps, phases } = bank;
  const { left, right, end } = history;
  const half = halfTaps(bank);
  if (history.at + half >= end) return 0;
  history.mirrorStart(half);
  const first = output.reserve(maxCount);
  const last = first + maxCount;
  const outLeft = output.left;
  const outRight = output.right;
  let { at } = history;
  let { phase, step } = position;
  let to = first;
  for (; at + half < end && to < last; to++) {
    const row = (phase * phases) | 0;
    const fraction = phase * phases - row;
    let leftEven = 0;
    let leftOdd = 0;
    let rightEven = 0;
    let rightOdd = 0;
    let sample = at - half + 1;
    let tap = row * taps;
    for (const rowEnd = tap + taps; tap < rowEnd; tap += 2, sample += 2) {
      const even = rows[tap] as number;
      const odd = rows[tap + 1] as number;
      const c0 = even + fraction * ((rows[tap + taps] as number) - even);
      const c1 = odd + fraction * ((rows[tap + taps + 1] as number) - odd);
      leftEven += c0 * (left[sample] as number);
      rightEven += c0 * (right[sample] as number);
      leftOdd += c1 * (left[sample + 1] as number);
      rightOdd += c1 * (right[sample + 1] as number);
    }
    outLeft[to] = leftEven + leftOdd;
    outRight[to] = rightEven + rightOdd;
    step += glide;
    phase += step;
    const whole = phase | 0;
    phase -= whole;
    at += whole;
  }
  output.commit(to - first);
  history.moveTo(at);
  position.phase = phase;
  position.step = step;
  return to - first;
}
