import { type BitReader, DamagedPacketError } from "../../bit-reader.ts";

/**
 * Reads numbers in Rice code: a quotient in unary, then the remainder (RFC 9639, section 9.2.7.2).
 *
 * @param bits - Bits of the remainder.
 */
function readRice(reader: BitReader, into: Int32Array, from: number, to: number, bits: number): void {
  const { view } = reader;
  let at = reader.position;
  for (let index = from; index < to; index++) {
    const word = view.getInt32(at >>> 3) << (at & 7);
    const quotient = Math.clz32(word);
    const length = quotient + 1 + bits;
    let value: number;
    if (length <= 25) {
      // The one that ends the quotient stands before the remainder and is subtracted again.
      value = ((quotient - 1) << bits) + (word >>> (32 - length));
      at += length;
    } else {
      reader.position = at;
      value = (reader.readUnary() << bits) | reader.read(bits);
      at = reader.position;
    }
    into[index] = (value >>> 1) ^ -(value & 1);
  }
  reader.position = at;
}

/**
 * Reads the residual of a subframe (RFC 9639, section 9.2.7).
 *
 * @param at - Index of the first sample of the block in the array.
 * @throws DamagedPacketError if the partitions do not fit the block.
 */
export function readResidual(
  reader: BitReader,
  into: Int32Array,
  at: number,
  samples: number,
  order: number,
): void {
  const method = reader.read(2);
  if (method > 1) throw new DamagedPacketError(`unknown residual coding ${method}`);
  const parameterBits = method === 0 ? 4 : 5;
  const escapeCode = (1 << parameterBits) - 1;
  const partitions = 1 << reader.read(4);
  const length = samples / partitions;
  if (!Number.isInteger(length) || length < order)
    throw new DamagedPacketError(`${samples} samples in ${partitions} partitions`);
  for (let partition = 0; partition < partitions; partition++) {
    const from = at + (partition === 0 ? order : partition * length);
    const to = at + (partition + 1) * length;
    const parameter = reader.read(parameterBits);
    if (parameter < escapeCode) readRice(reader, into, from, to, parameter);
    else {
      const bits = reader.read(5);
      if (bits === 0) into.fill(0, from, to);
      else for (let index = from; index < to; index++) into[index] = reader.readSigned(bits);
    }
    reader.checkEnd();
  }
}
