/** Returns the third-order Hermite interpolation between b and c at a fraction from 0 to 1. */
export const hermite = (a: number, b: number, c: number, d: number, fraction: number): number =>
  (((1.5 * (b - c) + 0.5 * (d - a)) * fraction + (a - 2.5 * b + 2 * c - 0.5 * d)) * fraction +
    0.5 * (c - a)) *
    fraction +
  b;
