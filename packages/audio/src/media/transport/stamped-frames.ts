import { countMissing, missingPackets, smallHoleSeconds } from "../missing-packets.ts";
import type { Packet, PacketBatch, PacketReader } from "../packet-reader.ts";
import type { PartBytes } from "./part-bytes.ts";
import { ticksBetween, ticksPerSecond } from "./pes.ts";

/** Time stamps in a row, with the largest of whose distances from the frames the next one is compared: they may jitter. */
const comparedStamps = 8;
/** Packets that are read ahead to see whether a time stamp is an outlier. */
const maxAhead = 256;

/** Frames of an elementary stream, with silent ones in the place of those that are missing by the time stamps. */
export class StampedFrames implements Pick<PacketReader, "read"> {
  readonly #reader: PacketReader;
  readonly #bytes: PartBytes;
  /** Batches that were read ahead, the first one first. */
  readonly #ahead: PacketBatch[];
  /** Distances in s of the last time stamps from the positions of their frames. */
  #distances: number[] = [];
  /** Whether the last time stamp followed the one before it without a hole. */
  #isRegular = false;
  #lastTicks: number | undefined;
  /** Time in s from the first time stamp to the last one. */
  #stampSeconds = 0;
  /** Time in s of the silence up to here. */
  #filledSeconds = 0;

  /** @param first - The first frames, which the reader does not return again. */
  constructor(reader: PacketReader, first: PacketBatch, bytes: PartBytes) {
    this.#reader = reader;
    this.#ahead = [first];
    this.#bytes = bytes;
  }

  async read(): Promise<PacketBatch | undefined> {
    const batch = this.#ahead.shift() ?? (await this.#reader.read());
    if (!batch) return undefined;
    const { sampleRate } = batch.format;
    const begin = batch.begin === undefined ? {} : { begin: batch.begin + this.#filled(sampleRate) };
    const packets: Packet[] = [];
    for (const [index, packet] of batch.packets.entries()) {
      const distance = this.#distanceOf(packet, sampleRate);
      const missing =
        distance === undefined
          ? 0
          : await this.#countMissing(distance, packet.samples / sampleRate, batch, index);
      if (missing > 0) {
        const start = packet.start + this.#filled(sampleRate);
        packets.push(...missingPackets(batch.format, start, missing, packet.samples));
        this.#filledSeconds += (missing * packet.samples) / sampleRate;
      }
      packets.push({ ...packet, start: packet.start + this.#filled(sampleRate) });
    }
    return { ...batch, ...begin, packets };
  }

  #filled(sampleRate: number): number {
    return Math.round(this.#filledSeconds * sampleRate);
  }

  /** Returns the distance in s of a packet's time stamp from its position without silence; undefined without one. */
  #distanceOf({ at, start }: Packet, sampleRate: number): number | undefined {
    const ticks = at === undefined ? undefined : this.#bytes.takeStamp(at);
    if (ticks === undefined) return undefined;
    // Summed up, as time stamps begin again after a day.
    this.#stampSeconds += this.#secondsTo(ticks);
    this.#lastTicks = ticks;
    return this.#stampSeconds - start / sampleRate;
  }

  #secondsTo(ticks: number): number {
    return ticksBetween(this.#lastTicks ?? ticks, ticks) / ticksPerSecond;
  }

  /** Returns how many packets are missing in front of one, by the distance of its time stamp and of the one after it. */
  async #countMissing(
    distance: number,
    packetSeconds: number,
    batch: PacketBatch,
    index: number,
  ): Promise<number> {
    const isFirst = this.#distances.length === 0;
    const excess = isFirst ? 0 : distance - Math.max(...this.#distances);
    const isRegular = this.#isRegular;
    this.#isRegular = !isFirst && countMissing(excess, packetSeconds) === 0;
    if (Math.abs(excess) > smallHoleSeconds(packetSeconds)) {
      // A jump of the time stamps, or a hole that the durations of the segments tell of.
      this.#distances = [distance];
      return 0;
    }
    // Time stamps of which each is late are wrong.
    if (this.#isRegular || !isRegular) {
      this.#distances = [...this.#distances, distance].slice(-comparedStamps);
      return 0;
    }
    const later = (await this.#distanceAfter(batch, index)) ?? distance;
    const count = countMissing(excess + Math.min(0, later - distance), packetSeconds);
    if (count > 0) this.#distances = [Math.min(distance, later)];
    return count;
  }

  /** Returns the distance in s of the next time stamp after a packet; undefined if none follows soon. */
  async #distanceAfter({ format, packets }: PacketBatch, index: number): Promise<number | undefined> {
    const find = (among: readonly Packet[], sampleRate: number): number | undefined => {
      for (const { at, start } of among) {
        const ticks = at === undefined ? undefined : this.#bytes.stampAt(at);
        if (ticks !== undefined) return this.#stampSeconds + this.#secondsTo(ticks) - start / sampleRate;
      }
      return undefined;
    };
    let found = find(packets.slice(index + 1), format.sampleRate);
    let read = 0;
    for (let place = 0; found === undefined && read < maxAhead; place++) {
      const batch = this.#ahead[place] ?? (await this.#reader.read());
      if (!batch) return undefined;
      this.#ahead[place] = batch;
      found = find(batch.packets, batch.format.sampleRate);
      read += batch.packets.length;
    }
    return found;
  }
}
