import { seededRandom } from "@asterite/testkit";
import { expect, it } from "vitest";
import { bandsByRate } from "./bands.ts";
import { FilterBank } from "./filter-bank.ts";
import { WindowInfo } from "./window-info.ts";

const bessel = (x: number): number => {
  let sum = 0;
  for (let index = 0, term = 1; index < 60; term *= (x / 2 / ++index) ** 2) sum += term;
  return sum;
};

/** Rising half of a window of the standard, by its definition. */
function rise(length: number, shape: number): number[] {
  const alpha = length === 1_024 ? 4 : 6;
  const kernel = Array.from({ length: length + 1 }, (_, index) =>
    bessel(Math.PI * alpha * Math.sqrt(1 - ((index - length / 2) / (length / 2)) ** 2)),
  );
  const sum = (to: number) => kernel.slice(0, to + 1).reduce((total, value) => total + value, 0);
  return Array.from({ length }, (_, index) =>
    shape === 1 ? Math.sqrt(sum(index) / sum(length)) : Math.sin((Math.PI / 2 / length) * (index + 0.5)),
  );
}

/** Forward transform of a windowed block, by its definition (ISO/IEC 14496-3, 4.B). */
function analyse(block: readonly number[]): number[] {
  const length = block.length;
  return Array.from({ length: length / 2 }, (_, line) => {
    let sum = 0;
    for (const [at, sample] of block.entries())
      sum += sample * Math.cos(((2 * Math.PI) / length) * (at + (length / 2 + 1) / 2) * (line + 0.5));
    return 2 * sum;
  });
}

/** Lines of a frame of 2,048 samples, as an encoder makes them. */
function encode(samples: readonly number[], sequence: number, before: number, now: number): number[] {
  const [zeros, ones] = [new Array<number>(448).fill(0), new Array<number>(448).fill(1)];
  const long = (shape: number) => rise(1_024, shape);
  const short = (shape: number) => rise(128, shape);
  if (sequence === 2)
    return Array.from({ length: 8 }, (_, window) => {
      const weights = [...short(window === 0 ? before : now), ...short(now).reverse()];
      return analyse(weights.map((weight, at) => weight * (samples[448 + 128 * window + at] ?? 0)));
    }).flat();
  const left = sequence === 3 ? [...zeros, ...short(before), ...ones] : long(before);
  const right = sequence === 1 ? [...ones, ...short(now).reverse(), ...zeros] : long(now).reverse();
  return analyse([...left, ...right].map((weight, at) => weight * (samples[at] ?? 0)));
}

it("restores a signal through windows of every sequence and shape", () => {
  const next = seededRandom(7);
  // Long, start, short, short, stop, long: each with the shape of its right half.
  const frames = [
    [0, 0],
    [0, 1],
    [1, 0],
    [2, 1],
    [2, 0],
    [3, 1],
    [1, 1],
    [2, 1],
    [3, 0],
    [0, 0],
  ] as const;
  const samples = Array.from({ length: 1_024 * (frames.length + 1) }, () => 20_000 * (next() - 0.5));
  const bank = new FilterBank();
  const info = new WindowInfo(
    bandsByRate[4] ?? {
      long: new Uint16Array(),
      short: new Uint16Array(),
      maxLongShaped: 0,
      maxShortShaped: 0,
    },
  );
  let before = 0;
  for (const [frame, [sequence, shape]] of frames.entries()) {
    info.sequence = sequence;
    info.shape = shape;
    const lines = encode(samples.slice(1_024 * frame, 1_024 * (frame + 2)), sequence, before, shape);
    before = shape;
    const decoded = bank.synthesise(Float64Array.from(lines), info);
    if (frame === 0) continue;
    for (const [at, sample] of decoded.entries())
      expect(Math.abs(sample - (samples[1_024 * frame + at] ?? 0) / 32_768), `${frame}: ${at}`).toBeLessThan(
        1e-6,
      );
  }
});
