import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import { checkMissingEnd } from "../missing-end.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { noTags, type Tags, tagsFrom } from "../tags/tags.ts";
import { readComments } from "../tags/vorbis-comment.ts";
import { TrackError } from "../track-error.ts";
import { blockTypes, readBlocks } from "./blocks.ts";
import { crc16, type FlacFrameHeader, maxFlacHeaderBytes, readFlacFrameHeader } from "./frame-header.ts";
import { type FlacStreamInfo, readStreamInfo, streamInfoBytes } from "./stream-info.ts";

/** Range of a binary search below which frames are scanned one by one. */
const searchEndBytes = 64 * 1024;
const batchSeconds = 0.1;

interface Frame {
  readonly at: number;
  /** Position from which the next one is looked for. */
  readonly end: number;
  readonly header: FlacFrameHeader;
  /** The frame, perhaps with bytes behind it, which the decoder ignores. */
  readonly bytes: Uint8Array;
}

/**
 * Returns the smallest and the largest number of bytes whose checksum matches; undefined if there is none. It also matches by chance,
 * so that the frame is between them.
 */
function matchingLengths(
  bytes: Uint8Array,
  headerBytes: number,
): { readonly first: number; readonly last: number } | undefined {
  let found: { readonly first: number; readonly last: number } | undefined;
  let sum = crc16(bytes, 0, headerBytes);
  for (let length = headerBytes + 1; length <= bytes.length; length++) {
    sum = crc16(bytes, length - 1, length, sum);
    if (sum === 0) found = { first: found?.first ?? length, last: length };
  }
  return found;
}

/**
 * Reader of FLAC frames. A frame does not declare its length: it ends where its checksum matches and another
 * frame begins.
 */
export class FlacReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length: number | null;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #info: FlacStreamInfo;
  readonly #format: PacketFormat;
  readonly #dataAt: number;
  #at: number;
  /** Sample after the last frame read. */
  #position = 0;

  private constructor(
    window: ByteWindow,
    limits: MediaLimits,
    info: FlacStreamInfo,
    dataAt: number,
    tags: Tags,
    measured: number | null,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#info = info;
    this.#dataAt = dataAt;
    this.#at = dataAt;
    const { sampleRate, channels, bits, length } = info;
    this.length = length;
    this.#format = { codec: "flac", sampleRate, channels, bits };
    this.facts = factsFrom({
      container: "flac",
      codec: "flac",
      sampleRate,
      channels,
      length: length ?? measured,
      tags,
      seekable: window.isSeekable,
    });
  }

  /**
   * Reads the metadata blocks; returns undefined if the file has none.
   *
   * @param start - Position of `fLaC`.
   */
  static async open(
    window: ByteWindow,
    limits: MediaLimits,
    start = 0,
    tagsInFront = noTags,
  ): Promise<FlacReader | undefined> {
    let info: FlacStreamInfo | undefined;
    let tags = tagsInFront;
    let hasPicture = tags.hasPicture;
    let dataAt = start;
    for await (const { type, at, bytes } of readBlocks(window, start)) {
      if (type === blockTypes.streamInfo) info = readStreamInfo(await window.at(at, streamInfoBytes));
      if (type === blockTypes.comments) {
        // A block that is too long is truncated, which loses the last comments.
        const block = await window.at(at, Math.min(bytes, limits.maxTagBytes));
        const read = tagsFrom(readComments(block, 0, limits.maxTagBytes));
        if (Object.values(read).some((value) => value !== null && value !== false)) tags = read;
      }
      if (type === blockTypes.picture) hasPicture = true;
      dataAt = at + bytes;
    }
    if (!info) return undefined;
    const allTags = { ...tags, hasPicture };
    const make = (end: number | null) => new FlacReader(window, limits, info, dataAt, allTags, end);
    return make(info.length === null ? await make(null).#findEnd() : null);
  }

  /** Finds the end of a file whose encoder did not know it, by its last frames; null if that would delay playing. */
  async #findEnd(): Promise<number | null> {
    const { size, isLocal, isForPlaying } = this.#window;
    if (size === null || (isForPlaying && !isLocal)) return null;
    const tail = Math.min(2 * this.#maxFrameBytes, this.#limits.maxDamageBytes);
    this.#at = Math.max(this.#dataAt, size - tail);
    let end: number | null = null;
    for (let frame = await this.#next(); frame; frame = await this.#next()) {
      end = this.#startOf(frame.header) + frame.header.samples;
    }
    return end;
  }

  get #maxFrameBytes(): number {
    const { maxFrameBytes, channels } = this.#info;
    const bytes = maxFrameBytes > 0 ? maxFrameBytes : 65_535 * channels * 4 + maxFlacHeaderBytes;
    return Math.min(bytes, this.#limits.maxPacketBytes);
  }

  #startOf(header: FlacFrameHeader): number {
    return header.countsSamples ? header.number : header.number * this.#info.blockSamples;
  }

  async read(): Promise<PacketBatch | undefined> {
    const packets: Packet[] = [];
    let samples = 0;
    while (samples < batchSeconds * this.#info.sampleRate) {
      const frame = await this.#next();
      if (!frame) break;
      const start = this.#startOf(frame.header);
      if (this.length !== null && start >= this.length) break;
      packets.push({ data: frame.bytes, start, samples: frame.header.samples });
      samples += frame.header.samples;
      this.#position = start + frame.header.samples;
    }
    const { length } = this.#info;
    if (packets.length > 0) return { format: this.#format, packets, end: length };
    if (length !== null) checkMissingEnd(length - this.#position, this.#info.sampleRate);
    return undefined;
  }

  /** Returns the next whole frame, skipping damage; undefined at the end. */
  async #next(): Promise<Frame | undefined> {
    const giveUpAt = this.#at + this.#limits.maxDamageBytes;
    while (this.#at < giveUpAt) {
      const at = await this.#findHeader(this.#at, giveUpAt);
      if (at === undefined) return undefined;
      const frame = await this.#frameAt(at);
      if (frame) {
        this.#at = frame.end;
        return frame;
      }
      this.#at = at + 1;
    }
    throw new TrackError("The file is damaged.", "COMMON");
  }

  /** Finds the next position that looks like a frame of this stream. */
  async #findHeader(from: number, until: number): Promise<number | undefined> {
    let at = from;
    while (at < until) {
      const here = this.#window.peek(at, maxFlacHeaderBytes);
      if (here && this.#read(here, 0)) return at;
      const stretch = await this.#window.at(at, 8_192);
      if (stretch.length < 2) return undefined;
      const place = stretch.indexOf(0xff);
      if (place < 0) at += stretch.length;
      else if (this.#read(stretch, place)) return at + place;
      // A header may continue after this range.
      else if (place > 0 && place > stretch.length - maxFlacHeaderBytes) at += place;
      else at += place + 1;
    }
    return undefined;
  }

  #read(bytes: Uint8Array, at: number): FlacFrameHeader | undefined {
    const header = readFlacFrameHeader(bytes, at);
    if (header?.channels !== this.#info.channels) return undefined;
    return header.countsSamples || this.#info.blockSamples > 0 ? header : undefined;
  }

  async #frameAt(at: number): Promise<Frame | undefined> {
    const max = this.#maxFrameBytes;
    let length = Math.min(max, 16 * 1024) + maxFlacHeaderBytes;
    let bytes = await this.#window.at(at, length);
    const header = this.#read(bytes, 0);
    if (!header) return undefined;
    let sum = 0;
    let summed = 0;
    let place = header.bytes + 2;
    for (;;) {
      const complete = bytes.length < length;
      for (; place + 2 <= bytes.length; place++) {
        const next = bytes.indexOf(0xff, place);
        place = next < 0 ? bytes.length : next;
        if (place + 2 > bytes.length) break;
        // The checksum over a frame including its own checksum is zero.
        if (((bytes[place + 1] ?? 0) & 0xfe) !== 0xf8) continue;
        sum = crc16(bytes, summed, place, sum);
        summed = place;
        if (sum === 0) return { at, end: at + place, header, bytes: bytes.subarray(0, place) };
      }
      if (complete || bytes.length > max) {
        // Tags of other formats or junk may follow the last frame.
        const found = matchingLengths(bytes, header.bytes);
        return found && { at, end: at + found.first, header, bytes: bytes.subarray(0, found.last) };
      }
      length = Math.min(max, length * 2) + maxFlacHeaderBytes;
      bytes = await this.#window.at(at, length);
    }
  }

  async seek(sample: number): Promise<void> {
    const { size } = this.#window;
    if (size === null) return;
    let [low, high] = [this.#dataAt, size];
    while (high - low > searchEndBytes) {
      const middle = Math.floor((low + high) / 2);
      this.#at = middle;
      const at = await this.#findHeader(middle, high);
      const frame = at === undefined || at >= high ? undefined : await this.#frameAt(at);
      if (at !== undefined && frame && this.#startOf(frame.header) <= sample) low = at;
      else high = middle;
    }
    this.#at = low;
    this.#position = sample;
    for (let frame = await this.#next(); frame; frame = await this.#next()) {
      if (this.#startOf(frame.header) + frame.header.samples <= sample) continue;
      this.#at = frame.at;
      return;
    }
  }

  close(): void {
    this.#window.close();
  }
}
