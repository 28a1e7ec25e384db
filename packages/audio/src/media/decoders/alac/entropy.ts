import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";

/** Longest prefix of ones; it announces a number that is not coded. */
const maxPrefix = 9;
/** Fixed point of the mean: 1 is 512. */
const meanShift = 9;
const maxMean = 0xffff;
const maxRunBits = 16;

/**
 * Reads the residual of a channel in a Golomb code that adapts to the mean of the numbers before, with runs of
 * zeros where that is small. A number is a prefix in unary times 2ᵏ − 1, then k bits, or k − 1 zeros for a
 * remainder of zero.
 *
 * @param sampleBits - Bits of a sample.
 * @throws DamagedPacketError if a run passes the end of the block, or the packet ends.
 */
export function readAdaptiveResidual(
  reader: BitReader,
  into: Int32Array,
  samples: number,
  sampleBits: number,
  rice: { readonly mean: number; readonly rate: number; readonly maxBits: number },
): void {
  const { view } = reader;
  const { rate, maxBits } = rice;
  let { mean } = rice;
  /** 1 after a run of zeros, which no zero follows. */
  let isAfterRun = 0;
  let position = reader.position;
  /** Whether the next number is the length of a run. */
  let isRun = false;
  for (let at = 0; at < samples; ) {
    const bits = isRun
      ? Math.clz32(mean) - 24 + ((mean + 16) >> 6)
      : Math.min(31 - Math.clz32((mean >> meanShift) + 3), maxBits);
    const word = view.getInt32(position >>> 3) << (position & 7);
    const prefix = Math.clz32(~word);
    let number: number;
    if (prefix < maxPrefix) {
      const remainder = (word << (prefix + 1)) >>> (32 - bits);
      const isZero = remainder < 2 ? 1 : 0;
      position += prefix + 1 + bits - isZero;
      number =
        (Math.imul(prefix, (1 << Math.min(bits, maxBits)) - 1) + (isZero === 1 ? 0 : remainder - 1)) | 0;
    } else {
      reader.position = position + maxPrefix;
      number = reader.read(isRun ? maxRunBits : sampleBits) | 0;
      position = reader.position;
    }
    if (isRun) {
      if (number > samples - at)
        throw new DamagedPacketError(`a run of ${number} zeros passes the end of the block`);
      into.fill(0, at, at + number);
      at += number;
      isAfterRun = number < maxMean ? 1 : 0;
      mean = 0;
      isRun = false;
      if (position > reader.end) break;
    } else {
      const folded = (number + isAfterRun) | 0;
      into[at++] = (folded >>> 1) ^ -(folded & 1);
      mean =
        number > maxMean || number < 0
          ? maxMean
          : (Math.imul(rate, folded) + mean - (Math.imul(rate, mean) >> meanShift)) | 0;
      isAfterRun = 0;
      isRun = mean < 128;
    }
  }
  reader.position = position;
  reader.checkEnd();
}
