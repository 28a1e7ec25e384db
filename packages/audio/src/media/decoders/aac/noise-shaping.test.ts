import { seededRandom } from "@asterite/testkit";
import { expect, it } from "vitest";
import { BitReader } from "../../bit-reader.ts";
import { BitWriter } from "../bit-writer.test-support.ts";
import { bandsByRate } from "./bands.ts";
import { NoiseShaping } from "./noise-shaping.ts";
import { WindowInfo } from "./window-info.ts";

/** Coefficients by the recursion of the standard. */
function coefficientsOf(values: readonly number[], resolution: number): number[] {
  const half = 2 ** (resolution - 1);
  let coefficients: number[] = [];
  for (const value of values) {
    const reflection = Math.sin(value / ((value >= 0 ? half - 0.5 : half + 0.5) / (Math.PI / 2)));
    const before = coefficients;
    coefficients = before.map(
      (coefficient, at) => coefficient + reflection * (before[before.length - 1 - at] ?? 0),
    );
    coefficients.push(reflection);
  }
  return coefficients;
}

it.each([
  [3, 0, false],
  [4, 0, true],
  [4, 1, false],
  [3, 1, true],
])("filters with %i bits, %i of them compressed, downwards: %s", (resolution, compression, isDownwards) => {
  const bands = bandsByRate[4];
  if (!bands) throw new Error("no bands");
  const next = seededRandom(resolution * 2 + compression);
  const bits = resolution - compression;
  const values = Array.from({ length: 9 }, () => Math.floor((next() - 0.5) * 2 ** bits));
  const written = new BitWriter()
    .write(1, 2)
    .write(resolution - 3, 1)
    .write(40, 6)
    .write(9, 5);
  written.write(isDownwards ? 1 : 0, 1).write(compression, 1);
  for (const value of values) written.write(value, bits);
  const reader = new BitReader();
  reader.load(written.bytes());
  const info = new WindowInfo(bands);
  info.maxBand = 45;
  const shaping = new NoiseShaping();
  shaping.read(reader, info);
  expect(reader.position).toBe(written.length);

  const input = Array.from({ length: 1_024 }, () => next() - 0.5);
  const spectrum = Float64Array.from(input);
  shaping.apply(spectrum, info);
  // From band 49 down by 40 bands, but not above band 42, the last that may be shaped at this rate.
  const [from, to] = [bands.long[9] ?? 0, bands.long[42] ?? 0];
  const coefficients = coefficientsOf(values, resolution);
  const expected = [...input];
  const order = Array.from({ length: to - from }, (_, index) =>
    isDownwards ? to - 1 - index : from + index,
  );
  for (const [index, at] of order.entries())
    for (const [back, coefficient] of coefficients.entries())
      if (back < index)
        expected[at] = (expected[at] ?? 0) - coefficient * (expected[order[index - 1 - back] ?? 0] ?? 0);
  for (const [at, line] of expected.entries())
    expect(Math.abs((spectrum[at] ?? 0) - line), `line ${at}`).toBeLessThanOrEqual(
      1e-9 * Math.abs(line) + 1e-12,
    );
});

it("refuses orders above those of low complexity", () => {
  const bands = bandsByRate[4];
  if (!bands) throw new Error("no bands");
  const reader = new BitReader();
  reader.load(new BitWriter().write(1, 2).write(1, 1).write(1, 6).write(13, 5).bytes());
  expect(() => new NoiseShaping().read(reader, new WindowInfo(bands))).toThrow("order 13");
});
