/**
 * Adds 16-bit samples to a mix, by the formula of the mixer (section 11.6 of the protocol): of two negative
 * samples a + b + a·b/32768, of two positive ones a + b − a·b/32767, else a + b, all cut to whole numbers.
 * Nothing can overflow. A mix begins with zeros, and the order of the inputs is that of the players.
 *
 * @param length - Samples, of both channels together.
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
