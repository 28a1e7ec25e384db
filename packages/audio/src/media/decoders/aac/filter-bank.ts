import { Dct4 } from "../dct4.ts";
import { frameLines, sequences, shortLines, type WindowInfo } from "./window-info.ts";

/** Samples before and after the short windows of a frame, in half a long window. */
const flat = (frameLines - shortLines) / 2;
/** Full scale of the standard is that of 16 bits. */
const fullScale = 32_768;

const sineWindow = (length: number): Float64Array =>
  Float64Array.from({ length }, (_, index) => Math.sin((Math.PI * (index + 0.5)) / (2 * length)));

/** Modified Bessel function of the first kind and order zero. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let index = 1; term > sum * 1e-18; index++) {
    term *= (x / 2 / index) ** 2;
    sum += term;
  }
  return sum;
}

/** Rising half of the Kaiser-Bessel derived window. */
function kaiserWindow(length: number, alpha: number): Float64Array {
  const kernel = Float64Array.from({ length: length + 1 }, (_, index) =>
    bessel(Math.PI * alpha * Math.sqrt(1 - ((2 * index) / length - 1) ** 2)),
  );
  const total = kernel.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  return Float64Array.from({ length }, (_, index) => {
    sum += kernel[index] ?? 0;
    return Math.sqrt(sum / total);
  });
}

/** Rising halves of windows, by shape. */
const longWindows = [sineWindow(frameLines), kaiserWindow(frameLines, 4)] as const;
const shortWindows = [sineWindow(shortLines), kaiserWindow(shortLines, 6)] as const;

const longTransform = new Dct4(frameLines, 1 / frameLines / fullScale);
const shortTransform = new Dct4(shortLines, 1 / shortLines / fullScale);
const transformed = new Float64Array(frameLines);
/** Sum of the eight short windows, from the first sample that they reach. */
const shortSum = new Float64Array(9 * shortLines);

/** Synthesis filter bank of one channel: inverse transform, windows, overlap (ISO/IEC 14496-3, 4.6.11). */
export class FilterBank {
  /** Second half of the windows of the frame before. */
  readonly #overlap = new Float64Array(frameLines);
  #shape = 0;

  /** Returns the samples of a frame, of full scale ±1. */
  synthesise(spectrum: Float64Array, info: WindowInfo): Float32Array {
    const samples = new Float32Array(frameLines);
    const before = this.#shape === 1 ? 1 : 0;
    const now = info.shape === 1 ? 1 : 0;
    this.#shape = now;
    if (info.sequence === sequences.short) this.#addShort(spectrum, samples, before, now);
    else this.#addLong(spectrum, samples, info.sequence, before, now);
    return samples;
  }

  #addLong(spectrum: Float64Array, samples: Float32Array, sequence: number, before: 0 | 1, now: 0 | 1): void {
    const overlap = this.#overlap;
    const half = frameLines / 2;
    longTransform.transform(spectrum, 0, transformed);
    if (sequence === sequences.stop) {
      const rise = shortWindows[before];
      for (let at = 0; at < flat; at++) samples[at] = overlap[at] ?? 0;
      for (let at = flat; at < frameLines; at++) {
        const weight = at < flat + shortLines ? (rise[at - flat] ?? 0) : 1;
        samples[at] = (overlap[at] ?? 0) + firstHalf(transformed, frameLines, at) * weight;
      }
    } else {
      const rise = longWindows[before];
      for (let at = 0; at < half; at++) {
        const value = transformed[half + at] ?? 0;
        const mirror = frameLines - 1 - at;
        samples[at] = (overlap[at] ?? 0) + value * (rise[at] ?? 0);
        samples[mirror] = (overlap[mirror] ?? 0) - value * (rise[mirror] ?? 0);
      }
    }
    const fall = sequence === sequences.start ? undefined : longWindows[now];
    const shortFall = shortWindows[now];
    for (let at = 0; at < half; at++) {
      const value = -(transformed[half - 1 - at] ?? 0);
      const mirror = frameLines - 1 - at;
      if (fall) {
        overlap[at] = value * (fall[mirror] ?? 0);
        overlap[mirror] = value * (fall[at] ?? 0);
      } else {
        overlap[at] = value * (at < flat ? 1 : (shortFall[shortLines - 1 - (at - flat)] ?? 0));
        overlap[mirror] =
          mirror < flat + shortLines ? value * (shortFall[shortLines - 1 - (mirror - flat)] ?? 0) : 0;
      }
    }
  }

  #addShort(spectrum: Float64Array, samples: Float32Array, before: 0 | 1, now: 0 | 1): void {
    const overlap = this.#overlap;
    const fall = shortWindows[now];
    shortSum.fill(0);
    for (let window = 0; window < 8; window++) {
      const rise = shortWindows[window === 0 ? before : now];
      const start = window * shortLines;
      shortTransform.transform(spectrum, start, transformed);
      for (let at = 0; at < shortLines; at++) {
        const next = start + shortLines + at;
        shortSum[start + at] =
          (shortSum[start + at] ?? 0) + firstHalf(transformed, shortLines, at) * (rise[at] ?? 0);
        shortSum[next] = secondHalf(transformed, shortLines, at) * (fall[shortLines - 1 - at] ?? 0);
      }
    }
    for (let at = 0; at < frameLines; at++)
      samples[at] = (overlap[at] ?? 0) + (at < flat ? 0 : (shortSum[at - flat] ?? 0));
    overlap.set(shortSum.subarray(frameLines - flat));
    overlap.fill(0, flat + shortLines);
  }
}

/** First half of the inverse transform, which is odd around its middle. */
function firstHalf(dct: Float64Array, size: number, at: number): number {
  return at < size / 2 ? (dct[size / 2 + at] ?? 0) : -(dct[(3 * size) / 2 - 1 - at] ?? 0);
}

/** Second half of the inverse transform, which is even around its middle. */
function secondHalf(dct: Float64Array, size: number, at: number): number {
  return -(at < size / 2 ? (dct[size / 2 - 1 - at] ?? 0) : (dct[at - size / 2] ?? 0));
}
