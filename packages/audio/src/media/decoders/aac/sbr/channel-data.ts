import { type BitReader, DamagedPacketError } from "../../../bit-reader.ts";
import { type Codebook, prepareCodebook, readIndex } from "../codebooks.ts";
import { sbrCodebookData } from "./codebook-data.ts";
import { filterBands, maxNoiseBands, maxReplicated, type SbrBands } from "./frequency-bands.ts";
import { maxEnvelopes, type TimeGrid } from "./time-grid.ts";

interface DeltaCode {
  readonly codebook: Codebook;
  /** Index that stands for zero. */
  readonly zero: number;
}

function deltaCode(name: keyof typeof sbrCodebookData): DeltaCode {
  const data = sbrCodebookData[name];
  return { codebook: prepareCodebook(data), zero: (data.order.length - 1) / 2 };
}

/** How the numbers of an envelope are coded. */
interface EnvelopeCode {
  /** Differences from the envelope before. */
  readonly time: DeltaCode;
  /** Differences from the band below. */
  readonly frequency: DeltaCode;
  /** Bits of the number of the lowest band. */
  readonly startBits: number;
}

const coarseFrequency = deltaCode("coarseEnvelopeFrequency");
const coarseBalanceFrequency = deltaCode("coarseBalanceFrequency");
/** By whether they hold the balance of a pair, and by whether steps are of 3 dB. */
const envelopeCodes: readonly (readonly [fine: EnvelopeCode, coarse: EnvelopeCode])[] = [
  [
    { time: deltaCode("envelopeTime"), frequency: deltaCode("envelopeFrequency"), startBits: 7 },
    { time: deltaCode("coarseEnvelopeTime"), frequency: coarseFrequency, startBits: 6 },
  ],
  [
    { time: deltaCode("balanceTime"), frequency: deltaCode("balanceFrequency"), startBits: 6 },
    { time: deltaCode("coarseBalanceTime"), frequency: coarseBalanceFrequency, startBits: 5 },
  ],
];
const noiseCodes: readonly EnvelopeCode[] = [
  { time: deltaCode("noiseTime"), frequency: coarseFrequency, startBits: 5 },
  { time: deltaCode("noiseBalanceTime"), frequency: coarseBalanceFrequency, startBits: 5 },
];

/** Coded envelopes of one channel in a frame. */
export class SbrChannelData {
  grid: TimeGrid | undefined;
  /** Whether {@link envelopes} count steps of 3 dB. */
  isCoarse = false;
  /** Energies, {@link maxReplicated} for each envelope. */
  readonly envelopes = new Int16Array(maxEnvelopes * maxReplicated);
  /** Levels of noise, {@link maxNoiseBands} for each envelope of noise. */
  readonly noise = new Int16Array(2 * maxNoiseBands);
  /** Strength of the inverse filter in each band of noise, 0 to 3. */
  readonly filters = new Uint8Array(maxNoiseBands);
  /** 1 for the bands of high resolution with a sinusoid. */
  readonly sinusoids = new Uint8Array(filterBands);
  /** Whether each envelope, and then each of noise, is coded by differences in time. */
  #isTime: readonly boolean[] = [];
  /** Last envelope of the frame before, and whether it has the high resolution. */
  readonly #lastEnvelope = new Int16Array(maxReplicated);
  #lastIsHigh = true;
  readonly #lastNoise = new Int16Array(maxNoiseBands);

  /** Forgets the frame before. */
  reset(): void {
    this.#lastEnvelope.fill(0);
    this.#lastNoise.fill(0);
    this.#lastIsHigh = true;
  }

  /** Takes over the grid of the first channel of a coupled pair. */
  setGrid(grid: TimeGrid, isCoarse: boolean): void {
    this.grid = grid;
    this.isCoarse = isCoarse && !grid.isSingle;
  }

  /** Reads the directions of the differences (`sbr_dtdf`). */
  readDirections(reader: BitReader): void {
    const { isHigh, noiseBorders } = this.#grid();
    const count = isHigh.length + noiseBorders.length - 1;
    this.#isTime = Array.from({ length: count }, () => reader.read(1) === 1);
  }

  /** Reads the strength of the inverse filters (`sbr_invf`). */
  readFilters(reader: BitReader, bands: SbrBands): void {
    for (let band = 0; band < bands.noise.length - 1; band++) this.filters[band] = reader.read(2);
  }

  /**
   * Reads the envelopes (`sbr_envelope`).
   *
   * @param isBalance - Whether they hold the balance of a coupled pair.
   * @throws DamagedPacketError if a number is out of range.
   */
  readEnvelopes(reader: BitReader, bands: SbrBands, isBalance: boolean): void {
    const { isHigh } = this.#grid();
    const code = envelopeCodes[isBalance ? 1 : 0]?.[this.isCoarse ? 1 : 0];
    if (!code) throw new DamagedPacketError("unknown code");
    let [before, beforeIsHigh] = [this.#lastEnvelope, this.#lastIsHigh];
    for (const [envelope, hasHigh] of isHigh.entries()) {
      const into = this.envelopes.subarray(envelope * maxReplicated, (envelope + 1) * maxReplicated);
      const table = hasHigh ? bands.high : bands.low;
      const indexBefore =
        hasHigh === beforeIsHigh
          ? (band: number) => band
          : matchBands(table, beforeIsHigh ? bands.high : bands.low);
      const isTime = this.#isTime[envelope] === true;
      readValues(
        reader,
        into.subarray(0, table.length - 1),
        code,
        isBalance,
        isTime,
        (band) => before[indexBefore(band)] ?? 0,
      );
      [before, beforeIsHigh] = [into, hasHigh];
    }
    this.#lastEnvelope.set(before);
    this.#lastIsHigh = beforeIsHigh;
  }

  /** Reads the levels of noise (`sbr_noise`). */
  readNoise(reader: BitReader, bands: SbrBands, isBalance: boolean): void {
    const { isHigh, noiseBorders } = this.#grid();
    const code = noiseCodes[isBalance ? 1 : 0];
    if (!code) throw new DamagedPacketError("unknown code");
    let before = this.#lastNoise;
    for (let envelope = 0; envelope < noiseBorders.length - 1; envelope++) {
      const from = envelope * maxNoiseBands;
      const into = this.noise.subarray(from, from + bands.noise.length - 1);
      const isTime = this.#isTime[isHigh.length + envelope] === true;
      readValues(reader, into, code, isBalance, isTime, (band) => before[band] ?? 0);
      before = into;
    }
    this.#lastNoise.set(before);
  }

  /** Reads in which bands sinusoids are (`sbr_sinusoidal_coding`). */
  readSinusoids(reader: BitReader, bands: SbrBands): void {
    this.sinusoids.fill(0);
    if (reader.read(1) === 0) return;
    for (let band = 0; band < bands.high.length - 1; band++) this.sinusoids[band] = reader.read(1);
  }

  #grid(): TimeGrid {
    if (!this.grid) throw new DamagedPacketError("no grid of time");
    return this.grid;
  }
}

/** Returns the band of another table that holds the lower border of a band of this one. */
function matchBands(table: readonly number[], other: readonly number[]): (band: number) => number {
  return (band) => {
    const border = table[band] ?? 0;
    let match = 0;
    while (match + 2 < other.length && (other[match + 1] ?? 0) <= border) match++;
    return match;
  };
}

function readValues(
  reader: BitReader,
  into: Int16Array,
  { time, frequency, startBits }: EnvelopeCode,
  isBalance: boolean,
  isTime: boolean,
  before: (band: number) => number,
): void {
  const step = isBalance ? 2 : 1;
  const most = (step << startBits) - 1;
  const { codebook, zero } = isTime ? time : frequency;
  let value = 0;
  for (let band = 0; band < into.length; band++) {
    if (isTime) value = before(band) + step * (readIndex(reader, codebook) - zero);
    else if (band === 0) value = step * reader.read(startBits);
    else value += step * (readIndex(reader, codebook) - zero);
    if (value < 0 || value > most) throw new DamagedPacketError(`an envelope of ${value}`);
    into[band] = value;
  }
  reader.checkEnd();
}
