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
  readonly #link: () => string;
  readonly #items: (LibraryItem | undefined)[] = [];
  readonly #requested = new Set<number>();
  /** Errors by page, until the page is requested again. */
  readonly #errors = new Map<number, unknown>();
  readonly #closing = new AbortController();
  #first: LibraryPage | undefined;

  /** @param link - Returns the current link of the bot. */
  constructor(link: () => string, query: LibraryQuery) {
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

  /** Latest error of a page that is not loaded; undefined if no page failed. */
  get error(): unknown {
    this.signal.track();
    return [...this.#errors.values()].at(-1);
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

  /** Loads all pages again that failed. */
  retry(): void {
    for (const page of [...this.#errors.keys()]) void this.#load(page);
    this.signal.notify();
  }

  /** Cancels all requests. */
  close(): void {
    this.#closing.abort();
  }

  async #load(page: number): Promise<void> {
    this.#requested.add(page);
    this.#errors.delete(page);
    const { signal } = this.#closing;
    try {
      const loaded = await fetchLibrary(
        this.#link(),
        this.query,
        { offset: page * pageSize, limit: pageSize },
        signal,
      );
      this.#first ??= loaded;
      for (const [index, item] of loaded.items.entries()) this.#items[page * pageSize + index] = item;
    } catch (error) {
      this.#requested.delete(page);
      if (signal.aborted) return;
      this.#errors.set(page, error);
    }
    this.signal.notify();
  }
}
