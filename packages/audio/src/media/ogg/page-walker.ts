import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { TrackError } from "../track-error.ts";
import { type Page, pageHeaderBytes, pageLength, readPage } from "./page.ts";

const capture = Buffer.from("OggS");
const searchBytes = 16 * 1024;

/** Goes from page to page, over damage. */
export class PageWalker {
  /** Where the next page is looked for. */
  at = 0;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;

  constructor(window: ByteWindow, limits: MediaLimits) {
    this.#window = window;
    this.#limits = limits;
  }

  /**
   * The next page at or after {@link at}, and steps behind it; undefined at the end.
   *
   * @param until - Pages from this position on are not looked for.
   * @throws TrackError where the last page is cut off, or none comes for too long.
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
        )
          throw new TrackError("The file ends before the track does.", "COMMON");
      } else if (length === 0) throw new TrackError("The file ends before the track does.", "COMMON");
      if (this.at >= giveUpAt) throw new TrackError("The file is damaged.", "COMMON");
      await this.#search();
    }
    return undefined;
  }

  /** Steps to the next place that looks like a page, or as far as is sure to hold none. */
  async #search(): Promise<void> {
    const bytes = await this.#window.at(this.at + 1, searchBytes);
    const stretch = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const found = stretch.indexOf(capture);
    // The first letters of a page may stand at the end of the stretch.
    this.at +=
      1 + (found >= 0 ? found : stretch.length < capture.length ? stretch.length : stretch.length - 3);
  }
}
