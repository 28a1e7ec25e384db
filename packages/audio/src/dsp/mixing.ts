/**
 * Adds 16-bit samples to a mix by the formula of the mixer (section 11.6 of the protocol): a + b + a·b/32768
 * for two negative samples, a + b − a·b/32767 for two positive ones, otherwise a + b, truncated to integers.
 * The result cannot overflow. A mix starts with zeros, and inputs are added in the order of the players.
 *
 * @param length - Samples of both channels together.
 */
export function addToMix(mix: Int16Array, input: Int16Array, length: number): void {
  for (let at = 0; at < length; at++) {
    const a = mix[at] as number;
    const b = input[at] as number;
    let sum = a + b;
    if (a < 0 && b < 0) sum += ((a * b) / 32_768) | 0;
    else if (a > 0 && b > 0) sum -= ((a * b) / 32_767) | 0;
    mix[at] = sum;
  }
}
