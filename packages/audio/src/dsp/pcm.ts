const scale = 32_768;
const maxInteger = 32_767;

/** Returns the nearest 16-bit value, and 0 for NaN. */
function toInteger(sample: number): number {
  const scaled = sample * scale;
  if (scaled >= maxInteger) return maxInteger;
  if (scaled <= -scale) return -scale;
  // `| 0` truncates towards zero, so the value is shifted into the positive range first.
  return scaled > -scale ? ((scaled + scale + 0.5) | 0) - scale : 0;
}

/**
 * Converts float samples of full scale ±1 to interleaved 16-bit samples. Samples beyond full scale are
 * clipped. 16-bit samples that were divided by 32768 round-trip exactly.
 *
 * @param length - Samples per channel.
 */
export function toInt16(left: Float32Array, right: Float32Array, length: number, output: Int16Array): void {
  for (let at = 0; at < length; at++) {
    output[2 * at] = toInteger(left[at] as number);
    output[2 * at + 1] = toInteger(right[at] as number);
  }
}

/**
 * Converts interleaved 16-bit samples to float samples of full scale ±1.
 *
 * @param length - Samples per channel.
 */
export function fromInt16(input: Int16Array, left: Float32Array, right: Float32Array, length: number): void {
  for (let at = 0; at < length; at++) {
    left[at] = (input[2 * at] as number) / scale;
    right[at] = (input[2 * at + 1] as number) / scale;
  }
}
