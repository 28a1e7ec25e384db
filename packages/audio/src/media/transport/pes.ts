/** Part of an elementary stream in a transport packet. */
export interface PesPart {
  readonly data: Uint8Array;
  /** Whether a PES packet begins here. */
  readonly isUnitStart: boolean;
  /** Presentation time of the first frame that begins in the PES packet, in ticks; undefined if none is given. */
  readonly pts: number | undefined;
}

/** Ticks of presentation times in a second. */
export const ticksPerSecond = 90_000;
/** Presentation times have 33 bits. */
const ptsRange = 2 ** 33;

/** Returns the ticks from one presentation time to another, which may have wrapped around. */
export function ticksBetween(from: number, to: number): number {
  const ticks = (to - from + ptsRange) % ptsRange;
  return ticks >= ptsRange / 2 ? ticks - ptsRange : ticks;
}

/** Length of a PES header before the fields that its length byte counts. */
const fixedBytes = 9;

/** Removes the headers of PES packets (ISO/IEC 13818-1, 2.4.3.6). */
export class PesParser {
  #isInside = false;
  /** Bytes of a header that continues in the next packet. */
  #headerRest = 0;

  /** Returns the content of a payload; undefined if it belongs to no PES packet. */
  read(payload: Uint8Array, isUnitStart: boolean): PesPart | undefined {
    if (!isUnitStart) {
      if (!this.#isInside) return undefined;
      const skipped = Math.min(this.#headerRest, payload.length);
      this.#headerRest -= skipped;
      return { data: payload.subarray(skipped), isUnitStart, pts: undefined };
    }
    const [zero, zeroToo, one] = payload;
    const hasHeader = payload.length >= fixedBytes && ((payload[6] ?? 0) & 0xc0) === 0x80;
    this.#isInside = zero === 0 && zeroToo === 0 && one === 1 && hasHeader;
    if (!this.#isInside) return undefined;
    const headerBytes = fixedBytes + (payload[8] ?? 0);
    this.#headerRest = Math.max(0, headerBytes - payload.length);
    const hasPts = ((payload[7] ?? 0) & 0x80) !== 0 && payload.length >= fixedBytes + 5;
    return { data: payload.subarray(headerBytes), isUnitStart, pts: hasPts ? readPts(payload) : undefined };
  }
}

/** Reads the presentation time of a PES header. */
function readPts(header: Uint8Array): number {
  const byte = (index: number): number => header[index] ?? 0;
  const low = (byte(10) << 22) | ((byte(11) >> 1) << 15) | (byte(12) << 7) | (byte(13) >> 1);
  return ((byte(9) >> 1) & 7) * 2 ** 30 + low;
}
