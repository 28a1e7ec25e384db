import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { TrackError } from "../track-error.ts";
import { boxes, findBox, readFileBox, readNumber } from "./boxes.ts";
import type { FragmentDefaults } from "./fragments.ts";
import type { SampleEntry } from "./packet-entry.ts";
import { readSampleEntry } from "./sample-entry.ts";
import { SampleTable } from "./sample-table.ts";

/** Index of a file (`moov`). */
export interface Movie {
  readonly data: Buffer;
  /** Position after the index. */
  readonly end: number;
}

/** Finds the index, which precedes or follows the packets; returns undefined if there is none. */
export async function readMovie(window: ByteWindow, limits: MediaLimits): Promise<Movie | undefined> {
  for (let at = 0; ; ) {
    const box = await readFileBox(window, at);
    if (!box) return undefined;
    if (box.type === "moov") {
      const bytes = box.end - box.dataAt;
      if (bytes > limits.maxProbeBytes) throw new TrackError("The index of the file is too large.", "COMMON");
      const data = Buffer.from(await window.at(box.dataAt, bytes));
      return data.length === bytes ? { data, end: box.end } : undefined;
    }
    if (box.type === "mdat" && window.size === null)
      throw new TrackError(
        "The index of this file is at its end, but the file can only be read forwards.",
        "COMMON",
      );
    at = box.end;
  }
}

/** First audio track of the index. */
export interface AudioTrack {
  readonly entry: SampleEntry;
  /** Units of time per second. */
  readonly timescale: number;
  /** Inaudible units at the start; null if unknown. */
  readonly skip: number | null;
  /** Audible units of the track; null if unknown. */
  readonly audible: number | null;
  readonly table: SampleTable;
  /** Defaults for fragmented files. */
  readonly defaults: FragmentDefaults;
}

/** Returns the audible part of the track, from the first entry of its edit list that is not a pause. */
function readEdit(
  elst: Buffer,
  timescale: number,
  movieTimescale: number,
): Pick<AudioTrack, "skip" | "audible"> {
  const long = elst.length > 0 && elst.readUInt8(0) === 1;
  const width = long ? 20 : 12;
  for (let index = 0; index < readNumber(elst, 4) && 8 + (index + 1) * width <= elst.length; index++) {
    const at = 8 + index * width;
    const duration = readNumber(elst, at, long);
    const time = long ? Number(elst.readBigInt64BE(at + 8)) : elst.readInt32BE(at + 4);
    if (time < 0) continue;
    return { skip: time, audible: duration === 0 ? null : (duration * timescale) / (movieTimescale || 1) };
  }
  return { skip: null, audible: null };
}

/** Reads the first supported audio track; returns the format name of the first one if none is supported. */
export function readAudioTrack(moov: Buffer, limits: MediaLimits): AudioTrack | string | undefined {
  const mvhd = findBox(moov, "mvhd");
  const movieTimescale = mvhd ? readNumber(mvhd, mvhd.at(0) === 1 ? 20 : 12) : 0;
  let unknown: string | undefined;
  for (const { type, data } of boxes(moov)) {
    if (type !== "trak" || findBox(data, "mdia", "hdlr")?.toString("latin1", 8, 12) !== "soun") continue;
    const [mdhd, tkhd] = [findBox(data, "mdia", "mdhd"), findBox(data, "tkhd")];
    const stbl = findBox(data, "mdia", "minf", "stbl");
    const stsd = stbl && findBox(stbl, "stsd");
    const timescale = mdhd ? readNumber(mdhd, mdhd.at(0) === 1 ? 20 : 12) : 0;
    if (!stbl || !stsd || !tkhd || timescale === 0) continue;
    const entry = readSampleEntry(stsd, limits);
    if (typeof entry === "string") {
      unknown ??= entry;
      continue;
    }
    const trackId = readNumber(tkhd, tkhd.at(0) === 1 ? 20 : 12);
    const mvex = findBox(moov, "mvex") ?? Buffer.alloc(0);
    const trex = [...boxes(mvex)].find(
      (box) => box.type === "trex" && readNumber(box.data, 4) === trackId,
    )?.data;
    const elst = findBox(data, "edts", "elst");
    return {
      entry,
      timescale,
      table: new SampleTable(stbl, entry.block),
      ...(elst ? readEdit(elst, timescale, movieTimescale) : { skip: null, audible: null }),
      defaults: {
        trackId,
        duration: trex ? readNumber(trex, 12) : 0,
        bytes: trex ? readNumber(trex, 16) : 0,
      },
    };
  }
  return unknown;
}
