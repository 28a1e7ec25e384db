const scale = 32_768;
const largest = 32_767;

/** The nearest 16-bit value; damage, which is no number, becomes silence. */
function toInteger(sample: number): number {
  const scaled = sample * scale;
  if (scaled >= largest) return largest;
  if (scaled <= -scale) return -scale;
  // Cutting off rounds towards zero, so it is done where all values are positive.
  return scaled > -scale ? ((scaled + scale + 0.5) | 0) - scale : 0;
}

/**
 * Turns samples of full scale ±1 into 16-bit samples with left and right in turn. What is beyond full scale is
 * cut. 16-bit samples that became floats by division by 32768 come back exactly.
 *
 * @param length - Samples a channel.
 */
export function toInt16(left: Float32Array, right: Float32Array, length: number, output: Int16Array): void {
  for (let at = 0; at < length; at++) {
    output[2 * at] = toInteger(left[at] as number);
    output[2 * at + 1] = toInteger(right[at] as number);
  }
}

/**
 * Turns 16-bit samples with left and right in turn into samples of full scale ±1.
 *
 * @param length - Samples a channel.
 */
export function fromInt16(input: Int16Array, left: Float32Array, right: Float32Array, length: number): void {
  for (let at = 0; at < length; at++) {
    left[at] = (input[2 * at] as number) / scale;
    right[at] = (input[2 * at + 1] as number) / scale;
  }
}
