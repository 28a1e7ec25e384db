/**
 * Discrete cosine transform of type IV by a complex Fourier transform of half its size: the lines are turned into
 * complex numbers by a rotation, transformed in passes of radix 4, and rotated back.
 */
export class Dct4 {
  readonly #size: number;
  /** Cosine and sine of the rotations, scaled. */
  readonly #rotations: Float64Array;
  /** Cosine and sine of the angles of each pass, three for each butterfly. */
  readonly #passes: readonly Float64Array[];
  /** Position of each number in the order of reversed bits. */
  readonly #reversed: Uint16Array;
  readonly #values: Float64Array;
  /** Whether a pass of radix 2 precedes those of radix 4. */
  readonly #hasPair: boolean;

  /**
   * @param size - Number of lines, a power of two from 16 on.
   * @param scale - Factor of the result.
   */
  constructor(size: number, scale: number) {
    const half = size / 2;
    this.#size = size;
    this.#values = new Float64Array(size);
    this.#rotations = new Float64Array(size);
    for (let index = 0; index < half; index++) {
      const angle = (-Math.PI * (8 * index + 1)) / (8 * size);
      this.#rotations[2 * index] = Math.sqrt(scale) * Math.cos(angle);
      this.#rotations[2 * index + 1] = Math.sqrt(scale) * Math.sin(angle);
    }
    const bits = Math.log2(half);
    this.#reversed = Uint16Array.from({ length: half }, (_, index) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((index >> bit) & 1) << (bits - 1 - bit);
      return 2 * reversed;
    });
    this.#hasPair = bits % 2 === 1;
    const passes: Float64Array[] = [];
    for (let span = this.#hasPair ? 2 : 1; span < half; span *= 4) {
      const angles = new Float64Array(6 * span);
      for (let index = 0; index < span; index++)
        for (const [place, multiple] of [2, 1, 3].entries()) {
          const angle = (-2 * Math.PI * index * multiple) / (4 * span);
          angles[6 * index + 2 * place] = Math.cos(angle);
          angles[6 * index + 2 * place + 1] = Math.sin(angle);
        }
      passes.push(angles);
    }
    this.#passes = passes;
  }

  /**
   * Transforms lines.
   *
   * @param at - Index of the first line.
   * @param into - Receives the result from index 0.
   */
  transform(lines: Float64Array, at: number, into: Float64Array): void {
    const size = this.#size;
    const half = size >> 1;
    const rotations = this.#rotations;
    const values = this.#values;
    if (this.#hasPair) this.#rotatePairs(lines, at);
    else this.#rotate(lines, at);
    let span = this.#hasPair ? 2 : 1;
    for (const angles of this.#passes) {
      runPass(values, angles, span);
      span *= 4;
    }
    for (let index = 0; index < half; index++) {
      const real = values[2 * index] ?? 0;
      const imaginary = values[2 * index + 1] ?? 0;
      const cosine = rotations[2 * index] ?? 0;
      const sine = rotations[2 * index + 1] ?? 0;
      into[2 * index] = real * cosine - imaginary * sine;
      into[size - 1 - 2 * index] = -(real * sine + imaginary * cosine);
    }
  }

  /** Turns lines into rotated complex numbers, in the order of reversed bits. */
  #rotate(lines: Float64Array, at: number): void {
    const [rotations, reversed, values] = [this.#rotations, this.#reversed, this.#values];
    const size = this.#size;
    for (let index = 0; index < size; index += 2) {
      const even = lines[at + index] ?? 0;
      const odd = lines[at + size - 1 - index] ?? 0;
      const cosine = rotations[index] ?? 0;
      const sine = rotations[index + 1] ?? 0;
      const place = reversed[index >> 1] ?? 0;
      values[place] = even * cosine - odd * sine;
      values[place + 1] = even * sine + odd * cosine;
    }
  }

  /** Does the same with two numbers at a time, which the pass of radix 2 joins. */
  #rotatePairs(lines: Float64Array, at: number): void {
    const [rotations, reversed, values] = [this.#rotations, this.#reversed, this.#values];
    const half = this.#size >> 1;
    const last = at + this.#size - 1;
    for (let index = 0; index < half; index += 2) {
      const far = index + half;
      const even = lines[at + index] ?? 0;
      const odd = lines[last - index] ?? 0;
      const cosine = rotations[index] ?? 0;
      const sine = rotations[index + 1] ?? 0;
      const farEven = lines[at + far] ?? 0;
      const farOdd = lines[last - far] ?? 0;
      const farCosine = rotations[far] ?? 0;
      const farSine = rotations[far + 1] ?? 0;
      const real = even * cosine - odd * sine;
      const imaginary = even * sine + odd * cosine;
      const farReal = farEven * farCosine - farOdd * farSine;
      const farImaginary = farEven * farSine + farOdd * farCosine;
      const place = reversed[index >> 1] ?? 0;
      values[place] = real + farReal;
      values[place + 1] = imaginary + farImaginary;
      values[place + 2] = real - farReal;
      values[place + 3] = imaginary - farImaginary;
    }
  }
}

/** One pass of radix 4: two passes of radix 2 over numbers that are `span` apart. */
function runPass(values: Float64Array, angles: Float64Array, span: number): void {
  const length = values.length;
  const step = 2 * span;
  for (let block = 0; block < length; block += 4 * step)
    for (let index = 0; index < span; index++) {
      const a = block + 2 * index;
      const b = a + step;
      const c = b + step;
      const d = c + step;
      const angle = 6 * index;
      const br = values[b] ?? 0;
      const bi = values[b + 1] ?? 0;
      const cr = values[c] ?? 0;
      const ci = values[c + 1] ?? 0;
      const dr = values[d] ?? 0;
      const di = values[d + 1] ?? 0;
      const bCos = angles[angle] ?? 0;
      const bSin = angles[angle + 1] ?? 0;
      const cCos = angles[angle + 2] ?? 0;
      const cSin = angles[angle + 3] ?? 0;
      const dCos = angles[angle + 4] ?? 0;
      const dSin = angles[angle + 5] ?? 0;
      const tbr = br * bCos - bi * bSin;
      const tbi = br * bSin + bi * bCos;
      const tcr = cr * cCos - ci * cSin;
      const tci = cr * cSin + ci * cCos;
      const tdr = dr * dCos - di * dSin;
      const tdi = dr * dSin + di * dCos;
      const ar = values[a] ?? 0;
      const ai = values[a + 1] ?? 0;
      const sumR = ar + tbr;
      const sumI = ai + tbi;
      const differenceR = ar - tbr;
      const differenceI = ai - tbi;
      const farSumR = tcr + tdr;
      const farSumI = tci + tdi;
      const farDifferenceR = tcr - tdr;
      const farDifferenceI = tci - tdi;
      values[a] = sumR + farSumR;
      values[a + 1] = sumI + farSumI;
      values[b] = differenceR + farDifferenceI;
      values[b + 1] = differenceI - farDifferenceR;
      values[c] = sumR - farSumR;
      values[c + 1] = sumI - farSumI;
      values[d] = differenceR - farDifferenceI;
      values[d + 1] = differenceI + farDifferenceR;
    }
}
