/** Placeholder until the loudness branch lands. */
export class Normaliser {
  process(_left: Float32Array, _right: Float32Array, _length: number): void {}
}
