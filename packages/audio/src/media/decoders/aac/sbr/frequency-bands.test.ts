import { seededRandom } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { BitReader, DamagedPacketError } from "../../../bit-reader.ts";
import { divideSpectrum, limiterTable, maxReplicated } from "./frequency-bands.ts";
import { haveSameBands, readSbrHeader, type SbrHeader } from "./sbr-header.ts";

const defaults: SbrHeader = {
  isCoarse: true,
  start: 5,
  stop: 9,
  crossover: 0,
  scale: 2,
  isAltered: true,
  noiseBands: 2,
  limiterBands: 2,
  limiterGain: 2,
  isInterpolated: true,
  isSmoothed: false,
};
const rates = [16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000];

const isAscending = (list: readonly number[]): boolean =>
  list.every((border, index) => index === 0 || border > (list[index - 1] ?? 0));

describe("the division of the spectrum", () => {
  it("has ordered borders and patches without gaps, for every header that it accepts", () => {
    const next = seededRandom(7);
    let accepted = 0;
    for (let round = 0; round < 4_000; round++) {
      const pick = (count: number): number => Math.floor(next() * count);
      const rate = rates[pick(rates.length)] ?? 0;
      const header: SbrHeader = {
        ...defaults,
        start: pick(16),
        stop: pick(16),
        crossover: pick(8),
        scale: pick(4),
        isAltered: pick(2) === 1,
        noiseBands: pick(4),
      };
      try {
        const bands = divideSpectrum(header, rate);
        accepted++;
        const { first, count, high, low, noise, patches, master } = bands;
        const last = first + count;
        expect(count).toBeLessThanOrEqual(maxReplicated);
        expect(last).toBeLessThanOrEqual(64);
        for (const table of [master, high, low]) expect(isAscending(table)).toBe(true);
        // There may be more bands of noise than of the envelope: some are empty.
        expect(isAscending([...new Set(noise)])).toBe(true);
        for (const table of [high, low, noise]) expect([table[0], table.at(-1)]).toEqual([first, last]);
        expect(low.every((border) => high.includes(border))).toBe(true);
        expect(noise.every((border) => low.includes(border))).toBe(true);
        let target = first;
        for (const patch of patches) {
          expect(patch.target).toBe(target);
          expect(patch.source).toBeGreaterThanOrEqual(0);
          expect(patch.source + patch.count).toBeLessThanOrEqual(first);
          target += patch.count;
        }
        // The last patch is left out where it has less than three bands.
        expect(last - target).toBeLessThan(3);
        for (let density = 0; density < 4; density++) {
          const limits = limiterTable(bands, density);
          expect(isAscending(limits)).toBe(true);
          // Bands above a last patch that is left out may have no limit.
          expect(limits[0]).toBe(first);
          expect(limits.at(-1)).toBeLessThanOrEqual(last);
        }
      } catch (error) {
        if (!(error instanceof DamagedPacketError)) throw error;
      }
    }
    expect(accepted).toBeGreaterThan(1_000);
  });

  it("follows the octaves, or has equal widths but for what remains", () => {
    const { master } = divideSpectrum({ ...defaults, scale: 0, isAltered: false }, 44_100);
    expect(new Set(master.slice(1).map((border, index) => border - (master[index] ?? 0)))).toEqual(
      new Set([1, 2]),
    );
    const wide = divideSpectrum({ ...defaults, scale: 3 }, 44_100);
    expect(wide.high.length).toBeLessThan(divideSpectrum({ ...defaults, scale: 1 }, 44_100).high.length);
  });
});

describe("a header", () => {
  const header = (...bytes: number[]): SbrHeader => {
    const reader = new BitReader();
    reader.load(Uint8Array.from(bytes));
    return readSbrHeader(reader);
  };

  it("has defaults for what it leaves out", () => {
    // 1 for 3 dB, start 5, stop 9, crossover 0, two reserved bits, no extras.
    expect(header(0b1010_1100, 0b1000_0000)).toEqual(defaults);
  });

  it("states its bands and limiter", () => {
    const full = header(0b0010_1100, 0b1010_0011, 0b0100_1010, 0b1100_0000);
    expect(full).toEqual({
      ...defaults,
      isCoarse: false,
      crossover: 2,
      scale: 1,
      isAltered: false,
      noiseBands: 1,
      limiterBands: 1,
      limiterGain: 1,
      isInterpolated: true,
      isSmoothed: true,
    });
    expect(haveSameBands(full, { ...full, limiterBands: 3 })).toBe(true);
    expect(haveSameBands(full, { ...full, stop: 3 })).toBe(false);
  });
});
