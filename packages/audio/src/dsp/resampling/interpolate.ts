import type { StereoQueue } from "../stereo-queue.ts";
import type { SampleHistory } from "./sample-history.ts";
import type { SincBank } from "./sinc-bank.ts";

/** Where {@link readExactly} is after a sample, and how it goes on: in rows of the bank, whole numbers. */
export interface ExactPace {
  row: number;
  readonly rowsPerOutput: number;
}

/** Where {@link readBetween} is after a sample, and how it goes on: in samples. */
export interface Pace {
  phase: number;
  step: number;
}

/** Samples around the place that a value is read at: half of the taps lie behind it. */
const reach = (bank: SincBank): number => bank.taps / 2;

/** How many outputs there are at most when each takes so many samples. */
export const mostOutputs = (history: SampleHistory, bank: SincBank, step: number): number =>
  Math.max(Math.ceil((history.end - reach(bank) - history.at) / step) + 1, 0);

/** Reads as many values as there are samples for, at places that each have a row of their own in the bank. */
export function readExactly(
  history: SampleHistory,
  bank: SincBank,
  pace: ExactPace,
  output: StereoQueue,
): void {
  const { rows, taps, phases } = bank;
  const { left, right, end } = history;
  const half = reach(bank);
  if (history.at + half >= end) return;
  history.begin(half);
  const first = output.reserve(mostOutputs(history, bank, pace.rowsPerOutput / phases));
  const outLeft = output.left;
  const outRight = output.right;
  const stepWhole = Math.floor(pace.rowsPerOutput / phases);
  const stepRows = pace.rowsPerOutput % phases;
  let { at } = history;
  let { row } = pace;
  let to = first;
  for (; at + half < end; to++) {
    // Four sums, because each addition would have to wait for the one before.
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
  pace.row = row;
}

/**
 * Reads values at any places, on a straight line between the two nearest rows of the bank. Indexes are cut to
 * whole numbers with `| 0`, so that the engine keeps them as such everywhere.
 *
 * @param most - At most so many.
 * @param glide - By how much the step grows with every value.
 * @returns How many there were.
 */
export function readBetween(
  history: SampleHistory,
  bank: SincBank,
  pace: Pace,
  output: StereoQueue,
  most: number,
  glide: number,
): number {
  const { rows, taps, phases } = bank;
  const { left, right, end } = history;
  const half = reach(bank);
  if (history.at + half >= end) return 0;
  history.begin(half);
  const first = output.reserve(most);
  const last = first + most;
  const outLeft = output.left;
  const outRight = output.right;
  let { at } = history;
  let { phase, step } = pace;
  let to = first;
  for (; at + half < end && to < last; to++) {
    const row = (phase * phases) | 0;
    const share = phase * phases - row;
    let leftEven = 0;
    let leftOdd = 0;
    let rightEven = 0;
    let rightOdd = 0;
    let sample = at - half + 1;
    let tap = row * taps;
    for (const rowEnd = tap + taps; tap < rowEnd; tap += 2, sample += 2) {
      const even = rows[tap] as number;
      const odd = rows[tap + 1] as number;
      const c0 = even + share * ((rows[tap + taps] as number) - even);
      const c1 = odd + share * ((rows[tap + taps + 1] as number) - odd);
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
  pace.phase = phase;
  pace.step = step;
  return to - first;
}
