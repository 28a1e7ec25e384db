import { readVint } from "./ebml.ts";

/** Block of packets of one track. */
export interface Block {
  readonly track: number;
  /** Time relative to the cluster, in units of the segment. */
  readonly time: number;
  readonly packets: readonly Uint8Array[];
}

/** Reads a block (RFC 9559, section 10); returns undefined if it is damaged. */
export function readBlock(data: Uint8Array): Block | undefined {
  const track = readVint(data, 0, 8);
  if (!track || data.length < track.length + 3) return undefined;
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const time = view.readInt16BE(track.length);
  const lacing = (view.readUInt8(track.length + 2) >> 1) & 3;
  const at = track.length + 3;
  const packets = lacing === 0 ? [data.subarray(at)] : unlace(data, at, lacing);
  return packets && { track: track.value, time, packets };
}

/**
 * Splits laced packets. The lengths of all packets but the last are coded in one of two ways, or all are
 * equal.
 */
function unlace(data: Uint8Array, start: number, lacing: number): Uint8Array[] | undefined {
  const count = (data[start] ?? 0) + 1;
  let at = start + 1;
  const lengths: number[] = [];
  for (let index = 0; index < count - 1; index++) {
    if (lacing === 2) lengths.push(Math.floor((data.length - at) / count));
    else if (lacing === 1) {
      let length = 0;
      while (data[at] === 255) length += data[at++] ?? 0;
      lengths.push(length + (data[at++] ?? 0));
    } else {
      const number = readVint(data, at, 8);
      if (!number) return undefined;
      at += number.length;
      // Lengths after the first are differences, offset by half the range of their bytes.
      const before = lengths.at(-1);
      lengths.push(
        before === undefined ? number.value : before + number.value - (2 ** (7 * number.length - 1) - 1),
      );
    }
  }
  const packets: Uint8Array[] = [];
  for (const length of lengths) {
    if (length < 0 || at + length > data.length) return undefined;
    packets.push(data.subarray(at, at + length));
    at += length;
  }
  return at <= data.length ? [...packets, data.subarray(at)] : undefined;
}
