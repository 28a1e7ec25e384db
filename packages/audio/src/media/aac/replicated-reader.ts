import type { MediaFacts } from "../media-stream.ts";
import type { PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { type AacConfig, aacFormat, aacPreRoll, aacRates } from "./aac-config.ts";

/** Highest rate of a core whose replication is looked for where it is not announced, in Hz. */
const maxCoreRate = 24_000;

/** Whether one of these packets has data of spectral band replication. */
async function hasReplication(config: AacConfig, { packets }: PacketBatch): Promise<boolean> {
  // Loaded on demand: the facts of most files need no decoder.
  const { AacPacketDecoder } = await import("../decoders/aac/aac-packet-decoder.ts");
  const decoder = new AacPacketDecoder(config);
  return packets.some(({ data }) => {
    try {
      decoder.decode(data);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    return decoder.hasReplication;
  });
}

const replicated = (config: AacConfig): PacketFormat => aacFormat({ ...config, isReplicated: true });

/** Reader whose first batch has been read. */
class StartedReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length: number | null;
  readonly #reader: PacketReader;
  #first: PacketBatch | undefined;

  constructor(reader: PacketReader, first: PacketBatch | undefined) {
    this.facts = reader.facts;
    this.length = reader.length;
    this.#reader = reader;
    this.#first = first;
  }

  read(): Promise<PacketBatch | undefined> {
    const first = this.#first;
    this.#first = undefined;
    return first ? Promise.resolve(first) : this.#reader.read();
  }

  seek(sample: number): Promise<void> {
    this.#first = undefined;
    return this.#reader.seek(sample);
  }

  close(): void {
    this.#reader.close();
  }
}

/** Reader of packets with spectral band replication that the container does not announce. */
class ReplicatedReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length: number | null;
  readonly #reader: PacketReader;
  readonly #preRoll: number;
  /** Format of the container, and that of its packets. */
  #formats: readonly [theirs: PacketFormat, ours: PacketFormat];

  constructor(reader: PacketReader, format: PacketFormat, config: AacConfig) {
    const ours = replicated(config);
    this.facts = { ...reader.facts, sampleRate: ours.sampleRate, channels: ours.channels };
    this.length = reader.length === null ? null : 2 * reader.length;
    this.#reader = reader;
    this.#preRoll = aacPreRoll({ ...config, isReplicated: true });
    this.#formats = [format, ours];
  }

  async read(): Promise<PacketBatch | undefined> {
    const batch = await this.#reader.read();
    if (!batch) return undefined;
    const { format, packets, begin, end } = batch;
    if (format !== this.#formats[0] && format.codec === "aac")
      this.#formats = [format, replicated(format.config)];
    return {
      format: this.#formats[1],
      packets: packets.map((packet) => ({
        ...packet,
        start: 2 * packet.start,
        samples: 2 * packet.samples,
      })),
      ...(begin === undefined ? {} : { begin: 2 * begin }),
      end: end === null ? null : 2 * end,
    };
  }

  seek(sample: number): Promise<void> {
    return this.#reader.seek(Math.max(0, Math.floor((sample - this.#preRoll) / 2)));
  }

  close(): void {
    this.#reader.close();
  }
}

/**
 * Returns a reader that announces the spectral band replication of its packets: ADTS has no place for it, and MP4 and
 * Matroska may leave it out. The first packets decide; all later ones are then decoded at twice the rate, with
 * replication or without.
 */
export async function withReplication(reader: PacketReader): Promise<PacketReader> {
  if (reader.facts.codec !== "aac" || reader.facts.sampleRate > maxCoreRate) return reader;
  const first = await reader.read();
  const started = new StartedReader(reader, first);
  const format = first?.format;
  if (!first || format?.codec !== "aac" || format.config.isReplicated) return started;
  if ((aacRates[format.config.rateIndex] ?? 0) > maxCoreRate || !(await hasReplication(format.config, first)))
    return started;
  return new ReplicatedReader(started, format, format.config);
}
