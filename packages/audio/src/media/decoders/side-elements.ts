import type { BitReader } from "../bit-reader.ts";

// Elements without audio, which ALAC has taken over from AAC (ISO/IEC 14496-3, 4.4.2.7).

/** Reads the number of bytes of a fill element, which follow. */
export function readFillBytes(reader: BitReader): number {
  const bytes = reader.read(4);
  return bytes === 15 ? 14 + reader.read(8) : bytes;
}

/** Skips a fill element. */
export function skipFill(reader: BitReader): void {
  const bytes = readFillBytes(reader);
  reader.position += 8 * bytes;
}

/** Skips an element of data. */
export function skipData(reader: BitReader): void {
  reader.position += 4;
  const isAligned = reader.read(1) === 1;
  let bytes = reader.read(8);
  if (bytes === 255) bytes += reader.read(8);
  if (isAligned) reader.position = (reader.position + 7) & ~7;
  reader.position += 8 * bytes;
}
