/** Order that stands for the difference from the sample before. */
export const deltaOrder = 31;

/** Cuts numbers to some bits, in two's complement. */
const restore = (value: number, unusedBits: number): number => (value << unusedBits) >> unusedBits;

function addDeltas(samples: Int32Array, from: number, to: number, unusedBits: number): void {
  let before = samples[from - 1] ?? 0;
  for (let at = from; at < to; at++) {
    before = restore(before + (samples[at] ?? 0), unusedBits);
    samples[at] = before;
  }
}

/**
 * Adds the predicted samples to the residual in place. The weights follow the sign of each residual (sign-sign
 * least mean squares), so encoder and decoder keep the same ones.
 *
 * @param weights - Weights of the `order` samples before, the latest first. They are changed.
 * @param shift - Bits by which a sum is shifted right.
 * @param sampleBits - Bits of a sample, up to 32.
 */
export function predictAdaptively(
  samples: Int32Array,
  count: number,
  weights: Int16Array,
  order: number,
  shift: number,
  sampleBits: number,
): void {
  const unusedBits = 32 - sampleBits;
  if (order === 0) return;
  if (order === deltaOrder) {
    addDeltas(samples, 1, count, unusedBits);
    return;
  }
  addDeltas(samples, 1, Math.min(order + 1, count), unusedBits);
  const half = (1 << shift) >> 1;
  for (let at = order + 1; at < count; at++) {
    const base = samples[at - order - 1] ?? 0;
    let sum = half;
    for (let index = 0; index < order; index++)
      sum = (sum + Math.imul(weights[index] ?? 0, (samples[at - 1 - index] ?? 0) - base)) | 0;
    const error = samples[at] ?? 0;
    samples[at] = restore(error + base + (sum >> shift), unusedBits);
    // −1 for a negative error, otherwise 0: its sign is applied without branches.
    const sign = error >> 31;
    const roundUp = sign & ((1 << shift) - 1);
    let left = (error ^ sign) - sign;
    for (let index = order - 1; left > 0 && index >= 0; index--) {
      const difference = ((samples[at - 1 - index] ?? 0) - base) | 0;
      const direction = (difference >> 31) | (-difference >>> 31);
      weights[index] = (weights[index] ?? 0) + ((direction ^ sign) - sign);
      left = (left - Math.imul(order - index, (Math.abs(difference) + roundUp) >> shift)) | 0;
    }
  }
}
