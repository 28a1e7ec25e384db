import type { ByteWindow } from "../byte-window.ts";
import { boxes, findBox, readNumber } from "./boxes.ts";

/** Length of the last box of a file with an index, and the position of its only field (ISO/IEC 14496-12, 8.8.11). */
const mfroBytes = 16;
/** Longest index that is read: 16 bytes a fragment. */
const maxIndexBytes = 1024 * 1024;

/**
 * Reads the positions of the fragments of a track by start time, in units of the track, from the random access box at the
 * end of a file (`mfra`, ISO/IEC 14496-12, 8.8.9); empty without one.
 */
export async function readFragmentIndex(
  window: ByteWindow,
  trackId: number,
): Promise<readonly (readonly [time: number, at: number])[]> {
  const { size } = window;
  if (size === null) return [];
  const mfro = Buffer.from(await window.at(Math.max(0, size - mfroBytes), mfroBytes));
  if (mfro.toString("latin1", 4, 8) !== "mfro") return [];
  const bytes = readNumber(mfro, 12);
  if (bytes < mfroBytes || bytes > Math.min(size, maxIndexBytes)) return [];
  const tail = Buffer.from(await window.at(size - bytes, bytes));
  const places: (readonly [number, number])[] = [];
  const tables = [...boxes(findBox(tail, "mfra") ?? Buffer.alloc(0))];
  const tfra = tables.find(({ type, data }) => type === "tfra" && readNumber(data, 4) === trackId)?.data;
  if (!tfra) return [];
  const long = tfra.at(0) === 1;
  const lengths = readNumber(tfra, 8);
  // Each of the three numbers after the position takes one to four bytes.
  const rest = [4, 2, 0].reduce((sum, shift) => sum + ((lengths >> shift) & 3) + 1, 0);
  const entryBytes = (long ? 16 : 8) + rest;
  for (let place = 16; place + entryBytes <= tfra.length; place += entryBytes) {
    places.push([readNumber(tfra, place, long), readNumber(tfra, place + (long ? 8 : 4), long)]);
  }
  return places;
}
