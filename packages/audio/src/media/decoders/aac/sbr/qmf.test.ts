import { describe, expect, it } from "vitest";
import { coreBands, frameSlots, QmfAnalysis, QmfSynthesis } from "./qmf.ts";
import { qmfWindow } from "./qmf-window.ts";

/** Samples by which both filter banks together delay the signal, at the doubled rate. */
const delay = 578;

describe("the filter banks", () => {
  it("double the rate and change nothing else, to -60 dB", () => {
    const [analysis, synthesis] = [new QmfAnalysis(), new QmfSynthesis()];
    const [real, imaginary] = [new Float64Array(2_048), new Float64Array(2_048)];
    const [lowReal, lowImaginary] = [new Float64Array(1_024), new Float64Array(1_024)];
    const angle = 0.237;
    const output: number[] = [];
    for (let frame = 0; frame < 4; frame++) {
      const samples = Float32Array.from({ length: 1_024 }, (_, at) => Math.sin(angle * (1_024 * frame + at)));
      analysis.analyse(samples, lowReal, lowImaginary, 0);
      for (let slot = 0; slot < frameSlots; slot++)
        for (let band = 0; band < coreBands; band++) {
          real[64 * slot + band] = lowReal[coreBands * slot + band] ?? 0;
          imaginary[64 * slot + band] = lowImaginary[coreBands * slot + band] ?? 0;
        }
      output.push(...synthesis.synthesise(real, imaginary));
    }
    const error = output
      .slice(2_048)
      .map((sample, at) => sample - Math.sin((angle * (2_048 + at - delay)) / 2));
    expect(Math.max(...error.map(Math.abs))).toBeLessThan(1e-3);
  });

  it("have a window that is symmetric apart from signs", () => {
    for (let index = 1; index < 640; index++)
      expect(Math.abs(qmfWindow[index] ?? 0)).toBe(Math.abs(qmfWindow[640 - index] ?? 1));
    expect(Math.max(...qmfWindow)).toBe(qmfWindow[320]);
  });
});
