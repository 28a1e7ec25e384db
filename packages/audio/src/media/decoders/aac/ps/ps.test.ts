import { seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { BitReader, DamagedPacketError } from "../../../bit-reader.ts";
import { BitWriter } from "../../bit-writer.test-support.ts";
import { bandLayouts, parameterAt } from "./band-layout.ts";
import { stereoCodebookData } from "./codebook-data.ts";
import { Decorrelator, narrowBands } from "./decorrelator.ts";
import { HybridAnalysis } from "./hybrid.ts";
import { Mixer, weightsOfBand } from "./mixing.ts";
import { preparePrefixCode, readPrefixCode } from "./prefix-code.ts";
import { StereoDataReader, type StereoEnvelope, type StereoFrame, type StereoHeader } from "./stereo-data.ts";

const frameSlots = 32;

it.each(Object.entries(stereoCodebookData))("codebook %s is complete and is read", (_, data) => {
  const code = preparePrefixCode(data);
  expect(data.lengths.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
  expect(data.order.toSorted((a, b) => a - b)).toEqual(data.order.map((_, index) => index));
  for (const [index, symbol] of data.order.entries()) {
    const reader = new BitReader();
    reader.load(new BitWriter().write(code.words[index] ?? 0, 32).bytes());
    expect(readPrefixCode(reader, code)).toBe(symbol);
    expect(reader.position).toBe(data.lengths[index]);
  }
});

describe.each(["coarse", "fine"] as const)("the %s layout of bands", (name) => {
  const layout = bandLayouts[name];

  it("gives each band a parameter band", () => {
    expect(layout.parameters).toHaveLength(layout.count);
    expect(new Set(layout.parameters).size).toBe(layout.parameterBands);
    expect(layout.narrowBands + 64 - layout.splits.length).toBe(layout.count);
    expect(layout.splits.flatMap(({ real }) => real)).toHaveLength(layout.narrowBands);
  });

  it("splits bands into ones whose sum is the band again", () => {
    const next = seededRandom(5);
    const slots = 38;
    const [real, imaginary] = [new Float64Array(slots * 8), new Float64Array(slots * 8)];
    for (let at = 0; at < real.length; at++) {
      real[at] = next() - 0.5;
      imaginary[at] = next() - 0.5;
    }
    const into = narrowBands();
    const analysis = new HybridAnalysis();
    analysis.analyse(layout.splits, { real, imaginary, at: 0, stride: 8 }, into);
    let place = 0;
    for (const [band, split] of layout.splits.entries()) {
      // Slots before the frame are still empty in the first one.
      for (let slot = 12; slot < frameSlots; slot++) {
        let [x, y] = [0, 0];
        for (let index = 0; index < split.real.length; index++) {
          x += into.real[(place + index) * frameSlots + slot] ?? 0;
          y += into.imaginary[(place + index) * frameSlots + slot] ?? 0;
        }
        expect(x).toBeCloseTo(real[8 * slot + band] ?? 0, 9);
        expect(y).toBeCloseTo(imaginary[8 * slot + band] ?? 0, 9);
      }
      place += split.real.length;
    }
  });

  it("is decorrelated without a change of energy, apart from bands where the filter fades", () => {
    const next = seededRandom(9);
    const [bands, into] = [narrowBands(), narrowBands()];
    const decorrelator = new Decorrelator();
    const [before, after] = [new Float64Array(layout.count), new Float64Array(layout.count)];
    const products = new Float64Array(layout.count);
    for (let frame = 0; frame < 40; frame++) {
      // Numbers of equal energy, so that nothing counts as a transient.
      for (let at = 0; at < layout.count * frameSlots; at++) {
        const angle = 2 * Math.PI * next();
        bands.real[at] = Math.cos(angle);
        bands.imaginary[at] = Math.sin(angle);
      }
      decorrelator.process(bands, into, layout);
      if (frame < 2) continue;
      for (let at = 0; at < layout.count * frameSlots; at++) {
        const band = Math.floor(at / frameSlots);
        const [x, y, u, v] = [
          bands.real[at] ?? 0,
          bands.imaginary[at] ?? 0,
          into.real[at] ?? 0,
          into.imaginary[at] ?? 0,
        ];
        before[band] = (before[band] ?? 0) + x * x + y * y;
        after[band] = (after[band] ?? 0) + u * u + v * v;
        products[band] = (products[band] ?? 0) + x * u + y * v;
      }
    }
    for (let band = 0; band < layout.count; band++) {
      expect((after[band] ?? 0) / (before[band] ?? 1)).toBeGreaterThan(0.85);
      expect((after[band] ?? 0) / (before[band] ?? 1)).toBeLessThan(1.15);
      expect(Math.abs(products[band] ?? 0) / (before[band] ?? 1)).toBeLessThan(0.15);
    }
  });
});

const header: StereoHeader = {
  levelBands: 20,
  isFine: false,
  phaseBands: 11,
  coherenceBands: 20,
  isRotated: false,
  hasExtension: false,
};
const envelope = (level: number, coherence: number): StereoEnvelope => ({
  end: 31,
  levels: new Int8Array(34).fill(level),
  coherences: new Int8Array(34).fill(coherence),
  phases: new Int8Array(34),
  overallPhases: new Int8Array(34),
});
const decibels = [-25, -18, -14, -10, -7, -4, -2, 0, 2, 4, 7, 10, 14, 18, 25];
const coherences = [1, 0.937, 0.84118, 0.60092, 0.36764, 0, -0.589, -1];

describe("mixing", () => {
  it.each([false, true])(
    "gives the channels their levels and coherence (second procedure: %s)",
    (isRotated) => {
      for (let level = -7; level <= 7; level++)
        for (let coherence = 0; coherence < 8; coherence++) {
          const frame: StereoFrame = { header: { ...header, isRotated }, envelopes: [], hasPhases: false };
          const weights = new Mixer().weights(frame, envelope(level, coherence), bandLayouts.coarse);
          const [a = 0, , b = 0, , c = 0, , d = 0] = weights.subarray(weightsOfBand, 2 * weightsOfBand);
          const [left, right] = [a * a + c * c, b * b + d * d];
          expect(left + right).toBeCloseTo(2, 9);
          expect(10 * Math.log10(left / right)).toBeCloseTo(decibels[level + 7] ?? 0, 6);
          const wanted = Math.max(coherences[coherence] ?? 0, isRotated ? 0.05 : -1);
          expect((a * b + c * d) / Math.sqrt(left * right)).toBeCloseTo(wanted, 6);
        }
    },
  );

  it("turns both channels by their phases", () => {
    const { phases, overallPhases, ...rest } = envelope(0, 0);
    const turned = { ...rest, phases: phases.fill(2), overallPhases: overallPhases.fill(1) };
    const frame: StereoFrame = { header, envelopes: [], hasPhases: true };
    const weights = new Mixer().weights(frame, turned, bandLayouts.coarse);
    const [a = 0, b = 0, c = 0, d = 0] = weights;
    expect(Math.atan2(b, a)).toBeCloseTo(Math.PI / 4);
    expect(Math.atan2(d, c)).toBeCloseTo(-Math.PI / 4);
    // Bands above the coded ones have none.
    expect(weights[weightsOfBand * 15 + 1]).toBe(0);
  });

  it("takes parameters of 10 and 20 bands for 20 and 34", () => {
    const values = Int8Array.from({ length: 34 }, (_, index) => index);
    const { coarse, fine } = bandLayouts;
    expect([0, 1, 2, 19].map((band) => parameterAt(values, 10, coarse, band))).toEqual([0, 0, 1, 9]);
    expect([0, 1, 2, 4, 33].map((band) => parameterAt(values, 20, fine, band))).toEqual([0, 0, 1, 2, 19]);
    expect([0, 33].map((band) => parameterAt(values, 34, fine, band))).toEqual([0, 33]);
  });
});

describe("the parameters of a frame", () => {
  const read = (reader: StereoDataReader, write: (bits: BitWriter) => void): StereoFrame | undefined => {
    const bits = new BitWriter();
    write(bits);
    const source = new BitReader();
    source.load(bits.bytes());
    return reader.read(source);
  };

  it("need a header, and last until others come", () => {
    const reader = new StereoDataReader();
    expect(read(reader, (bits) => bits.write(0, 1).write(0, 3))).toBeUndefined();
    // Levels in 10 bands, no coherence, no extension; one envelope; `levelFrequency` codes 1 as 100 and 0 as 0.
    const first = read(reader, (bits) =>
      bits
        .write(1, 1)
        .write(1, 1)
        .write(0, 3)
        .write(0, 1)
        .write(0, 1)
        .write(0, 1)
        .write(1, 2)
        .write(0, 1)
        .write(0b100, 3)
        .write(0, 9),
    );
    expect(first?.header).toMatchObject({ levelBands: 10, isFine: false, coherenceBands: 0 });
    expect(first?.envelopes.map(({ end, levels }) => [end, ...levels.subarray(0, 11)])).toEqual([
      [31, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0],
    ]);
    const held = read(reader, (bits) => bits.write(0, 1).write(0, 1).write(0, 2));
    expect(held?.envelopes.map(({ end, levels }) => [end, levels[3]])).toEqual([[31, 1]]);
  });

  it("are in range or damaged", () => {
    const next = seededRandom(11);
    let accepted = 0;
    for (let round = 0; round < 5_000; round++) {
      const source = new BitReader();
      const bytes = Uint8Array.from({ length: 60 }, () => Math.floor(next() * 256));
      bytes[0] = (bytes[0] ?? 0) | 0x80;
      source.load(bytes);
      try {
        const frame = new StereoDataReader().read(source);
        if (!frame) continue;
        accepted++;
        const most = frame.header.isFine ? 15 : 7;
        expect(frame.envelopes.at(-1)?.end).toBe(31);
        for (const { levels, coherences, phases } of frame.envelopes) {
          expect(Math.max(...levels.map(Math.abs))).toBeLessThanOrEqual(most);
          expect(Math.min(...coherences)).toBeGreaterThanOrEqual(0);
          expect(Math.max(...phases)).toBeLessThan(8);
        }
      } catch (error) {
        if (!(error instanceof DamagedPacketError)) throw error;
      }
    }
    expect(accepted).toBeGreaterThan(100);
  });
});
