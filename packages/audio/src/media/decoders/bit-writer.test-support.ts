/** Writes bits, the most significant first: the counterpart of BitReader for the encoders of the tests. */
export class BitWriter {
  readonly #bits: number[] = [];

  /** Number of bits written. */
  get length(): number {
    return this.#bits.length;
  }

  /** Writes a number, in two's complement if it is negative. */
  write(value: number, bits: number): this {
    const unsigned = value < 0 ? value + 2 ** bits : value;
    for (let bit = bits - 1; bit >= 0; bit--) this.#bits.push(Math.floor(unsigned / 2 ** bit) % 2);
    return this;
  }

  /** Writes zeros and a one. */
  writeUnary(zeros: number): this {
    for (let index = 0; index < zeros; index++) this.#bits.push(0);
    this.#bits.push(1);
    return this;
  }

  /** Writes zeros up to the next whole byte. */
  align(): this {
    while (this.#bits.length % 8 !== 0) this.#bits.push(0);
    return this;
  }

  /** Returns the bytes, the last one padded with zeros. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [index, bit] of this.#bits.entries())
      bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << (7 - (index & 7)));
    return bytes;
  }
}
