import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";

/** What stands in front of a frame of a format that is nothing but frames one after the other. */
export interface FrameHeader {
  /** Length of the whole frame. */
  readonly bytes: number;
}

/** How frames of a format are told from other bytes. */
export interface FrameSyntax<H extends FrameHeader> {
  /** Length of a header. */
  readonly headerBytes: number;
  /** Reads the header at an offset; undefined where there is none. */
  read(bytes: Uint8Array, at: number): H | undefined;
  /** Whether two frames can belong to one stream. */
  same(a: H, b: H): boolean;
}

/** A frame and where it is. */
export interface Frame<H extends FrameHeader> {
  readonly at: number;
  readonly header: H;
}

/** Every so many frames the place of one is remembered. */
const indexStep = 64;
const searchBytes = 4_096;
const behindTheLast = /^(?:TAG|APE|ID3|LYR)/;

/** Goes from frame to frame, over damage and tags between them, and counts. */
export class FrameWalker<H extends FrameHeader> {
  /** The first frame. */
  readonly first: Frame<H>;
  /** Number of the frame that comes next. */
  count = 0;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #syntax: FrameSyntax<H>;
  /** Places of every {@link indexStep}th frame, as far as they are known. */
  readonly #index: number[] = [];
  #at: number;

  constructor(window: ByteWindow, limits: MediaLimits, syntax: FrameSyntax<H>, first: Frame<H>) {
    this.#window = window;
    this.#limits = limits;
    this.#syntax = syntax;
    this.first = first;
    this.#at = first.at;
  }

  /** Steps over the next whole frame, whose bytes can be had without waiting then; undefined at the end. */
  async next(): Promise<Frame<H> | undefined> {
    const { headerBytes } = this.#syntax;
    const head = this.#window.peek(this.#at, headerBytes) ?? (await this.#window.at(this.#at, headerBytes));
    let header = head.length < headerBytes ? undefined : this.#syntax.read(head, 0);
    if (!header || !this.#syntax.same(header, this.first.header)) {
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
   * Goes to a frame by counting from the nearest one whose place is known.
   *
   * @param guess - Where the frame should be; believed if three frames follow each other there.
   */
  async goTo(wanted: number, guess?: number): Promise<void> {
    const known = Math.min(Math.floor(wanted / indexStep), this.#index.length - 1);
    this.#at = this.#index[known] ?? this.first.at;
    this.count = Math.max(0, known * indexStep);
    if (guess !== undefined && wanted - this.count > 2 * indexStep && (await this.#areThree(guess))) {
      this.#at = guess;
      this.count = wanted;
      return;
    }
    while (this.count < wanted && (await this.next()));
  }

  async #areThree(at: number): Promise<boolean> {
    let place = at;
    for (let count = 0; count < 3; count++) {
      const header = this.#syntax.read(await this.#window.at(place, this.#syntax.headerBytes), 0);
      if (!header || !this.#syntax.same(header, this.first.header)) return false;
      place += header.bytes;
    }
    return true;
  }
}

/**
 * Finds the next frame that others follow, since a few bytes alone are found by chance in a picture or in damage:
 * two that follow where nothing is known of the stream, else one.
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
    // A tag or the end may stand behind the last frame.
    if (like && (bytes.length === 0 || behindTheLast.test(Buffer.from(bytes).toString("latin1"))))
      return true;
    const header = bytes.length < syntax.headerBytes ? undefined : syntax.read(bytes, 0);
    if (!header || !syntax.same(header, frame)) return false;
    return more === 0 || (await follows(header, at + header.bytes, more - 1));
  };
  for (let at = from; at < until; ) {
    const stretch = await window.at(at, searchBytes);
    const last = stretch.length - syntax.headerBytes;
    if (last < 0) return undefined;
    const place = stretch.indexOf(0xff);
    if (place < 0 || place > last) {
      // A header may begin at the end of the stretch, unless the file ends there too.
      if (stretch.length < searchBytes) return undefined;
      at += place < 0 ? stretch.length : place;
      continue;
    }
    at += place;
    const header = syntax.read(stretch, place);
    if (
      header &&
      (!like || syntax.same(header, like)) &&
      (await follows(header, at + header.bytes, like ? 0 : 1))
    )
      return { at, header };
    at++;
  }
  return undefined;
}

/** Whether three frames follow each other somewhere in these bytes. */
export function hasFrames<H extends FrameHeader>(bytes: Uint8Array, syntax: FrameSyntax<H>): boolean {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    let place = at;
    let before: H | undefined;
    let count = 0;
    for (; count < 3 && place + syntax.headerBytes <= bytes.length; count++) {
      const header = syntax.read(bytes, place);
      if (!header || (before && !syntax.same(header, before))) break;
      before = header;
      place += header.bytes;
    }
    if (count === 3) return true;
  }
  return false;
}
