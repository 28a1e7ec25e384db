import type { BitReader } from "../bit-reader.ts";

// Elements without audio, which ALAC has taken over from AAC (ISO/IEC 14496-3, 4.4.2.7).

/** Skips a fill element. */
export function skipFill(reader: BitReader): void {
  let bytes = reader.read(4);
  if (bytes === 15) bytes += reader.read(8) - 1;
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
