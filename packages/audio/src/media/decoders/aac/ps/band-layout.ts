import { filterBands } from "../sbr/frequency-bands.ts";
import { hybridSplits } from "./hybrid.ts";

/** Repeats each number as often as its index says. */
const runs = (pairs: readonly (readonly [value: number, count: number])[]): number[] =>
  pairs.flatMap(([value, count]) => new Array<number>(count).fill(value));

/** Division into narrow bands, and how they are decorrelated (ISO/IEC 14496-3, 8.6.4.3 to 8.6.4.5). */
export interface BandLayout {
  readonly splits: (typeof hybridSplits)[keyof typeof hybridSplits];
  /** Narrow bands that come from splits. */
  readonly narrowBands: number;
  /** Band of the filter bank that each band belongs to. */
  readonly filterBands: readonly number[];
  /** All bands. */
  readonly count: number;
  /** Parameter bands. */
  readonly parameterBands: number;
  /** Parameter band of each band. */
  readonly parameters: readonly number[];
  /** Whether the phases of a band are those of its mirror image. */
  readonly isMirrored: (band: number) => boolean;
  /** Bands below this one pass the all-pass filter. */
  readonly allPassEnd: number;
  /** Bands from this one on have the short delay. */
  readonly shortDelayStart: number;
  /** Band above which the all-pass filter fades. */
  readonly decayStart: number;
  /** Middle of each band, in bands of the filter bank. */
  readonly centres: readonly number[];
}

function layoutOf(
  splits: BandLayout["splits"],
  narrow: readonly number[],
  upper: readonly number[],
  narrowCentres: readonly number[],
  rest: Pick<BandLayout, "isMirrored" | "allPassEnd" | "shortDelayStart" | "decayStart" | "parameterBands">,
): BandLayout {
  const narrowBands = narrow.length;
  const count = narrowBands + filterBands - splits.length;
  return {
    ...rest,
    splits,
    narrowBands,
    filterBands: [
      ...splits.flatMap(({ real }, band) => real.map(() => band)),
      ...Array.from({ length: filterBands - splits.length }, (_, band) => splits.length + band),
    ],
    count,
    parameters: [...narrow, ...upper],
    centres: Array.from(
      { length: count },
      (_, band) => narrowCentres[band] ?? band - narrowBands + splits.length + 0.5,
    ),
  };
}

/** Layouts for 20 and for 34 parameter bands (tables 8.40, 8.41, 8.48 and 8.49). */
export const bandLayouts = {
  coarse: layoutOf(
    hybridSplits.coarse,
    [1, 0, 0, 1, 2, 3, 4, 5, 6, 7],
    [
      8,
      9,
      10,
      11,
      12,
      13,
      ...runs([
        [14, 2],
        [15, 3],
        [16, 4],
        [17, 5],
        [18, 12],
        [19, 29],
      ]),
    ],
    [-3, -1, 1, 3, 5, 7, 10, 14, 18, 22].map((eighths) => eighths / 8),
    {
      isMirrored: (band) => band < 2,
      allPassEnd: 30,
      shortDelayStart: 42,
      decayStart: 10,
      parameterBands: 20,
    },
  ),
  fine: layoutOf(
    hybridSplits.fine,
    [
      0, 1, 2, 3, 4, 5, 6, 6, 7, 2, 1, 0, 10, 10, 4, 5, 6, 7, 8, 9, 10, 11, 12, 9, 14, 11, 12, 13, 14, 15, 16,
      13,
    ],
    [
      16,
      17,
      18,
      19,
      20,
      21,
      ...runs([
        [22, 2],
        [23, 2],
        [24, 2],
        [25, 2],
        [26, 2],
        [27, 3],
        [28, 3],
        [29, 3],
        [30, 3],
        [31, 4],
        [32, 4],
        [33, 23],
      ]),
    ],
    [
      2, 6, 10, 14, 18, 22, 26, 30, 34, -10, -6, -2, 51, 57, 15, 21, 27, 33, 39, 45, 54, 66, 78, 42, 102, 66,
      78, 90, 102, 114, 126, 90,
    ].map((parts) => parts / 24),
    {
      isMirrored: (band) => band >= 9 && band < 12,
      allPassEnd: 50,
      shortDelayStart: 62,
      decayStart: 32,
      parameterBands: 34,
    },
  ),
} as const;

/** Bands of 20 whose values a band of 34 takes the mean of (table 8.45). */
const coarseOfFine: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 1],
  [1, 1],
  [2, 2],
  [2, 3],
  [3, 3],
  [4, 4],
  [4, 4],
  [5, 5],
  [5, 5],
  [6, 6],
  [7, 7],
  [8, 8],
  [8, 8],
  [9, 9],
  [9, 9],
  [10, 10],
  [11, 11],
  [12, 12],
  [13, 13],
  [14, 14],
  [14, 14],
  [15, 15],
  [15, 15],
  [16, 16],
  [16, 16],
  [17, 17],
  [17, 17],
  [18, 18],
  [18, 18],
  [18, 18],
  [18, 18],
  [19, 19],
  [19, 19],
];

/** Returns the index of a parameter in a band of a layout, from indices for 10, 20 or 34 bands. */
export function parameterAt(
  values: Int8Array,
  bands: number,
  { parameterBands }: BandLayout,
  band: number,
): number {
  const inTwenty = (coarse: number): number => values[bands === 10 ? coarse >> 1 : coarse] ?? 0;
  if (bands === parameterBands) return values[band] ?? 0;
  if (parameterBands === 20) return inTwenty(band);
  const [one, other] = coarseOfFine[band] ?? [0, 0];
  return Math.trunc((inTwenty(one) + inTwenty(other)) / 2);
}

/** Bands of 34 whose values a band of 20 takes the mean of: each by its share (table 8.46). */
const fineOfCoarse: readonly (readonly number[])[] = Array.from({ length: 20 }, (_, coarse) =>
  coarseOfFine.flatMap((halves, band) => halves.filter((half) => half === coarse).map(() => band)),
);

/** Returns the bands of a layout whose values a band of the other layout takes the mean of. */
export const bandsOfOther = ({ parameterBands }: BandLayout, band: number): readonly number[] =>
  (parameterBands === 20 ? fineOfCoarse : coarseOfFine)[band] ?? [];
