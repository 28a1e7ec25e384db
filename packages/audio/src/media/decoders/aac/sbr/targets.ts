import type { SbrChannelData } from "./channel-data.ts";
import type { Targets } from "./envelope-adjuster.ts";
import { maxNoiseBands, maxReplicated, type SbrBands } from "./frequency-bands.ts";
import { maxEnvelopes, type TimeGrid } from "./time-grid.ts";

/** Energy of the coded number 0. */
const baseEnergy = 64;
/** Coded level of noise that has the energy of the signal. */
const noiseOffset = 6;
/** Number of a balance in the middle, in steps of 3 dB. */
const centre = 12;

/** Computes energies and shares of noise from coded numbers (ISO/IEC 14496-3, 4.6.18.3.5 and 4.6.18.3.6). */
export class ChannelTargets implements Targets {
  readonly energies = new Float64Array(maxEnvelopes * maxReplicated);
  readonly noise = new Float64Array(maxEnvelopes * maxReplicated);
  sinusoids = new Uint8Array();

  /**
   * Computes them.
   *
   * @param levels - Levels of the channel; of the pair where `balance` is given.
   * @param balance - Balance of a coupled pair.
   * @param isRight - Whether this is the second channel of that pair.
   */
  compute(
    data: SbrChannelData,
    grid: TimeGrid,
    bands: SbrBands,
    levels = data,
    balance?: SbrChannelData,
    isRight = false,
  ): void {
    this.sinusoids = data.sinusoids;
    const steps = levels.isCoarse ? 1 : 2;
    const side = isRight ? 1 : -1;
    for (const [envelope, hasHigh] of grid.isHigh.entries()) {
      const table = hasHigh ? bands.high : bands.low;
      const at = envelope * maxReplicated;
      spread(this.energies, at, table, bands.first, (band) => {
        const level = baseEnergy * 2 ** ((levels.envelopes[at + band] ?? 0) / steps);
        if (!balance) return level;
        return (2 * level) / (1 + 2 ** (side * ((balance.envelopes[at + band] ?? 0) / steps - centre)));
      });
      const begin = grid.borders[envelope] ?? 0;
      const noiseAt =
        maxNoiseBands * (grid.noiseBorders.length > 2 && begin >= (grid.noiseBorders[1] ?? 0) ? 1 : 0);
      spread(this.noise, at, bands.noise, bands.first, (band) => {
        const level = 2 ** (noiseOffset - (levels.noise[noiseAt + band] ?? 0));
        if (!balance) return level;
        return (2 * level) / (1 + 2 ** (side * ((balance.noise[noiseAt + band] ?? 0) - centre)));
      });
    }
  }
}

/** Fills the bands of the filter bank between each two borders with one value. */
function spread(
  into: Float64Array,
  at: number,
  borders: readonly number[],
  first: number,
  valueAt: (band: number) => number,
): void {
  for (let band = 0; band < borders.length - 1; band++)
    into.fill(valueAt(band), at + (borders[band] ?? 0) - first, at + (borders[band + 1] ?? 0) - first);
}
