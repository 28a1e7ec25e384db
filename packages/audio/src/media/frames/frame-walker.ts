import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";

/** Frame header of a format that consists of frames only. */
export interface FrameHeader {
  /** Length of the whole frame in bytes. */
  readonly bytes: number;
}

/** Recognises the frames of a format. */
export interface FrameSyntax<H extends FrameHeader> {
  /** Length of a header in bytes. */
  readonly headerBytes: number;
  /** Reads the header at an offset; returns undefined if there is none. */
  read(bytes: Uint8Array, at: number): H | undefined;
  /** Returns whether two frames can belong to the same stream. */
  isSameStream(a: H, b: H): boolean;
}

/** A frame with its position. */
export interface Frame<H extends FrameHeader> {
  readonly at: number;
  readonly header: H;
}

/** Interval of frames whose positions are indexed. */
const indexStep = 64;
const searchBytes = 4_096;
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

  constructor(window: ByteWindow, limits: MediaLimits, syntax: FrameSyntax<H>, first: Frame<H>) {
    this.#window = window;
    this.#limits = limits;
    this.#syntax = syntax;
    this.first = first;
    this.#at = first.at;
  }

  /** Steps over the next whole frame, whose bytes are then in the window; returns undefined at the end. */
  async next(): Promise<Frame<H> | undefined> {
    const { headerBytes } = this.#syntax;
    const head = this.#window.peek(this.#at, headerBytes) ?? (await this.#window.at(this.#at, headerBytes));
    let header = head.length < headerBytes ? undefined : this.#syntax.read(head, 0);
    if (!header || !this.#syntax.isSameStream(header, this.first.header)) {
      const found = await findFrame(this.#window, this.#at, this.#syntax, this.#limits, this.first.header);
      if (!found) return undefined;
      this.#at = found.at;
      header = found.header;
    }
    const at = this.#at;
    if (!this.#window.peek(at, header.bytes)) {
      const bytes = await this.#window.at(at, header.bytes);
      if (bytes.length < header.bytes) return undefined;
    }
    const step = this.count / indexStep;
    if (this.#window.size !== null && Number.isInteger(step)) this.#index[step] = at;
    this.count++;
    this.#at = at + header.bytes;
    return { at, header };
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
    if (guess !== undefined && wanted - this.count > 2 * indexStep && (await this.#hasThreeFramesAt(guess))) {
      this.#at = guess;
      this.count = wanted;
      return;
    }
    while (this.count < wanted && (await this.next()));
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
 * damage. Two following frames are required while the stream is unknown, otherwise one.
 *
 * @param like - A frame of the stream, if one is known.
 */
export async function findFrame<H extends FrameHeader>(
  window: ByteWindow,
  from: number,
  syntax: FrameSyntax<H>,
  limits: MediaLimits,
  like?: H,
): Promise<Frame<H> | undefined> {
  const until = from + (like ? limits.maxDamageBytes : limits.maxLeadBytes);
  const follows = async (frame: H, at: number, more: number): Promise<boolean> => {
    const bytes = await window.at(at, syntax.headerBytes);
    // The last frame is followed by a tag or the end.
    if (like && (bytes.length === 0 || trailingTag.test(Buffer.from(bytes).toString("latin1")))) return true;
    const header = bytes.length < syntax.headerBytes ? undefined : syntax.read(bytes, 0);
    if (!header || !syntax.isSameStream(header, frame)) return false;
    return more === 0 || (await follows(header, at + header.bytes, more - 1));
  };
  for (let at = from; at < until; ) {
    const bytes = await window.at(at, searchBytes);
    const last = bytes.length - syntax.headerBytes;
    if (last < 0) return undefined;
    const place = bytes.indexOf(0xff);
    if (place < 0 || place > last) {
      // A header may begin at the end of this range, unless the file ends there as well.
      if (bytes.length < searchBytes) return undefined;
      at += place < 0 ? bytes.length : place;
      continue;
    }
    at += place;
    const header = syntax.read(bytes, place);
    if (
      header &&
      (!like || syntax.isSameStream(header, like)) &&
      (await follows(header, at + header.bytes, like ? 0 : 1))
    )
      return { at, header };
    at++;
  }
  return undefined;
}

/** Returns whether these bytes contain three consecutive frames. */
export function hasFrames<H extends FrameHeader>(bytes: Uint8Array, syntax: FrameSyntax<H>): boolean {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    let place = at;
    let before: H | undefined;
    let count = 0;
    for (; count < 3 && place + syntax.headerBytes <= bytes.length; count++) {
      const header = syntax.read(bytes, place);
      if (!header || (before && !syntax.isSameStream(header, before))) break;
      before = header;
      place += header.bytes;
    }
    if (count === 3) return true;
  }
  return false;
}
