import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { id3HeaderBytes, id3LengthOf } from "../tags/id3.ts";

/** Frame header of a format that consists of frames only. */
export interface FrameHeader {
  /** Length of the whole frame in bytes. */
  readonly bytes: number;
}

/** Recognises the frames of a format. */
export interface FrameSyntax<H extends FrameHeader> {
  /** First byte of every header. */
  readonly firstByte: number;
  /** Length of a header in bytes. */
  readonly headerBytes: number;
  /** Reads the header at an offset; returns undefined if there is none. */
  read(bytes: Uint8Array, at: number): H | undefined;
  /** Returns whether two frames can belong to the same stream. */
  isSameStream(a: H, b: H): boolean;
  /** Returns whether a frame is of a kind so rare that it is not searched for behind other bytes. */
  isRare(header: H): boolean;
  /** Returns the length of a frame in seconds. */
  secondsOf(header: H): number;
  /**
   * Completes a header by the content of its frame and by the frame before, for formats whose headers do not state the
   * configuration.
   */
  complete?(header: H, frame: Uint8Array, before: H): H;
}

/** A frame with its position. */
export interface Frame<H extends FrameHeader> {
  readonly at: number;
  readonly header: H;
}

/** Part of a stream whose frames have one length: joined files may differ in rate and channels. */
export interface StreamPart<H extends FrameHeader> {
  /** Number of its first frame. */
  readonly first: number;
  /** Position of its first frame in seconds. */
  readonly seconds: number;
  readonly header: H;
}

/** Length of a stream of frames. */
export interface StreamLength {
  readonly seconds: number;
  /** Whether it was computed from the bit rate, without counting all frames. */
  readonly isEstimated: boolean;
  /** Whether all counted frames belong to one stream. */
  readonly isUniform: boolean;
}

/** Interval of frames whose positions are indexed. */
const indexStep = 64;
/** Parts of a stream whose beginnings are known. */
const maxParts = 1_000;
const searchBytes = 4_096;
const maxPadding = 4;
/** Frames in a row that begin a stream right at the start, and those that do so behind other bytes. */
const framesAtStart = 3;
const framesAfterOthers = 8;
/** Bytes of such frames behind others: tables in programs look like many short frames. */
const bytesAfterOthers = 2_048;
/** Frames at one place whose bit rate stands for that of the stream. */
const sampleFrames = 100;
/** Places at which a varying bit rate is sampled, as shares of the file. */
const samplePlaces = [0.25, 0.5, 0.75];
/** Bytes searched for a frame at such a place: twice the longest frame. */
const sampleSearchBytes = 16 * 1024;
/** Names of tags that may follow the last frame. */
const trailingTag = /^(?:TAG|APE|ID3|LYR)/;

/** Walks from frame to frame, skipping damage and tags, and counts frames. */
export class FrameWalker<H extends FrameHeader> {
  /** The first frame. */
  readonly first: Frame<H>;
  /** Number of the next frame. */
  count = 0;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #syntax: FrameSyntax<H>;
  /** Known positions of every {@link indexStep}th frame. */
  readonly #index: number[] = [];
  #at: number;
  /** The last frame that was read, or one of the part of the stream that is being read. */
  #like: H;
  /** Known parts of the stream; only the last one of a stream that can only be read forwards. */
  readonly #parts: StreamPart<H>[];
  #part: StreamPart<H>;

  constructor(window: ByteWindow, limits: MediaLimits, syntax: FrameSyntax<H>, first: Frame<H>) {
    this.#window = window;
    this.#limits = limits;
    this.#syntax = syntax;
    this.first = first;
    this.#at = first.at;
    this.#like = first.header;
    this.#part = { first: 0, seconds: 0, header: first.header };
    this.#parts = [this.#part];
  }

  /** The part of the stream that is being read. */
  get part(): StreamPart<H> {
    return this.#part;
  }

  /** Steps over the next whole frame, whose bytes are then in the window; returns undefined at the end. */
  async next(): Promise<Frame<H> | undefined> {
    const { headerBytes } = this.#syntax;
    const head = this.#window.peek(this.#at, headerBytes) ?? (await this.#window.at(this.#at, headerBytes));
    let header = head.length < headerBytes ? undefined : this.#syntax.read(head, 0);
    if (!header || !this.#syntax.isSameStream(header, this.#like)) {
      // Joined files have their tags in between.
      const from = this.#at + id3LengthOf(await this.#window.at(this.#at, id3HeaderBytes));
      const found = await findFrame(this.#window, from, this.#syntax, this.#limits, this.#like);
      if (!found) return undefined;
      this.#at = found.at;
      header = found.header;
    }
    const at = this.#at;
    const bytes = this.#window.peek(at, header.bytes) ?? (await this.#window.at(at, header.bytes));
    if (bytes.length < header.bytes) return undefined;
    header = this.#syntax.complete?.(header, bytes, this.#like) ?? header;
    if (!this.#syntax.isSameStream(header, this.#like)) this.#enterPart(header);
    this.#like = header;
    const step = this.count / indexStep;
    if (this.#window.size !== null && Number.isInteger(step)) this.#index[step] = at;
    this.count++;
    this.#at = at + header.bytes;
    return { at, header };
  }

  /** Enters the part of the stream that begins with the next frame. */
  #enterPart(header: H): void {
    const { first, seconds, header: before } = this.#part;
    const known = this.#parts[this.#parts.indexOf(this.#part) + 1];
    if (known) {
      if (known.first === this.count) this.#part = known;
      return;
    }
    if (this.count === first || this.#parts.length === maxParts) return;
    const begin = seconds + (this.count - first) * this.#syntax.secondsOf(before);
    this.#part = { first: this.count, seconds: begin, header };
    if (this.#window.size === null) this.#parts.length = 0;
    this.#parts.push(this.#part);
  }

  /**
   * Moves to a time, or a few frames before it within its part of the stream: a decoder restarts with every part.
   *
   * @param preRoll - Frames before it, by a frame of the part.
   * @param guess - Returns the expected position of a frame, see {@link goTo}; of no use in streams of several parts.
   */
  async seek(
    seconds: number,
    preRoll: (header: H) => number,
    guess?: (frame: number) => Promise<number | undefined>,
  ): Promise<void> {
    // On the way there, parts may be found, whose frames have another length.
    for (let known = 0; known < this.#parts.length; ) {
      known = this.#parts.length;
      const part = this.#parts.findLast((each) => each.seconds <= seconds) ?? this.#part;
      const frame = Math.floor(Math.max(0, seconds - part.seconds) / this.#syntax.secondsOf(part.header));
      const wanted = part.first + Math.max(0, frame - preRoll(part.header));
      await this.goTo(wanted, known === 1 ? await guess?.(wanted) : undefined);
    }
  }

  /**
   * Moves to a frame by counting from the nearest indexed one.
   *
   * @param guess - Expected position; trusted if three frames follow each other there.
   */
  async goTo(wanted: number, guess?: number): Promise<void> {
    const known = Math.min(Math.floor(wanted / indexStep), this.#index.length - 1);
    this.#at = this.#index[known] ?? this.first.at;
    this.count = Math.max(0, known * indexStep);
    this.#part = this.#parts.findLast(({ first }) => first <= this.count) ?? this.#part;
    this.#like = this.#part.header;
    if (guess !== undefined && wanted - this.count > 2 * indexStep && (await this.#hasThreeFramesAt(guess))) {
      this.#at = guess;
      this.count = wanted;
      return;
    }
    while (this.count < wanted && (await this.next()));
  }

  /** Returns to a frame that {@link next} returned last. */
  putBack({ at }: Frame<H>): void {
    this.count--;
    this.#at = at;
  }

  /**
   * Measures the stream from the first frame, and returns there. Counts all frames of a local file of moderate size. Of
   * others it measures the bit rate at the beginning and, if it varies there, at a few other places.
   */
  async measure(): Promise<StreamLength | null> {
    const { size, length, isLocal, isForPlaying } = this.#window;
    if (size === null) return length === null ? null : this.#estimateByFirst(length);
    if (isLocal && size <= this.#limits.maxCountedBytes) {
      this.#window.setBudget(Number.POSITIVE_INFINITY);
      const { seconds, isUniform } = await this.#sum(Number.POSITIVE_INFINITY);
      return { seconds, isUniform, isEstimated: false };
    }
    const beginning = await this.#sum(sampleFrames);
    const sums = [beginning];
    for (const place of beginning.isConstant || isForPlaying ? [] : samplePlaces) {
      const from = Math.round(this.first.at + place * (size - this.first.at));
      const limits = { ...this.#limits, maxDamageBytes: sampleSearchBytes };
      const found = await findFrame(this.#window, from, this.#syntax, limits, this.first.header);
      // The header of the first frame is complete.
      if (found) sums.push(await this.#startingAt({ ...this.first, at: found.at }).#sum(sampleFrames));
    }
    const total = (key: "bytes" | "seconds") => sums.reduce((sum, { [key]: value }) => sum + value, 0);
    const seconds = ((size - this.first.at) * total("seconds")) / Math.max(1, total("bytes"));
    return { seconds, isEstimated: true, isUniform: beginning.isUniform };
  }

  /** Estimates the length of a stream that can only be read forwards. */
  #estimateByFirst(length: number): StreamLength {
    const { at, header } = this.first;
    const seconds = ((length - at) * this.#syntax.secondsOf(header)) / header.bytes;
    return { seconds, isEstimated: true, isUniform: true };
  }

  #startingAt(first: Frame<H>): FrameWalker<H> {
    return new FrameWalker(this.#window, this.#limits, this.#syntax, first);
  }

  /** Sums up frames from the first one on, and returns there. */
  async #sum(frames: number) {
    const sum = { bytes: 0, seconds: 0, isConstant: true, isUniform: true };
    await this.goTo(0);
    while (this.count < frames) {
      const frame = await this.next();
      if (!frame) break;
      const { header } = frame;
      sum.bytes += header.bytes;
      sum.seconds += this.#syntax.secondsOf(header);
      // Padding adds a byte, or four in Layer I.
      sum.isConstant &&= Math.abs(header.bytes - this.first.header.bytes) <= maxPadding;
      sum.isUniform &&= this.#syntax.isSameStream(header, this.first.header);
    }
    await this.goTo(0);
    return sum;
  }

  async #hasThreeFramesAt(at: number): Promise<boolean> {
    let place = at;
    for (let count = 0; count < 3; count++) {
      const header = this.#syntax.read(await this.#window.at(place, this.#syntax.headerBytes), 0);
      if (!header || !this.#syntax.isSameStream(header, this.first.header)) return false;
      place += header.bytes;
    }
    return true;
  }
}

/**
 * Finds the next frame that is followed by others, since a few matching bytes occur by chance in pictures and
 * damage, and a few such frames in programs. One following frame is required of a known stream, otherwise
 * {@link framesAfterOthers}, or fewer where the search begins.
 *
 * @param like - A frame of the stream before, if one is known.
 */
export async function findFrame<H extends FrameHeader>(
  window: ByteWindow,
  from: number,
  syntax: FrameSyntax<H>,
  limits: MediaLimits,
  like?: H,
): Promise<Frame<H> | undefined> {
  const until = from + (like ? limits.maxDamageBytes : limits.maxLeadBytes);
  const follow = async (frame: Frame<H>, wanted: number, wantedBytes: number): Promise<boolean> => {
    let { at, header }: Frame<H> = frame;
    for (let count = 1; count < wanted || at - frame.at < wantedBytes; count++) {
      at += header.bytes;
      // Read from the first frame on, so that it stays in the window.
      const offset = at - frame.at;
      const read = await window.at(frame.at, offset + syntax.headerBytes);
      const bytes = read.subarray(offset);
      if (isEndOfFrames(bytes)) {
        // A short file may consist of fewer frames, right from its start on.
        const isShort = frame.at === start && (count > 1 || read.length >= offset);
        return like !== undefined || isShort;
      }
      const next = bytes.length < syntax.headerBytes ? undefined : syntax.read(bytes, 0);
      if (!next || !syntax.isSameStream(next, header)) return false;
      header = next;
    }
    return true;
  };
  // Padding of the tag before does not count.
  let start = from;
  for (let at = from; at < until; ) {
    const bytes = await window.at(at, searchBytes);
    const last = bytes.length - syntax.headerBytes;
    if (last < 0) return undefined;
    if (at === start && bytes[0] === 0) {
      const zeros = bytes.findIndex((byte) => byte !== 0);
      start = at += zeros < 0 ? bytes.length : zeros;
      continue;
    }
    const place = bytes.indexOf(syntax.firstByte);
    if (place < 0 || place > last) {
      // A header may begin at the end of this range, unless the file ends there as well.
      if (bytes.length < searchBytes) return undefined;
      at += place < 0 ? bytes.length : place;
      continue;
    }
    at += place;
    const header = syntax.read(bytes, place);
    const isLike = header !== undefined && like !== undefined && syntax.isSameStream(header, like);
    const isFar = like === undefined && at !== start;
    const wanted = isLike ? 2 : isFar ? framesAfterOthers : framesAtStart;
    const isCandidate = header !== undefined && !(isFar && syntax.isRare(header));
    if (isCandidate && (await follow({ at, header }, wanted, isFar ? bytesAfterOthers : 0)))
      return { at, header };
    at++;
  }
  return undefined;
}

/** Returns whether the last frame ends in front of these bytes: a tag or nothing follows. */
const isEndOfFrames = (bytes: Uint8Array): boolean =>
  bytes.length === 0 || trailingTag.test(Buffer.from(bytes.subarray(0, 4)).toString("latin1"));

/** Returns whether these bytes contain three consecutive frames, or begin with fewer that are the whole file. */
export function hasFrames<H extends FrameHeader>(bytes: Uint8Array, syntax: FrameSyntax<H>): boolean {
  for (let at = bytes.indexOf(syntax.firstByte); at >= 0; at = bytes.indexOf(syntax.firstByte, at + 1)) {
    let place = at;
    let before: H | undefined;
    let count = 0;
    for (; count < framesAtStart && place + syntax.headerBytes <= bytes.length; count++) {
      const header = syntax.read(bytes, place);
      if (!header || (before && !syntax.isSameStream(header, before))) break;
      before = header;
      place += header.bytes;
    }
    if (count === framesAtStart) return true;
    const isWhole = count > 1 || (count === 1 && place <= bytes.length);
    const isFirst = isWhole && bytes.subarray(0, at).every((byte) => byte === 0);
    if (isFirst && isEndOfFrames(bytes.subarray(place))) return true;
  }
  return false;
}
