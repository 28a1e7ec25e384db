import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { TrackError } from "../track-error.ts";
import { type Page, type PageHeader, pageHeaderBytes, pageLength, readPage, readPageHeader } from "./page.ts";

const capture = Buffer.from("OggS");
const searchBytes = 16 * 1024;

/** Walks from page to page, skipping damage. */
export class PageWalker {
  /** Position from which the next page is searched. */
  at = 0;
  /** Header of the page that the end of the file truncates, once {@link next} has come there. */
  truncated: PageHeader | undefined;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;

  constructor(window: ByteWindow, limits: MediaLimits) {
    this.#window = window;
    this.#limits = limits;
  }

  /**
   * Returns the next page at or after {@link at} and moves past it; undefined at the end, or if the last page is truncated.
   *
   * @param until - Position at which the search ends.
   * @throws TrackError if no page follows within the limits.
   */
  async next(until = Number.POSITIVE_INFINITY): Promise<Page | undefined> {
    const giveUpAt = this.at + this.#limits.maxDamageBytes;
    while (this.at < until) {
      const header = await this.#window.at(this.at, pageHeaderBytes + 255);
      if (header.length === 0) return undefined;
      const length = pageLength(header);
      if (length) {
        const bytes = this.#window.peek(this.at, length) ?? (await this.#window.at(this.at, length));
        const page = bytes.length === length ? readPage(bytes, this.at) : undefined;
        if (page) {
          this.at += length;
          return page;
        }
        if (
          bytes.length < length &&
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(capture, 1) < 0
        ) {
          this.truncated = readPageHeader(bytes);
          return undefined;
        }
      } else if (length === 0) return undefined;
      if (this.at >= giveUpAt) throw new TrackError("The file is damaged.", "COMMON");
      await this.#search();
    }
    return undefined;
  }

  /** Moves to the next position that looks like a page, or past the range that contains none. */
  async #search(): Promise<void> {
    const bytes = await this.#window.at(this.at + 1, searchBytes);
    const stretch = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const found = stretch.indexOf(capture);
    // The capture pattern may begin at the end of this range.
    this.at +=
      1 + (found >= 0 ? found : stretch.length < capture.length ? stretch.length : stretch.length - 3);
  }
}
