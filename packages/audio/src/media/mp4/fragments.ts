import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { TrackError } from "../track-error.ts";
import { boxes, findBox, readFileBox, readNumber } from "./boxes.ts";
import type { Sample, Samples } from "./samples.ts";

/** Default values of a track's packets. */
export interface FragmentDefaults {
  readonly trackId: number;
  readonly duration: number;
  readonly bytes: number;
}

// Presence flags of fields (ISO/IEC 14496-12, 8.8.7 and 8.8.8).
const header = { base: 0x1, description: 0x2, duration: 0x8, bytes: 0x10, flags: 0x20 } as const;
const run = {
  offset: 0x1,
  firstFlags: 0x4,
  duration: 0x100,
  bytes: 0x200,
  flags: 0x400,
  shift: 0x800,
} as const;

/** Packets of a fragmented file, listed before each fragment. */
export class Fragments implements Samples {
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #defaults: FragmentDefaults;
  readonly #dataAt: number;
  /** Samples of uncompressed audio to read together, if each of them is a packet; otherwise 1. */
  readonly #together: number;
  /** Positions of fragments by start time, if the file has a segment index. */
  readonly #index: readonly (readonly [time: number, at: number])[];
  #at: number;
  #queue: Sample[] = [];
  #time = 0;

  /**
   * @param dataAt - Position after the index.
   * @param together - Packets of equal length to read together.
   */
  constructor(
    window: ByteWindow,
    limits: MediaLimits,
    defaults: FragmentDefaults,
    dataAt: number,
    index: readonly (readonly [time: number, at: number])[],
    together = 1,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#defaults = defaults;
    this.#dataAt = dataAt;
    this.#index = index;
    this.#at = dataAt;
    this.#together = together;
  }

  async next(): Promise<Sample | undefined> {
    while (this.#queue.length === 0) {
      const fragment = await this.#nextFragment();
      if (!fragment) return undefined;
      this.#queue = fragment.samples.reverse();
    }
    return this.#queue.pop();
  }

  #startAt(at: number): void {
    this.#at = at;
    this.#time = 0;
    this.#queue = [];
  }

  /** Reads the next fragment with packets of the track. */
  async #nextFragment(): Promise<{ readonly at: number; readonly samples: Sample[] } | undefined> {
    for (;;) {
      const box = await readFileBox(this.#window, this.#at);
      if (!box) return undefined;
      this.#at = box.end;
      if (box.type !== "moof") {
        if (!Number.isFinite(box.end)) return undefined;
        continue;
      }
      if (box.end - box.dataAt > this.#limits.maxPacketBytes)
        throw new TrackError("The file is damaged.", "COMMON");
      const moof = Buffer.from(await this.#window.at(box.dataAt, box.end - box.dataAt));
      for (const { type, data } of boxes(moof)) {
        const samples = type === "traf" ? this.#read(data, box.at) : undefined;
        if (samples) return { at: box.at, samples };
      }
    }
  }

  #read(traf: Buffer, moofAt: number): Sample[] | undefined {
    const tfhd = findBox(traf, "tfhd");
    if (!tfhd || readNumber(tfhd, 4) !== this.#defaults.trackId) return undefined;
    const flags = readNumber(tfhd, 0);
    let place = 8;
    const field = (flag: number, long = false): number | undefined => {
      if ((flags & flag) === 0) return undefined;
      place += long ? 8 : 4;
      return readNumber(tfhd, place - (long ? 8 : 4), long);
    };
    const base = field(header.base, true) ?? moofAt;
    field(header.description);
    const duration = field(header.duration) ?? this.#defaults.duration;
    const bytes = field(header.bytes) ?? this.#defaults.bytes;
    const tfdt = findBox(traf, "tfdt");
    if (tfdt && tfdt.length >= 8) this.#time = readNumber(tfdt, 4, tfdt.readUInt8(0) === 1);
    const samples: Sample[] = [];
    let at = base;
    for (const { type, data } of boxes(traf)) {
      if (type === "trun") at = this.#readRun(data, { base, at, duration, bytes }, samples);
    }
    return samples;
  }

  #readRun(
    trun: Buffer,
    defaults: {
      readonly base: number;
      readonly at: number;
      readonly duration: number;
      readonly bytes: number;
    },
    samples: Sample[],
  ): number {
    const flags = readNumber(trun, 0);
    let place = 8;
    let { at } = defaults;
    if (flags & run.offset) {
      at = defaults.base + (trun.length >= 12 ? trun.readInt32BE(8) : 0);
      place += 4;
    }
    if (flags & run.firstFlags) place += 4;
    const fields = [run.duration, run.bytes, run.flags, run.shift].filter((flag) => flags & flag).length;
    // A run of identical packets takes no space, so its length does not bound their number.
    const together = fields > 0 ? 1 : this.#together;
    const maxCount =
      fields > 0 ? (trun.length - place) / (4 * fields) : (together * this.#limits.maxPacketBytes) / 8;
    const count = Math.min(readNumber(trun, 4), maxCount);
    for (let index = 0; index < count; index += together) {
      const packets = Math.min(together, count - index);
      const duration = flags & run.duration ? readNumber(trun, place) : defaults.duration;
      place += flags & run.duration ? 4 : 0;
      const bytes = flags & run.bytes ? readNumber(trun, place) : defaults.bytes;
      place += (flags & run.bytes ? 4 : 0) + (flags & run.flags ? 4 : 0) + (flags & run.shift ? 4 : 0);
      samples.push({ at, bytes: packets * bytes, time: this.#time });
      at += packets * bytes;
      this.#time += packets * duration;
    }
    return at;
  }

  /** Returns the time at which the last fragment ends, by reading those from the last indexed one on. */
  async findEnd(): Promise<number> {
    this.#startAt(this.#index.at(-1)?.[1] ?? this.#dataAt);
    while (await this.#nextFragment());
    const end = this.#time;
    await this.seek(0);
    return end;
  }

  async seek(time: number): Promise<void> {
    this.#startAt(this.#index.findLast(([start]) => start <= time)?.[1] ?? this.#dataAt);
    let last = this.#at;
    for (let fragment = await this.#nextFragment(); fragment; fragment = await this.#nextFragment()) {
      if ((fragment.samples[0]?.time ?? 0) > time) break;
      last = fragment.at;
    }
    this.#at = last;
  }
}
