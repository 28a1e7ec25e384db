/** Zero crossings of the sinc on either side, at the lower of the two rates. */
const reach = 24;
/** Where the response has fallen by half, as a share of the lower rate's upper limit of frequencies. */
const corner = 0.92;
/** Form of the Kaiser window: side lobes below −84 dB. */
const kaiserBeta = 8.3;

/** Number of places in banks where values between rows are used: the error of that is below −100 dB. */
export const rowsBetween = 256;

/** Rows of filter coefficients, one for each place between two samples at which a value may be wanted. */
export interface SincBank {
  /** Number of places: row p is for p/phases of the way to the next sample. A last row stands for the whole. */
  readonly phases: number;
  /** Coefficients in a row: a multiple of 4. Half of the samples lie after the place. */
  readonly taps: number;
  readonly rows: Float32Array;
}

/** Banks that are in use. A bank goes when the last of those who share it has gone. */
const banks = new Map<string, WeakRef<SincBank>>();
const dropped = new FinalizationRegistry<string>((key) => {
  if (!banks.get(key)?.deref()) banks.delete(key);
});

/**
 * The coefficients of a windowed sinc: what lies above the corner is taken away, so that nothing is mirrored
 * into the audible range. With the rates 44,100 and 48,000 Hz the response is flat to 18 kHz and 84 dB down
 * from 22.8 kHz on.
 *
 * The window is Kaiser's (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function",
 * 1974). Equal banks are one and the same object.
 *
 * @param shrink - By how much the rate goes down: input rate through output rate; 1 where it goes up.
 */
export function sincBank(phases: number, shrink: number): SincBank {
  const key = `${phases} ${shrink}`;
  const known = banks.get(key)?.deref();
  if (known) return known;
  const bank = makeBank(phases, shrink);
  banks.set(key, new WeakRef(bank));
  dropped.register(bank, key);
  return bank;
}

/** Coefficients in a row of the bank for a rate that goes down by so much. */
export const tapsFor = (shrink: number): number => 4 * Math.ceil((reach * Math.max(shrink, 1)) / 2);

function makeBank(phases: number, shrink: number): SincBank {
  const taps = tapsFor(shrink);
  const half = taps / 2;
  const rows = new Float32Array((phases + 1) * taps);
  const row = new Float64Array(taps);
  const cutoff = corner / shrink;
  for (let phase = 0; phase <= phases; phase++) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - (half - 1) - phase / phases;
      const value = sinc(cutoff * distance) * kaiser(distance / half);
      row[tap] = value;
      sum += value;
    }
    // Every row passes a constant unchanged, whatever was cut off by the window.
    for (let tap = 0; tap < taps; tap++) rows[phase * taps + tap] = (row[tap] as number) / sum;
  }
  return { phases, taps, rows };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kaiser = (x: number): number =>
  x * x >= 1 ? 0 : bessel(kaiserBeta * Math.sqrt(1 - x * x)) / bessel(kaiserBeta);

/** The modified Bessel function of the first kind and order 0, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
