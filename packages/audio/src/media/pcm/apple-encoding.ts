import type { PcmEncoding } from "../packet-reader.ts";
import { numberEncoding } from "./pcm-coding.ts";

/**
 * Returns the encoding of uncompressed samples by the code of four characters that AIFF-C and QuickTime share;
 * undefined if the code means something else.
 *
 * @param bits - Bits of a sample, for codes that leave them open.
 * @param isLittle - Whether wide numbers are little-endian, as QuickTime can declare.
 */
export function appleEncoding(code: string, bits: number, isLittle = false): PcmEncoding | undefined {
  const width = Math.ceil(bits / 8);
  switch (code) {
    case "NONE":
    case "twos":
      return numberEncoding("signed", width, true);
    case "sowt":
      return numberEncoding("signed", width, false);
    case "raw ":
      return numberEncoding("unsigned", width, true);
    case "in24":
      return numberEncoding("signed", 3, !isLittle);
    case "in32":
      return numberEncoding("signed", 4, !isLittle);
    case "fl32":
    case "FL32":
      return numberEncoding("float", 4, !isLittle);
    case "fl64":
    case "FL64":
      return numberEncoding("float", 8, !isLittle);
    case "ulaw":
    case "ULAW":
      return "ulaw";
    case "alaw":
    case "ALAW":
      return "alaw";
    default:
      return undefined;
  }
}
