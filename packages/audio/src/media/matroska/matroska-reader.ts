import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import { checkMissingEnd } from "../missing-end.ts";
import { isVorbisAudio } from "../ogg/vorbis-blocks.ts";
import type { Packet, PacketBatch, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { TrackError } from "../track-error.ts";
import { readBlock } from "./block.ts";
import { children, type Element, readElement, readInt, readUint } from "./ebml.ts";
import { findBlock } from "./find-block.ts";
import { ids, readContent, readSegment, type Segment } from "./segment.ts";

const batchSeconds = 0.1;
/** Seconds decoded before a seek target: Opus needs 0.08, mp3 about 30 frames. */
const preRollSeconds = 0.8;
/** Difference in seconds between block times and counted samples above which the block times are used. */
const toleranceSeconds = 0.06;
/** Batches at the start of a file that measure the rounding of its times. */
const measuredBatches = 10;
const clusterIdBytes = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
const searchBytes = 16 * 1024;
/** Bytes that are searched at once for a block behind damage, which has to be complete in them. */
const blockSearchBytes = 64 * 1024;
/** Bytes at the end of a file that are searched for the last cluster; that of five seconds of audio is shorter. */
const lastClusterBytes = 256 * 1024;

/** Reader of the first audio track of a Matroska or WebM file. */
export class MatroskaReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length = null;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #segment: Segment;
  #at: number;
  /** In units of the segment. */
  #clusterTime = 0;
  #clusterEnd = 0;
  /** Granularity of packet positions where block times agree with it. */
  readonly #grid: number;
  /** Segment time of the first packet, in samples; null before it. */
  #shift: number | null;
  /** Samples from the first packet to the next one; null if the next block must provide it. */
  #position: number | null = null;
  /** Smallest and largest difference between block times and counted samples. */
  #spread: readonly [min: number, max: number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  /** Packet that a Vorbis packet overlaps with. */
  #previousPacket: Uint8Array | undefined;
  #end: number | null = null;
  /** End of the last packet that was read, in samples of the track. */
  #readTo = 0;
  /** Positions of clusters by time, read on first use. */
  #cues: readonly (readonly [time: number, at: number])[] | undefined;

  /**
   * @param shift - See {@link #shift}.
   * @param end - Sample at which the track ends; null if it is unknown, or follows from the declared duration.
   * @param grid - See {@link #grid}.
   */
  private constructor(
    window: ByteWindow,
    limits: MediaLimits,
    segment: Segment,
    shift: number | null,
    end: number | null,
    grid: number,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#segment = segment;
    this.#at = segment.dataAt;
    this.#shift = shift;
    this.#grid = grid;
    const { durationNs, tags } = segment;
    const { format, delay } = segment.track;
    const { codec, sampleRate, channels } = format;
    // The duration counts from time 0, also in a track that begins later.
    const late = shift !== null && shift > toleranceSeconds * sampleRate ? shift : 0;
    const declared = durationNs === null ? null : (durationNs / 1e9) * sampleRate - delay - late;
    const length = end ?? (declared === null ? null : Math.max(0, declared));
    this.facts = factsFrom({
      container: "matroska/webm",
      codec,
      sampleRate,
      channels,
      length,
      tags,
      seekable: window.isSeekable,
    });
  }

  /** Reads the headers before the packets; returns undefined if there is no audio. */
  static async open(window: ByteWindow, limits: MediaLimits): Promise<MatroskaReader | undefined> {
    const segment = await readSegment(window, limits);
    if (!segment) return undefined;
    const { grid } = segment.track;
    const reader = new MatroskaReader(window, limits, segment, null, null, grid);
    if (window.size === null) return reader;
    // Times are rounded, usually to ms. The exact time is in the middle of the measured spread.
    const sizes: number[] = [];
    try {
      for (let count = 0; count < measuredBatches; count++) {
        const batch = await reader.read();
        if (!batch) break;
        for (const { samples } of batch.packets) sizes.push(samples);
      }
    } catch (error) {
      // The file is truncated; what was read counts.
      if (!(error instanceof TrackError)) throw error;
    }
    const [min, max] = reader.#spread;
    const shift = min <= max ? (min + max) / 2 : null;
    // Blocks of PCM usually have the same size, up to the last one.
    const size = sizes[0] ?? 0;
    const isConstant =
      size > 0 && sizes.every((samples, index) => samples === size || index === sizes.length - 1);
    const blockGrid = isConstant ? size : grid;
    const probe = new MatroskaReader(window, limits, segment, shift, null, blockGrid);
    const end = segment.durationNs === null ? await probe.#findEnd() : null;
    return new MatroskaReader(window, limits, segment, shift, end, blockGrid);
  }

  /**
   * Finds the end of a file that was written without a duration, such as a recording of a browser, by its last cluster, or
   * by reading all of a local one of moderate size; null if that would delay playing, or its last cluster is too far away.
   */
  async #findEnd(): Promise<number | null> {
    const { mayReadAhead, isLocal, size } = this.#window;
    if (!mayReadAhead || size === null) return null;
    const last = await this.#lastClusterId(size);
    if (last === undefined && !(isLocal && size <= this.#limits.maxCountedBytes)) return null;
    if (isLocal) this.#window.setBudget(Number.POSITIVE_INFINITY);
    this.#at = last ?? this.#segment.dataAt;
    try {
      while (await this.read());
    } catch (error) {
      // The end is damaged; what was read counts.
      if (!(error instanceof TrackError)) throw error;
    }
    return this.#readTo > 0 ? this.#readTo : null;
  }

  /** Finds the last cluster at the end of the file. */
  async #lastClusterId(size: number): Promise<number | undefined> {
    for (let until = size; size - until < lastClusterBytes; ) {
      const from = Math.max(this.#segment.dataAt, until - searchBytes);
      const bytes = await this.#window.at(from, until - from);
      const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(clusterIdBytes);
      if (found >= 0) return from + found;
      if (from === this.#segment.dataAt) break;
      until = from + clusterIdBytes.length - 1;
    }
    return undefined;
  }

  async read(): Promise<PacketBatch | undefined> {
    const packets: Packet[] = [];
    const { format } = this.#segment.track;
    let [samples, bytes] = [0, 0];
    // Packets without samples end a batch by their bytes.
    while (samples < batchSeconds * format.sampleRate && bytes < this.#limits.maxPacketBytes) {
      const element = await readElement(this.#window, this.#at);
      const read = element && (await this.#readElement(element));
      if (read) {
        packets.push(...read);
        for (const packet of read) {
          samples += packet.samples;
          bytes += packet.data.length;
        }
        continue;
      }
      // What was read in front of damage is played before it is searched.
      if (packets.length > 0 || !(await this.#resynchronize())) break;
    }
    const last = packets.at(-1);
    if (!last) return undefined;
    this.#readTo = Math.min(last.start + last.samples, this.#end ?? Number.POSITIVE_INFINITY);
    return { format, packets, end: this.#end };
  }

  /** Steps over an element, or into a cluster, and returns its packets; undefined if it is damaged or truncated. */
  async #readElement(element: Element): Promise<Packet[] | undefined> {
    const { id, dataAt, end } = element;
    if (id === ids.cluster || id === ids.segment) {
      this.#at = dataAt;
      if (id === ids.cluster) this.#clusterEnd = end;
      return [];
    }
    const isBlock = id === ids.simpleBlock || id === ids.blockGroup;
    const isTooLong = isBlock && end - dataAt > this.#limits.maxPacketBytes;
    if (!Number.isFinite(end) || isTooLong || (await this.#isTruncated(end))) return undefined;
    const content =
      isBlock || id === ids.timestamp
        ? await readContent(this.#window, element, this.#limits.maxPacketBytes)
        : new Uint8Array(0);
    if (!content) return undefined;
    this.#at = end;
    if (id === ids.timestamp) this.#clusterTime = readUint(content.subarray(0, 8));
    if (!isBlock) return [];
    if (id === ids.simpleBlock) return this.#packets(content, 0);
    let block: Uint8Array | undefined;
    let discardNs = 0;
    for (const child of children(content)) {
      if (child.id === ids.block) block = child.data;
      if (child.id === ids.discardPadding) discardNs = readInt(child.data);
    }
    return block ? this.#packets(block, discardNs) : [];
  }

  /** Returns whether the file ends in front of a position. */
  async #isTruncated(end: number): Promise<boolean> {
    const { size } = this.#window;
    return size !== null && end > size && (await this.#window.at(end - 1, 1)).length === 0;
  }

  #packets(data: Uint8Array, discardNs: number): Packet[] {
    const { track, scaleNs } = this.#segment;
    const block = readBlock(data);
    if (block?.track !== track.number) return [];
    const { sampleRate } = track.format;
    const time = ((this.#clusterTime + block.time) * scaleNs * sampleRate) / 1e9;
    const expected = this.#shift === null || this.#position === null ? null : this.#position + this.#shift;
    if (expected === null || Math.abs(time - expected) > toleranceSeconds * sampleRate)
      this.#position = this.#shift === null ? null : this.#toGrid(time - this.#shift);
    const packets: Packet[] = [];
    // A small block must not become many large packets.
    let left = this.#limits.maxPacketBytes;
    for (const [index, stored] of block.packets.entries()) {
      const packet = track.unpack(stored, left);
      left -= packet.length;
      const samples = track.samples(packet, this.#previousPacket);
      if (isVorbisAudio(packet)) this.#previousPacket = packet;
      const first: number = this.#position ?? 0;
      packets.push({ data: packet, start: first - track.delay, samples });
      // The first Vorbis packet yields no samples, so the time of the next one is used.
      this.#position = samples > 0 ? first + samples : null;
      if (samples === 0) continue;
      this.#shift ??= time;
      if (index === 0) this.#measure(time - first);
    }
    const discard = Math.round((discardNs * sampleRate) / 1e9);
    this.#end = discard > 0 && this.#position !== null ? this.#position - discard - track.delay : null;
    return packets;
  }

  /** Returns the position at a time in samples, which is rounded to a unit of the segment. */
  #toGrid(time: number): number {
    const { track, scaleNs } = this.#segment;
    const unit = (scaleNs * track.format.sampleRate) / 1e9;
    const position = Math.round(time / this.#grid) * this.#grid;
    // Where packets have other sizes than at the start of the file, their positions are not on its grid.
    const isOnGrid = 2 * unit < this.#grid && Math.abs(position - time) <= unit;
    return isOnGrid ? position : Math.round(time / track.grid) * track.grid;
  }

  #measure(difference: number): void {
    const [min, max] = this.#spread;
    this.#spread = [Math.min(min, difference), Math.max(max, difference)];
  }

  /**
   * Moves to the next block or cluster behind damage; returns false at the end.
   *
   * @throws TrackError if too much of the track is missing there.
   */
  async #resynchronize(): Promise<boolean> {
    const giveUpAt = this.#at + this.#limits.maxDamageBytes;
    // Only behind what is damaged, which may be a cluster itself.
    const isDamage = (await this.#window.at(this.#at, 1)).length > 0;
    this.#at++;
    while (this.#at < giveUpAt) {
      const bytes = await this.#window.at(this.#at, blockSearchBytes);
      if (bytes.length < clusterIdBytes.length) {
        if (isDamage) this.#checkEnd();
        return false;
      }
      const found = this.#findElement(bytes);
      if (found !== undefined) {
        this.#at += found;
        this.#position = null;
        return true;
      }
      // A block that is not complete in these bytes is searched again.
      const isEnd = bytes.length < blockSearchBytes;
      this.#at += isEnd ? bytes.length : blockSearchBytes / 2;
    }
    // A truncated picture may be behind the last cluster.
    this.#checkEnd();
    if (this.facts.durationMs !== null) return false;
    throw new TrackError("The file is damaged.", "COMMON");
  }

  /** Finds the next cluster in the bytes at the position, or in front of it a block of the present one. */
  #findElement(bytes: Uint8Array): number | undefined {
    const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(clusterIdBytes);
    const cluster = found < 0 ? undefined : found;
    // The time of a block counts from that of its cluster.
    const inCluster = Math.min(cluster ?? bytes.length, this.#clusterEnd - this.#at);
    if (inCluster <= 0) return cluster;
    const isLast = bytes.length < blockSearchBytes;
    const block = findBlock(bytes, this.#segment.track.number, isLast);
    return block !== undefined && block < inCluster ? block : cluster;
  }

  #checkEnd(): void {
    const { durationMs, sampleRate } = this.facts;
    if (durationMs !== null) checkMissingEnd((durationMs * sampleRate) / 1_000 - this.#readTo, sampleRate);
  }

  async seek(sample: number): Promise<void> {
    const { scaleNs, dataAt, track } = this.#segment;
    const { sampleRate } = track.format;
    const seconds = (sample + track.delay + (this.#shift ?? 0)) / sampleRate - preRollSeconds;
    const time = (seconds * 1e9) / scaleNs;
    this.#cues ??= await this.#readCues();
    const cue = this.#cues.findLast(([cueTime]) => cueTime <= time);
    this.#at = await this.#lastCluster(cue?.[1] ?? dataAt, time);
    this.#position = null;
    this.#previousPacket = undefined;
    this.#end = null;
  }

  /** Finds the last cluster that starts at or before a time, beginning at one that does. */
  async #lastCluster(from: number, time: number): Promise<number> {
    let last = from;
    for (let at = from; ; ) {
      const element = await readElement(this.#window, at);
      if (!element || !Number.isFinite(element.end)) return last;
      at = element.end;
      if (element.id !== ids.cluster) continue;
      const first = await readElement(this.#window, element.dataAt);
      if (first?.id !== ids.timestamp) return last;
      const content = await readContent(this.#window, first, 8);
      if (!content || readUint(content) > time) return last;
      last = element.at;
    }
  }

  async #readCues(): Promise<(readonly [number, number])[]> {
    const at = this.#segment.places.get(ids.cues);
    const element = at === undefined ? undefined : await readElement(this.#window, at);
    if (element?.id !== ids.cues || element.end > (this.#window.size ?? 0)) return [];
    const content = await readContent(this.#window, element, this.#limits.maxPacketBytes);
    const cues: (readonly [number, number])[] = [];
    for (const { id, data } of children(content ?? new Uint8Array(0))) {
      if (id !== ids.cuePoint) continue;
      let [time, place] = [0, 0];
      for (const part of children(data)) {
        if (part.id === ids.cueTime) time = readUint(part.data);
        if (part.id !== ids.cueTrackPositions) continue;
        for (const each of children(part.data))
          if (each.id === ids.cueClusterPosition) place = readUint(each.data);
      }
      cues.push([time, this.#segment.at + place]);
    }
    return cues.sort(([a], [b]) => a - b);
  }

  close(): void {
    this.#window.close();
  }
}
