import { type FrameSyntax, hasFrames } from "../frames/frame-walker.ts";
import { type MpegHeader, mpegSyntaxOf } from "./frame-header.ts";

/** Longest frame in bytes: 640 kbit/s at 32 kHz, twice what decoders have to support. */
const maxFreeBytes = 2_880;

/** Returns whether a header of the free format may begin at an offset. */
const mayBegin = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xe0) === 0xe0 && (bytes[at + 2] ?? 0xff) >> 4 === 0;

/**
 * Finds frames of the free format, whose length is the distance of two headers (ISO/IEC 11172-3, 2.4.2.3).
 *
 * @returns Their syntax; undefined if there are none.
 */
export function findFreeFormat(bytes: Uint8Array): FrameSyntax<MpegHeader> | undefined {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (!mayBegin(bytes, at)) continue;
    const padding = ((bytes[at + 2] ?? 0) >> 1) & 1;
    for (let distance = 24; distance <= maxFreeBytes; distance++) {
      const next = at + distance;
      if (next + 4 > bytes.length) break;
      if (!mayBegin(bytes, next) || bytes[next + 1] !== bytes[at + 1]) continue;
      const isLayer1 = ((bytes[at + 1] ?? 0) & 6) === 6;
      const syntax = mpegSyntaxOf(distance - padding * (isLayer1 ? 4 : 1));
      if (hasFrames(bytes.subarray(at), syntax)) return syntax;
    }
  }
  return undefined;
}
