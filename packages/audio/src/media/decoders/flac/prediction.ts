// Linear prediction: a sample is its residual plus the weighted sum of the samples before it. The loops are
// written out for four, eight and twelve weights, the orders that encoders use. Weights are padded with zeros, and
// arrays of samples begin with {@link leadSamples} zeros, so that a padded order reads no index below zero.

/** Zeros before the first sample in an array of samples; the maximum order. */
export const leadSamples = 32;

/** Weights of a predictor, for the latest sample first, and the bits by which their sum is shifted right. */
export interface Predictor {
  readonly weights: Int32Array;
  order: number;
  shift: number;
}

function predict4(samples: Int32Array, from: number, to: number, { weights, shift }: Predictor): void {
  const [a = 0, b = 0, c = 0, d = 0] = weights;
  let [x1 = 0, x2 = 0, x3 = 0, x4 = 0] = samples.slice(from - 4, from).reverse();
  for (let at = from; at < to; at++) {
    const sum = Math.imul(d, x4) + Math.imul(c, x3) + Math.imul(b, x2) + Math.imul(a, x1);
    x4 = x3;
    x3 = x2;
    x2 = x1;
    x1 = ((samples[at] ?? 0) + ((sum | 0) >> shift)) | 0;
    samples[at] = x1;
  }
}

function predict8(samples: Int32Array, from: number, to: number, { weights, shift }: Predictor): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = weights;
  let [x1 = 0, x2 = 0, x3 = 0, x4 = 0, x5 = 0, x6 = 0, x7 = 0, x8 = 0] = samples
    .slice(from - 8, from)
    .reverse();
  for (let at = from; at < to; at++) {
    const sum =
      Math.imul(h, x8) +
      Math.imul(g, x7) +
      Math.imul(f, x6) +
      Math.imul(e, x5) +
      Math.imul(d, x4) +
      Math.imul(c, x3) +
      Math.imul(b, x2) +
      Math.imul(a, x1);
    x8 = x7;
    x7 = x6;
    x6 = x5;
    x5 = x4;
    x4 = x3;
    x3 = x2;
    x2 = x1;
    x1 = ((samples[at] ?? 0) + ((sum | 0) >> shift)) | 0;
    samples[at] = x1;
  }
}

function predict12(samples: Int32Array, from: number, to: number, { weights, shift }: Predictor): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0, l = 0] = weights;
  let [x1 = 0, x2 = 0, x3 = 0, x4 = 0, x5 = 0, x6 = 0, x7 = 0, x8 = 0, x9 = 0, x10 = 0, x11 = 0, x12 = 0] =
    samples.slice(from - 12, from).reverse();
  for (let at = from; at < to; at++) {
    const sum =
      Math.imul(l, x12) +
      Math.imul(k, x11) +
      Math.imul(j, x10) +
      Math.imul(i, x9) +
      Math.imul(h, x8) +
      Math.imul(g, x7) +
      Math.imul(f, x6) +
      Math.imul(e, x5) +
      Math.imul(d, x4) +
      Math.imul(c, x3) +
      Math.imul(b, x2) +
      Math.imul(a, x1);
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
    x1 = ((samples[at] ?? 0) + ((sum | 0) >> shift)) | 0;
    samples[at] = x1;
  }
}

function predictAny(samples: Int32Array, from: number, to: number, predictor: Predictor): void {
  const { weights, order, shift } = predictor;
  for (let at = from; at < to; at++) {
    let sum = 0;
    for (let index = 0; index < order; index++)
      sum = (sum + Math.imul(weights[index] ?? 0, samples[at - 1 - index] ?? 0)) | 0;
    samples[at] = (samples[at] ?? 0) + (sum >> shift);
  }
}

/** Adds the predicted samples to the residual in place, in 32-bit arithmetic. */
export function predict(samples: Int32Array, from: number, to: number, predictor: Predictor): void {
  if (predictor.order <= 4) predict4(samples, from, to, predictor);
  else if (predictor.order <= 8) predict8(samples, from, to, predictor);
  else if (predictor.order <= 12) predict12(samples, from, to, predictor);
  else predictAny(samples, from, to, predictor);
}

/** Returns whether the sums of a predictor for samples of this size fit into 32 bits. */
export function fits32Bits({ weights, order }: Predictor, bits: number): boolean {
  let sum = 0;
  for (let index = 0; index < order; index++) sum += Math.abs(weights[index] ?? 0);
  return sum * 2 ** (bits - 1) < 2 ** 31;
}
