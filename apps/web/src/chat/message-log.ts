import { Signal } from "../lib/signal.ts";
import type { Entry } from "./entry.ts";

/** Fetches messages before a UUID, or the newest ones; oldest first. */
export type FetchPage = (before: number | undefined, count: number) => Promise<readonly Entry[]>;

const pageSize = 100;
/** Length of all texts of a page below which the server has not shortened it, in UTF-16 code units. */
const unshortenedLength = 100_000;

/** Returns whether a page ends at the beginning of the channel: it is short, and not because its texts are long. */
const reachesStart = (page: readonly Entry[], count: number): boolean =>
  page.length === 0 ||
  (page.length < Math.min(count, pageSize) &&
    page.reduce((length, { content }) => length + content.length, 0) < unshortenedLength);

/** Changes received while a page was being fetched; the page may hold an older state. */
interface ConcurrentChanges {
  readonly removed: Set<number>;
  readonly edited: Map<number, string>;
}

/** Contiguous messages of one channel, up to the newest. */
export class MessageLog {
  /** Notifies of changes to the properties below. */
  readonly signal = new Signal();
  readonly #fetch: FetchPage;
  #entries: readonly Entry[] = [];
  #uuids = new Set<number>();
  readonly #removed = new Set<number>();
  #isLoaded = false;
  #hasStart = false;
  #error: unknown;
  #loading: Promise<void> | undefined;
  #concurrent: ConcurrentChanges = { removed: new Set(), edited: new Map() };

  constructor(fetch: FetchPage) {
    this.#fetch = fetch;
  }

  /** Messages, oldest first. */
  get entries(): readonly Entry[] {
    this.signal.track();
    return this.#entries;
  }

  /** Whether the newest messages have been loaded. */
  get isLoaded(): boolean {
    this.signal.track();
    return this.#isLoaded;
  }

  /** Whether the channel's first message has been loaded. */
  get hasStart(): boolean {
    this.signal.track();
    return this.#hasStart;
  }

  get isLoading(): boolean {
    this.signal.track();
    return this.#loading !== undefined;
  }

  /** Error of the last page that failed to load. */
  get error(): unknown {
    this.signal.track();
    return this.#error;
  }

  has(uuid: number): boolean {
    return this.#uuids.has(uuid);
  }

  get(uuid: number): Entry | undefined {
    this.signal.track();
    return this.#uuids.has(uuid) ? this.#entries.find((entry) => entry.uuid === uuid) : undefined;
  }

  /** Returns whether a message was deleted while the log was open. */
  isRemoved(uuid: number): boolean {
    this.signal.track();
    return this.#removed.has(uuid);
  }

  /** Loads the newest messages. After a reconnect, merges them into the log. */
  async loadNewest(): Promise<void> {
    await this.#load(async () => {
      const page = await this.#fetchPage(undefined, pageSize);
      if (!page) return;
      const [first] = page;
      const overlap = first ? this.#entries.findIndex(({ uuid }) => uuid === first.uuid) : -1;
      const onPage = new Set(page.map(({ uuid }) => uuid));
      const before = overlap >= 0 ? this.#entries.slice(0, overlap) : [];
      // Messages pushed while the page was being fetched are newer than all of its messages.
      const isNewer = this.#newerThan(page.at(-1)?.uuid);
      const after = this.#entries.filter((entry) => !onPage.has(entry.uuid) && isNewer(entry));
      this.#hasStart = overlap >= 0 ? this.#hasStart : reachesStart(page, pageSize);
      this.#isLoaded = true;
      this.#setEntries([...before, ...this.#withConcurrentChanges(page), ...after]);
    });
  }

  /** Loads the `count` messages before the oldest one; at most what the server returns in one page. */
  async loadOlder(count = pageSize): Promise<void> {
    if (this.#hasStart || !this.#isLoaded) return;
    await this.#load(async () => {
      const page = await this.#fetchPage(this.#entries[0]?.uuid, count);
      if (!page) return;
      const fresh = page.filter(({ uuid }) => !this.#uuids.has(uuid));
      this.#hasStart = fresh.length === 0 || reachesStart(page, count);
      this.#setEntries([...this.#withConcurrentChanges(fresh), ...this.#entries]);
    });
  }

  /** Loads older pages until a message is in the log. Returns whether it was found. */
  async loadBackTo(uuid: number, signal: AbortSignal, pageCount = pageSize): Promise<boolean> {
    while (!this.#uuids.has(uuid)) {
      await this.#loading;
      if (signal.aborted || this.#hasStart || this.#error !== undefined) break;
      if (this.#isLoaded) await this.loadOlder(pageCount);
      else await this.loadNewest();
    }
    return this.#uuids.has(uuid);
  }

  /** Appends a message. Returns false if it is already in the log. */
  append(entry: Entry): boolean {
    if (this.#uuids.has(entry.uuid)) return false;
    this.#setEntries([...this.#entries, entry]);
    return true;
  }

  edit(uuid: number, content: string): void {
    if (this.#loading !== undefined) this.#concurrent.edited.set(uuid, content);
    if (!this.#uuids.has(uuid)) return;
    this.#setEntries(this.#entries.map((entry) => (entry.uuid === uuid ? edited(entry, content) : entry)));
  }

  remove(uuid: number): void {
    this.#removed.add(uuid);
    if (this.#loading !== undefined) this.#concurrent.removed.add(uuid);
    if (this.#uuids.has(uuid)) this.#setEntries(this.#entries.filter((entry) => entry.uuid !== uuid));
  }

  /** Drops all messages, which may no longer exist, and the page that is being fetched. */
  clear(): void {
    this.#generation++;
    this.#loading = undefined;
    this.#isLoaded = false;
    this.#hasStart = false;
    this.#setEntries([]);
  }

  /** Drops all but the newest `keep` messages if there are more than twice as many. */
  trim(keep: number): void {
    if (this.#entries.length <= 2 * keep) return;
    this.#hasStart = false;
    this.#setEntries(this.#entries.slice(-keep));
  }

  #newerThan(uuid: number | undefined): (entry: Entry) => boolean {
    const index = this.#entries.findIndex((entry) => entry.uuid === uuid);
    if (index >= 0) {
      const newer = new Set(this.#entries.slice(index + 1));
      return (entry) => newer.has(entry);
    }
    // No overlap with the page: entries from before the fetch are older or deleted.
    const arrived = this.#entries.slice(this.#lengthAtFetch);
    return (entry) => arrived.includes(entry);
  }

  #lengthAtFetch = 0;
  /** Number of times that the log was cleared: results of earlier fetches are ignored. */
  #generation = 0;

  /** Fetches a page; returns undefined if the log was cleared in the meantime. */
  async #fetchPage(before: number | undefined, count: number): Promise<readonly Entry[] | undefined> {
    const generation = this.#generation;
    const page = await this.#fetch(before, count);
    return generation === this.#generation ? page : undefined;
  }

  async #load(task: () => Promise<void>): Promise<void> {
    if (this.#loading !== undefined) return await this.#loading;
    this.#concurrent = { removed: new Set(), edited: new Map() };
    this.#lengthAtFetch = this.#entries.length;
    this.#error = undefined;
    const loading = this.#runLoad(task);
    this.#loading = loading;
    this.signal.notify();
    await loading;
  }

  async #runLoad(task: () => Promise<void>): Promise<void> {
    const generation = this.#generation;
    let failure: { readonly error: unknown } | undefined;
    try {
      await task();
    } catch (error) {
      failure = { error: error ?? new Error("unknown") };
    }
    if (generation !== this.#generation) return;
    this.#error = failure?.error;
    this.#loading = undefined;
    this.signal.notify();
  }

  #withConcurrentChanges(page: readonly Entry[]): Entry[] {
    const { removed, edited: edits } = this.#concurrent;
    return page
      .filter(({ uuid }) => !removed.has(uuid))
      .map((entry) => {
        const content = edits.get(entry.uuid);
        return content === undefined ? entry : edited(entry, content);
      });
  }

  #setEntries(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#uuids = new Set(entries.map(({ uuid }) => uuid));
    this.signal.notify();
  }
}

const edited = (entry: Entry, content: string): Entry => ({ ...entry, content, isEdited: true });
