import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import { checkMissingEnd } from "../missing-end.ts";
import type { SampleEntry } from "../mp4/packet-entry.ts";
import type { Packet, PacketBatch, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import type { Tags } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";
import type { PacketTable } from "./packet-table.ts";

const batchSeconds = 0.1;

/** Reader of the packets of a CAF file by their table. */
export class CafPacketReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length: number;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #entry: SampleEntry;
  readonly #table: PacketTable;
  readonly #dataAt: number;
  /** Decoded samples of a sample of the table: Opus is decoded at 48 kHz, whatever the file's rate. */
  readonly #scale: number;
  /** First audible sample. */
  readonly #origin: number;
  #next = 0;

  constructor(
    window: ByteWindow,
    limits: MediaLimits,
    entry: SampleEntry,
    table: PacketTable,
    file: { readonly dataAt: number; readonly sampleRate: number; readonly tags: Tags },
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#entry = entry;
    this.#table = table;
    this.#dataAt = file.dataAt;
    const { codec, sampleRate, channels } = entry.format;
    this.#scale = sampleRate / file.sampleRate;
    this.#origin = Math.round(table.priming * this.#scale) || entry.preSkip;
    const all = Math.round((table.times[table.count] ?? 0) * this.#scale) - this.#origin;
    const valid = table.valid === undefined ? all : Math.round(table.valid * this.#scale);
    this.length = Math.max(0, Math.min(all, valid));
    this.facts = factsFrom({
      container: "caf",
      codec,
      sampleRate,
      channels,
      length: this.length,
      seekable: window.isSeekable,
      tags: file.tags,
    });
  }

  async read(): Promise<PacketBatch | undefined> {
    const { format } = this.#entry;
    const packets: Packet[] = [];
    let total = 0;
    for (; total < batchSeconds * format.sampleRate && this.#next < this.#table.count; this.#next++) {
      const from = this.#table.offsets[this.#next] ?? 0;
      const bytes = (this.#table.offsets[this.#next + 1] ?? 0) - from;
      if (bytes > this.#limits.maxPacketBytes) throw new TrackError("The file is damaged.", "COMMON");
      const data = await this.#window.at(this.#dataAt + from, bytes);
      const start = this.#startOf(this.#next);
      if (data.length < bytes) {
        if (packets.length === 0) checkMissingEnd(this.length - start, format.sampleRate);
        break;
      }
      const samples = this.#entry.samples(data);
      packets.push({ data, start, samples });
      total += Math.max(1, samples);
    }
    return packets.length > 0 ? { format, packets, end: this.length } : undefined;
  }

  #startOf(packet: number): number {
    return Math.round((this.#table.times[packet] ?? 0) * this.#scale) - this.#origin;
  }

  seek(sample: number): Promise<void> {
    const wanted = sample - this.#entry.preRoll;
    let [low, high] = [0, this.#table.count - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#startOf(middle) <= wanted) low = middle;
      else high = middle - 1;
    }
    this.#next = low;
    return Promise.resolve();
  }

  close(): void {
    this.#window.close();
  }
}
