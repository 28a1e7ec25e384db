import { expect, it } from "vitest";
import { BitReader } from "../../bit-reader.ts";
import { BitWriter } from "../bit-writer.test-support.ts";
import { codeWords } from "./aac-encoder.test-support.ts";
import { scaleFactorData, spectrumData } from "./codebook-data.ts";
import { readScaleDifference } from "./codebooks.ts";
import { sbrCodebookData } from "./sbr/codebook-data.ts";

it.each([scaleFactorData, ...spectrumData, ...Object.values(sbrCodebookData)])(
  "codebook %# is complete, and each index occurs once",
  (data) => {
    const words = codeWords(data);
    expect(words.reduce((sum, [, bits]) => sum + 2 ** -bits, 0)).toBe(1);
    expect(data.order.toSorted((a, b) => a - b)).toEqual(words.map((_, index) => index));
  },
);

it("differences of scale factors are read", () => {
  const bits = new BitWriter();
  for (const [code, length] of codeWords(scaleFactorData)) bits.write(code, length);
  const reader = new BitReader();
  reader.load(bits.bytes());
  for (let difference = -60; difference <= 60; difference++)
    expect(readScaleDifference(reader)).toBe(difference);
  expect(reader.position).toBe(bits.length);
});
