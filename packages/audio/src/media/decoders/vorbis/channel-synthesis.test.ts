import { seededRandom } from "@asterite/testkit";
import { expect, it } from "vitest";
import { type BlockShape, blockShape, ChannelSynthesis } from "./channel-synthesis.ts";

/** Transforms windowed samples as the sum of cosines does, the inverse of which adds up to the samples. */
function analyse(samples: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size / 2 }, (_, line) => {
    let sum = 0;
    for (let at = 0; at < size; at++)
      sum += (samples[at] ?? 0) * Math.cos(((2 * Math.PI) / size) * (at + 0.5 + size / 4) * (line + 0.5));
    return (4 * sum) / size;
  });
}

/** Window of a block beside blocks of other sizes (Vorbis I, 4.3.1). */
function windowAt(at: number, { size }: BlockShape, before: BlockShape, after: BlockShape): number {
  const [position, other] = at < size / 2 ? [at, before.size] : [size - 1 - at, after.size];
  const slope = Math.min(size, other) / 2;
  const inSlope = position - size / 4 + slope / 2;
  if (inSlope < 0) return 0;
  if (inSlope >= slope) return 1;
  return Math.sin((Math.PI / 2) * Math.sin((Math.PI / 2) * ((inSlope + 0.5) / slope)) ** 2);
}

it("restores a signal through blocks of both sizes", () => {
  const next = seededRandom(5);
  const [short, long] = [blockShape(64), blockShape(256)];
  const shapes = [long, long, short, short, long, short, long, long, short];
  const signal = Float64Array.from({ length: 256 * shapes.length }, () => next() - 0.5);
  const synthesis = new ChannelSynthesis(128);
  let middle = 128;
  let before: BlockShape | undefined;
  for (const [index, shape] of shapes.entries()) {
    if (before) middle += (before.size + shape.size) / 4;
    const after = shapes[index + 1] ?? shape;
    const start = middle - shape.size / 2;
    const windowed = Float64Array.from(
      { length: shape.size },
      (_, at) => (signal[start + at] ?? 0) * windowAt(at, shape, before ?? shape, after),
    );
    const samples = synthesis.add(analyse(windowed, shape.size), shape, before);
    expect(samples.length).toBe(before ? (before.size + shape.size) / 4 : 0);
    for (const [at, sample] of samples.entries())
      expect(Math.abs(sample - (signal[middle - samples.length + at] ?? 0)), `${index}: ${at}`).toBeLessThan(
        1e-6,
      );
    before = shape;
  }
});

it("lets a silent block fade the one before out", () => {
  const shape = blockShape(64);
  const synthesis = new ChannelSynthesis(32);
  synthesis.add(new Float64Array(32).fill(1), shape, undefined);
  expect(synthesis.add(undefined, shape, shape).some((sample) => sample !== 0)).toBe(true);
  expect(synthesis.add(undefined, shape, shape).every((sample) => sample === 0)).toBe(true);
});
