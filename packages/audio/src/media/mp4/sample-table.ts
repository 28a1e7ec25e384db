import { findBox, readNumber } from "./boxes.ts";
import type { BlockSize } from "./packet-entry.ts";
import type { Sample, Samples } from "./samples.ts";

interface ChunkRun {
  readonly firstChunk: number;
  readonly perChunk: number;
  readonly firstSample: number;
}

/** Copies a table, so that the index can be freed. */
const copy = (table: Buffer | undefined): Buffer => Buffer.from(table ?? Buffer.alloc(8));

/** Packets of a track with a complete sample table (ISO/IEC 14496-12, 8.6 and 8.7). */
export class SampleTable implements Samples {
  /** Number of packets. */
  readonly count: number;
  readonly #sizes: Buffer;
  readonly #offsets: Buffer;
  readonly #longOffsets: boolean;
  readonly #runs: readonly ChunkRun[];
  readonly #times: Buffer;
  #sample = 0;
  #chunk = 0;
  #inChunk = 0;
  #at: number | undefined;
  /** Run that contains the current chunk. */
  #run = 0;
  #timeRun = 0;
  #inTimeRun = 0;
  #time = 0;

  readonly #block: BlockSize | undefined;
  /** Entries of the tables for a packet: those of QuickTime may count the samples of blocks. */
  readonly #perPacket: number;

  /** @param block - Given if the packets are blocks of equal length. */
  constructor(stbl: Buffer, block?: BlockSize) {
    this.#block = block;
    this.#sizes = copy(findBox(stbl, "stsz"));
    const long = findBox(stbl, "co64");
    this.#longOffsets = long !== undefined;
    this.#offsets = copy(long ?? findBox(stbl, "stco"));
    this.#times = copy(findBox(stbl, "stts"));
    const countsSamples = readNumber(this.#times, 4) === 1 && readNumber(this.#times, 12) === 1;
    this.#perPacket = countsSamples ? (block?.samples ?? 1) : 1;
    this.count = this.#packets(readNumber(this.#sizes, 8));
    const chunks = copy(findBox(stbl, "stsc"));
    const runs: ChunkRun[] = [];
    const entries = Math.min(readNumber(chunks, 4), (chunks.length - 8) / 12);
    for (let index = 0; index < entries; index++) {
      const firstChunk = readNumber(chunks, 8 + 12 * index) - 1;
      const last = runs.at(-1);
      const firstSample = last ? last.firstSample + (firstChunk - last.firstChunk) * last.perChunk : 0;
      const perChunk = this.#packets(readNumber(chunks, 12 + 12 * index));
      runs.push({ firstChunk, perChunk, firstSample });
    }
    // Valid files have ascending chunk numbers and no empty chunk.
    const isValid = runs.every(
      ({ firstChunk, perChunk }, index) => perChunk > 0 && firstChunk > (runs[index - 1]?.firstChunk ?? -1),
    );
    this.#runs = isValid && runs[0]?.firstChunk === 0 ? runs : [];
  }

  /** Total duration in units of the track. */
  get duration(): number {
    let sum = 0;
    const entries = Math.min(readNumber(this.#times, 4), (this.#times.length - 8) / 8);
    for (let run = 0; run < entries; run++) sum += this.#timesIn(run) * this.#step(run);
    return sum;
  }

  #packets(entries: number): number {
    return Math.floor(entries / this.#perPacket);
  }

  #timesIn(run: number): number {
    return this.#packets(readNumber(this.#times, 8 + 8 * run));
  }

  #step(run: number): number {
    return this.#perPacket * readNumber(this.#times, 12 + 8 * run);
  }

  #bytes(sample: number): number {
    // QuickTime states the length of uncompressed samples as 1.
    return (
      this.#block?.blockBytes ?? (readNumber(this.#sizes, 4) || readNumber(this.#sizes, 12 + 4 * sample))
    );
  }

  #offset(chunk: number): number | undefined {
    const width = this.#longOffsets ? 8 : 4;
    return chunk < readNumber(this.#offsets, 4)
      ? readNumber(this.#offsets, 8 + width * chunk, this.#longOffsets)
      : undefined;
  }

  next(): Promise<Sample | undefined> {
    this.#at ??= this.#offset(this.#chunk);
    if (this.#sample >= this.count || this.#at === undefined) return Promise.resolve(undefined);
    const perChunk = this.#perChunk(this.#chunk);
    const together = this.#block ? this.#together(perChunk, this.#block.together) : 1;
    const sample = { at: this.#at, bytes: together * this.#bytes(this.#sample), time: this.#time };
    this.#sample += together;
    this.#time += together * this.#step(this.#timeRun);
    this.#inTimeRun += together;
    if (this.#inTimeRun >= this.#timesIn(this.#timeRun)) {
      this.#timeRun++;
      this.#inTimeRun = 0;
    }
    this.#at += sample.bytes;
    this.#inChunk += together;
    if (this.#inChunk >= perChunk) {
      this.#chunk++;
      this.#inChunk = 0;
      this.#at = undefined;
    }
    return Promise.resolve(sample);
  }

  /** Returns how many packets follow each other in the file and have the same duration. */
  #together(perChunk: number, most: number): number {
    const ofTime = this.#timesIn(this.#timeRun) - this.#inTimeRun;
    return Math.max(1, Math.min(most, perChunk - this.#inChunk, ofTime, this.count - this.#sample));
  }

  #perChunk(chunk: number): number {
    while ((this.#runs[this.#run + 1]?.firstChunk ?? Number.POSITIVE_INFINITY) <= chunk) this.#run++;
    return this.#runs[this.#run]?.perChunk ?? 1;
  }

  seek(time: number): Promise<void> {
    let [run, sample, before] = [0, 0, 0];
    const runs = Math.min(readNumber(this.#times, 4), (this.#times.length - 8) / 8);
    for (; run < runs - 1; run++) {
      const length = this.#timesIn(run) * this.#step(run);
      if (before + length > time) break;
      before += length;
      sample += this.#timesIn(run);
    }
    const step = this.#step(run) || 1;
    const steps = Math.max(0, Math.min(Math.floor((time - before) / step), this.#timesIn(run) - 1));
    this.#timeRun = run;
    this.#inTimeRun = steps;
    this.#time = before + steps * step;
    this.#sample = sample + steps;
    this.#run = Math.max(
      0,
      this.#runs.findLastIndex(({ firstSample }) => firstSample <= this.#sample),
    );
    const chunks = this.#runs[this.#run];
    const perChunk = chunks?.perChunk ?? 1;
    const inRun = this.#sample - (chunks?.firstSample ?? 0);
    this.#chunk = (chunks?.firstChunk ?? 0) + Math.floor(inRun / perChunk);
    this.#inChunk = inRun % perChunk;
    this.#at = this.#offset(this.#chunk);
    if (this.#block && this.#at !== undefined) this.#at += this.#inChunk * this.#block.blockBytes;
    else
      for (let index = this.#sample - this.#inChunk; index < this.#sample && this.#at !== undefined; index++)
        this.#at += this.#bytes(index);
    return Promise.resolve();
  }
}
