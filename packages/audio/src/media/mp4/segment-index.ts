import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { readFileBox, readNumber } from "./boxes.ts";

/** Segment index (`sidx`, ISO/IEC 14496-12, 8.16.3). */
export interface SegmentIndex {
  /** Positions of the segments in the file by start time, which is in units of the track. */
  readonly places: readonly (readonly [time: number, at: number])[];
  /** Total duration in seconds. */
  readonly seconds: number;
}

/** Reads the segment index after `moov`, if there is one of all segments. */
export async function readSegmentIndex(
  window: ByteWindow,
  from: number,
  limits: MediaLimits,
): Promise<SegmentIndex | undefined> {
  const box = await readFileBox(window, from);
  if (box?.type !== "sidx" || box.end - box.dataAt > limits.maxPacketBytes) return undefined;
  const data = Buffer.from(await window.at(box.dataAt, box.end - box.dataAt));
  const long = data.at(0) === 1;
  const timescale = readNumber(data, 8);
  const start = readNumber(data, 12, long);
  let at = box.end + readNumber(data, long ? 20 : 16, long);
  let time = start;
  const places: (readonly [number, number])[] = [];
  for (let place = long ? 32 : 24; place + 12 <= data.length; place += 12) {
    places.push([time, at]);
    at += readNumber(data, place) & 0x7fff_ffff;
    time += readNumber(data, place + 4);
  }
  // Each segment may have an index of its own.
  const next = await readFileBox(window, at);
  const isWhole = next?.type !== "sidx" && next?.type !== "moof";
  return timescale > 0 && isWhole ? { places, seconds: time / timescale } : undefined;
}
