/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const zeroCrossings = 24;
/** The −6 dB point, as a fraction of the lower rate's Nyquist frequency. */
const corner = 0.92;
/** Shape of the Kaiser window: side lobes below −84 dB. */
const kaiserBeta = 8.3;

/** Rows of a bank whose coefficients are interpolated between rows: the error is below −100 dB. */
export const rowsBetween = 256;

/** Polyphase filter bank: one row of coefficients per fractional position between two samples. */
export interface SincBank {
  /**
   * Number of positions: row p is for p/phases of the way to the next sample. One more row is for the whole
   * step.
   */
  readonly phases: number;
  /** Coefficients per row, a multiple of 4. Half of the samples are after the position. */
  readonly taps: number;
  readonly rows: Float32Array;
}

/** Banks in use. A bank is collected with its last user. */
const banks = new Map<string, WeakRef<SincBank>>();
const dropped = new FinalizationRegistry<string>((key) => {
  if (!banks.get(key)?.deref()) banks.delete(key);
});

/**
 * Returns the coefficients of a windowed sinc that removes frequencies above the corner, which would
 * otherwise alias into the audible range. From 44,100 to 48,000 Hz the response is flat to 18 kHz and 84 dB
 * down from 22.8 kHz on.
 *
 * The window is Kaiser's (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window
 * function", 1974). Equal banks are the same object.
 *
 * @param shrink - Downsampling factor: input rate divided by output rate, or 1 when upsampling.
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

/** Returns the coefficients per row for a downsampling factor. */
export const tapsFor = (shrink: number): number => 4 * Math.ceil((zeroCrossings * Math.max(shrink, 1)) / 2);

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
    // Normalise each row to unity gain at DC, which the window has changed.
    for (let tap = 0; tap < taps; tap++) rows[phase * taps + tap] = (row[tap] as number) / sum;
  }
  return { phases, taps, rows };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kaiser = (x: number): number =>
  x * x >= 1 ? 0 : bessel(kaiserBeta * Math.sqrt(1 - x * x)) / bessel(kaiserBeta);

/** Returns the modified Bessel function of the first kind and order 0, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
