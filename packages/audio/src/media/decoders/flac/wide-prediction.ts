import { leadSamples, type Predictor } from "./prediction.ts";

/** Weights of the predictor in use, divided by the power of two of its shift, which is exact. */
const scaled = new Float64Array(leadSamples);

/** Prediction with up to twelve weights, written out as in prediction.ts. */
function predictWide12(
  residual: Int32Array,
  samples: Float64Array,
  from: number,
  to: number,
  weights: Float64Array,
): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0] = weights;
  let [x1 = 0, x2 = 0, x3 = 0, x4 = 0, x5 = 0, x6 = 0, x7 = 0, x8 = 0, x9 = 0, x10 = 0, x11 = 0, x12 = 0] =
    samples.slice(from - 12, from).reverse();
  for (let at = from; at < to; at++) {
    const sum =
      l * x12 +
      k * x11 +
      j * x10 +
      i * x9 +
      h * x8 +
      g * x7 +
      f * x6 +
      e * x5 +
      d * x4 +
      c * x3 +
      b * x2 +
      a * x1;
    x12 = x11;
    x11 = x10;
    x10 = x9;
    x9 = x8;
    x8 = x7;
    x7 = x6;
    x6 = x5;
    x5 = x4;
    x4 = x3;
    x3 = x2;
    x2 = x1;
    x1 = (residual[at] ?? 0) + Math.floor(sum);
    samples[at] = x1;
  }
}

/**
 * Adds the predicted samples to the residual in floating point, which is exact: 33 bits of a sample, 15 of a
 * weight and 5 for 32 of them are 53 bits.
 *
 * @param samples - Filled up to `from`.
 */
export function predictWide(
  residual: Int32Array,
  samples: Float64Array,
  from: number,
  to: number,
  { weights, order, shift }: Predictor,
): void {
  for (let index = 0; index < leadSamples; index++) scaled[index] = (weights[index] ?? 0) * 2 ** -shift;
  if (order <= 12) predictWide12(residual, samples, from, to, scaled);
  else
    for (let at = from; at < to; at++) {
      let sum = 0;
      for (let index = order - 1; index >= 0; index--)
        sum += (scaled[index] ?? 0) * (samples[at - 1 - index] ?? 0);
      samples[at] = (residual[at] ?? 0) + Math.floor(sum);
    }
}
