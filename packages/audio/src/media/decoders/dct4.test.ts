import { seededRandom } from "@asterite/testkit";
import { expect, it } from "vitest";
import { Dct4 } from "./dct4.ts";

it.each([16, 32, 128, 1_024])("transforms %i lines as the sum of cosines does", (size) => {
  const next = seededRandom(size);
  const lines = Float64Array.from({ length: size + 5 }, () => next() - 0.5);
  const result = new Float64Array(size);
  new Dct4(size, 0.25).transform(lines, 5, result);
  for (const [at, value] of result.entries()) {
    let sum = 0;
    for (let line = 0; line < size; line++)
      sum += (lines[5 + line] ?? 0) * Math.cos((Math.PI / size) * (at + 0.5) * (line + 0.5));
    expect(Math.abs(value - sum / 4)).toBeLessThan(1e-9);
  }
});
