import { frameSlots } from "../sbr/qmf.ts";

/** Taps of the filters that split bands. */
const taps = 13;
const reach = (taps - 1) / 2;

/** A band of the filter bank and the filters that split it. */
interface Split {
  /** Real and imaginary part of each tap, of one narrow band after the other. */
  readonly real: readonly Float64Array[];
  readonly imaginary: readonly Float64Array[];
}

/** Prototype filters from their start to their middle (ISO/IEC 14496-3, tables 8.37 and 8.38). */
const prototypes = {
  eight: [
    0.00746082949812, 0.02270420949825, 0.04546865930473, 0.07266113929591, 0.09885108575264,
    0.11793710567217, 0.125,
  ],
  two: [0, 0.01899487526049, 0, -0.07293139167538, 0, 0.30596630545168, 0.5],
  twelve: [
    0.04081179924692,
    0.03812810994926,
    0.05144908135699,
    0.06399831151592,
    0.07428313801106,
    0.08100347892914,
    1 / 12,
  ],
  wideEight: [
    0.01565675600122, 0.03752716391991, 0.05417891378782, 0.08417044116767, 0.10307344158036,
    0.12222452249753, 0.125,
  ],
  four: [-0.05908211155639, -0.04871498374946, 0, 0.07778723915851, 0.16486303567403, 0.23279856662996, 0.25],
} as const;

/** Returns the tap of a symmetric filter. */
const tapOf = (prototype: readonly number[], tap: number): number =>
  prototype[Math.min(tap, taps - 1 - tap)] ?? 0;

/** Returns filters of equal width; each result is the sum of one or two of them. */
function complexSplit(
  prototype: readonly number[],
  count: number,
  sums: readonly (readonly number[])[],
): Split {
  const filter = (part: (angle: number) => number) =>
    sums.map((numbers) =>
      Float64Array.from({ length: taps }, (_, tap) =>
        numbers.reduce(
          (sum, number) =>
            sum + tapOf(prototype, tap) * part(((2 * Math.PI) / count) * (number + 0.5) * (tap - reach)),
          0,
        ),
      ),
    );
  return { real: filter(Math.cos), imaginary: filter(Math.sin) };
}

const equalSplit = (prototype: readonly number[], count: number): Split =>
  complexSplit(
    prototype,
    count,
    Array.from({ length: count }, (_, number) => [number]),
  );

/** Returns a low-pass and a high-pass filter, in the order of their numbers. */
function realSplit(order: readonly number[]): Split {
  const real = order.map((number) =>
    Float64Array.from(
      { length: taps },
      (_, tap) => tapOf(prototypes.two, tap) * Math.cos(Math.PI * number * (tap - reach)),
    ),
  );
  return { real, imaginary: real.map(() => new Float64Array(taps)) };
}

/** Splits of the lowest bands of the filter bank, for 20 and for 34 parameter bands. */
export const hybridSplits = {
  // The bands of the first split that lie outside of its band of the filter bank are joined with their images.
  coarse: [
    complexSplit(prototypes.eight, 8, [[6], [7], [0], [1], [2, 5], [3, 4]]),
    // Odd bands of the filter bank run from high to low frequencies.
    realSplit([1, 0]),
    realSplit([0, 1]),
  ],
  fine: [
    equalSplit(prototypes.twelve, 12),
    equalSplit(prototypes.wideEight, 8),
    equalSplit(prototypes.four, 4),
    equalSplit(prototypes.four, 4),
    equalSplit(prototypes.four, 4),
  ],
} as const satisfies Readonly<Record<string, readonly Split[]>>;

/** Most bands of the filter bank that are split. */
const maxSplitBands = 5;

/** Splits the lowest bands of the filter bank into narrow ones (ISO/IEC 14496-3, 8.6.4.3). */
export class HybridAnalysis {
  /** Slots of each band: those before the frame, the frame, and those after it. */
  readonly #slots = frameSlots + 2 * reach;
  readonly #real = Array.from({ length: maxSplitBands }, () => new Float64Array(this.#slots));
  readonly #imaginary = Array.from({ length: maxSplitBands }, () => new Float64Array(this.#slots));

  /**
   * Splits a frame.
   *
   * @param real - Bands of the frame and of 6 slots more; `stride` numbers in each slot, from `at` on.
   * @param into - Receives the narrow bands, {@link frameSlots} numbers of each.
   */
  analyse(
    splits: readonly Split[],
    {
      real,
      imaginary,
      at,
      stride,
    }: { real: Float64Array; imaginary: Float64Array; at: number; stride: number },
    into: { readonly real: Float64Array; readonly imaginary: Float64Array },
  ): void {
    for (const [lines, from] of [
      [this.#real, real],
      [this.#imaginary, imaginary],
    ] as const)
      for (const [band, line] of lines.entries()) {
        line.copyWithin(0, frameSlots);
        for (let slot = reach; slot < frameSlots + reach; slot++)
          line[slot + reach] = from[at + slot * stride + band] ?? 0;
      }
    let place = 0;
    for (const [band, split] of splits.entries())
      for (const [index, filter] of split.real.entries()) {
        const turned = split.imaginary[index];
        const [real, imaginary] = [this.#real[band], this.#imaginary[band]];
        if (turned && real && imaginary) filterLine(real, imaginary, filter, turned, into, place);
        place += frameSlots;
      }
  }
}

/** Filters a band. Taps at the same distance from the middle are conjugate. */
function filterLine(
  real: Float64Array,
  imaginary: Float64Array,
  filter: Float64Array,
  turned: Float64Array,
  into: { readonly real: Float64Array; readonly imaginary: Float64Array },
  place: number,
): void {
  const { real: intoReal, imaginary: intoImaginary } = into;
  const middle = filter[reach] ?? 0;
  for (let slot = 0; slot < frameSlots; slot++) {
    let sumReal = middle * (real[slot + reach] ?? 0);
    let sumImaginary = middle * (imaginary[slot + reach] ?? 0);
    for (let tap = 0; tap < reach; tap++) {
      const newer = slot + taps - 1 - tap;
      const a = filter[tap] ?? 0;
      const b = turned[tap] ?? 0;
      const newReal = real[newer] ?? 0;
      const newImaginary = imaginary[newer] ?? 0;
      const oldReal = real[slot + tap] ?? 0;
      const oldImaginary = imaginary[slot + tap] ?? 0;
      sumReal += a * (newReal + oldReal) - b * (newImaginary - oldImaginary);
      sumImaginary += a * (newImaginary + oldImaginary) + b * (newReal - oldReal);
    }
    intoReal[place + slot] = sumReal;
    intoImaginary[place + slot] = sumImaginary;
  }
}
