/** Predictor coefficients in units of 1/256 (Microsoft, Multimedia Data Standards Update, 1994). */
const coefficients: readonly (readonly [last: number, before: number])[] = [
  [256, 0],
  [512, -256],
  [0, 0],
  [192, 64],
  [240, 0],
  [460, -208],
  [392, -232],
];
/** Factors of the step by code, in units of 1/256. */
const adaptation = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
const minStep = 16;
const maxStep = 2 ** 31 / 768;
const fullScale = 32_768;

/** Decodes a block of one or two channels, whose codes alternate. */
export function decodeMicrosoft(
  block: Uint8Array,
  channels: number,
  into: readonly Float32Array[],
  from: number,
): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const field = (index: number, channel: number): number =>
    view.getInt16(channels + 2 * (channels * index + channel), true);
  for (const [index, samples] of into.entries()) {
    const [a, b] = coefficients[block[index] ?? 0] ?? [256, 0];
    let step = field(0, index);
    let [last, before] = [field(1, index), field(2, index)];
    let at = from;
    samples[at++] = before / fullScale;
    samples[at++] = last / fullScale;
    const codes = 2 * (block.length - 7 * channels);
    for (let code = index; code < codes; code += channels) {
      const byte = block[7 * channels + (code >> 1)] ?? 0;
      const bits = code & 1 ? byte & 15 : byte >> 4;
      const predicted = Math.trunc((last * a + before * b) / 256);
      const sample = predicted + (bits & 8 ? bits - 16 : bits) * step;
      before = last;
      last = Math.max(-32_768, Math.min(sample, 32_767));
      samples[at++] = last / fullScale;
      step = Math.min(maxStep, Math.max(minStep, ((adaptation[bits] ?? 0) * step) >> 8));
    }
  }
}
