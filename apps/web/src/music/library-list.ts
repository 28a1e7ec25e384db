import { Signal } from "../lib/signal.ts";
import {
  fetchLibrary,
  type LibraryGroup,
  type LibraryItem,
  type LibraryPage,
  type LibraryQuery,
} from "./library-api.ts";

/** Items that are loaded at once. */
const pageSize = 60;

/** List of the music library, of which the pages in view are loaded. */
export class LibraryList {
  readonly signal = new Signal();
  readonly query: LibraryQuery;
  readonly #link: () => string | undefined;
  readonly #items: (LibraryItem | undefined)[] = [];
  readonly #requested = new Set<number>();
  readonly #closing = new AbortController();
  #first: LibraryPage | undefined;
  #error: unknown;

  /** @param link - Returns the current link of the bot. */
  constructor(link: () => string | undefined, query: LibraryQuery) {
    this.#link = link;
    this.query = query;
    this.show(0, 1);
  }

  /** Number of all items; undefined until the first page is loaded. */
  get total(): number | undefined {
    this.signal.track();
    return this.#first?.total;
  }

  /** Group whose content this is. */
  get parent(): LibraryGroup | undefined {
    this.signal.track();
    return this.#first?.parent;
  }

  /** Number of items of each kind that match the search. */
  get counts(): LibraryPage["counts"] {
    this.signal.track();
    return this.#first?.counts;
  }

  /** Error of the last page; undefined if there is none. */
  get error(): unknown {
    this.signal.track();
    return this.#error;
  }

  /** Returns an item; undefined until its page is loaded. */
  at(index: number): LibraryItem | undefined {
    this.signal.track();
    return this.#items[index];
  }

  /** Loads the pages of a range of items. */
  show(from: number, to: number): void {
    const last = Math.floor(Math.max(from, to - 1) / pageSize);
    for (let page = Math.floor(from / pageSize); page <= last; page++) {
      const isBeyond = this.#first !== undefined && page * pageSize >= this.#first.total;
      if (!this.#requested.has(page) && !isBeyond) void this.#load(page);
    }
  }

  /** Loads again what has failed. */
  retry(): void {
    this.#error = undefined;
    this.signal.notify();
    this.show(0, 1);
  }

  /** Cancels all requests. */
  close(): void {
    this.#closing.abort();
  }

  async #load(page: number): Promise<void> {
    const link = this.#link();
    if (link === undefined) return;
    this.#requested.add(page);
    const { signal } = this.#closing;
    try {
      const loaded = await fetchLibrary(
        link,
        this.query,
        { offset: page * pageSize, limit: pageSize },
        signal,
      );
      this.#first ??= loaded;
      this.#error = undefined;
      for (const [index, item] of loaded.items.entries()) this.#items[page * pageSize + index] = item;
    } catch (error) {
      this.#requested.delete(page);
      if (signal.aborted) return;
      this.#error = error;
    }
    this.signal.notify();
  }
}
