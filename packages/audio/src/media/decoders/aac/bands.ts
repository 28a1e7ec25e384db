// Scale factor bands (ISO/IEC 14496-3, 4.5.4): widths that are repeated, from the lowest band on.

type Widths = readonly (readonly [width: number, count: number])[];

// biome-ignore format: a row is a table of the standard
const long96: Widths = [[4, 14], [8, 5], [12, 5], [16, 2], [24, 1], [28, 1], [36, 1], [44, 1], [64, 11]];
// biome-ignore format: a row is a table of the standard
const long64: Widths = [[4, 14], [8, 4], [12, 3], [16, 3], [20, 1], [24, 2], [28, 1], [36, 1], [40, 18]];
// biome-ignore format: a row is a table of the standard
const long48: Widths = [[4, 10], [8, 7], [12, 4], [16, 2], [20, 2], [24, 2], [28, 2], [32, 19], [96, 1]];
// biome-ignore format: a row is a table of the standard
const long32: Widths = [[4, 10], [8, 7], [12, 4], [16, 2], [20, 2], [24, 2], [28, 2], [32, 22]];
// biome-ignore format: a row is a table of the standard
const long24: Widths = [[4, 11], [8, 10], [12, 4], [16, 3], [20, 2], [24, 2], [28, 2], [32, 1], [36, 2], [40, 1], [44, 1], [48, 1], [52, 2], [64, 5]];
// biome-ignore format: a row is a table of the standard
const long16: Widths = [[8, 11], [12, 9], [16, 4], [20, 3], [24, 2], [28, 2], [32, 1], [36, 1], [40, 2], [44, 1], [48, 1], [52, 1], [56, 1], [60, 1], [64, 3]];
// biome-ignore format: a row is a table of the standard
const long8: Widths = [[12, 13], [16, 7], [20, 4], [24, 3], [28, 2], [32, 1], [36, 2], [40, 1], [44, 1], [48, 1], [52, 1], [56, 1], [60, 1], [64, 1], [80, 1]];
// biome-ignore format: a row is a table of the standard
const short96: Widths = [[4, 6], [8, 3], [16, 1], [28, 1], [36, 1]];
// biome-ignore format: a row is a table of the standard
const short48: Widths = [[4, 5], [8, 3], [12, 3], [16, 3]];
// biome-ignore format: a row is a table of the standard
const short24: Widths = [[4, 7], [8, 3], [12, 2], [16, 2], [20, 1]];
// biome-ignore format: a row is a table of the standard
const short16: Widths = [[4, 8], [8, 2], [12, 2], [16, 1], [20, 2]];
// biome-ignore format: a row is a table of the standard
const short8: Widths = [[4, 7], [8, 4], [12, 1], [16, 1], [20, 2]];

function offsetsOf(widths: Widths): Uint16Array {
  const offsets = [0];
  let at = 0;
  for (const [width, count] of widths)
    for (let index = 0; index < count; index++) {
      at += width;
      offsets.push(at);
    }
  return Uint16Array.from(offsets);
}

/** Bands of a sample rate. */
export interface Bands {
  /** First line of each band, and the line after the last band. */
  readonly long: Uint16Array;
  readonly short: Uint16Array;
  /** Bands that temporal noise shaping may reach, for low complexity. */
  readonly maxLongShaped: number;
  readonly maxShortShaped: number;
}

const bandsOf = (long: Widths, short: Widths, maxLongShaped: number, maxShortShaped: number): Bands => ({
  long: offsetsOf(long),
  short: offsetsOf(short),
  maxLongShaped,
  maxShortShaped,
});

const [at96, at48] = [bandsOf(long96, short96, 31, 9), bandsOf(long48, short48, 40, 14)];
const [at24, at16] = [bandsOf(long24, short24, 46, 14), bandsOf(long16, short16, 42, 14)];
const at8 = bandsOf(long8, short8, 39, 14);

/** Bands by index of the sample rate, from 96,000 to 7,350 Hz. */
export const bandsByRate: readonly Bands[] = [
  at96,
  at96,
  bandsOf(long64, short96, 34, 10),
  at48,
  { ...at48, maxLongShaped: 42 },
  bandsOf(long32, short48, 51, 14),
  at24,
  at24,
  at16,
  at16,
  at16,
  at8,
  at8,
];
