import { Topic } from "../lib/signal.ts";
import type { Entry } from "./entry.ts";

/** Asks for messages before one, or the newest; oldest first. */
export type FetchPage = (before: number | undefined, count: number) => Promise<readonly Entry[]>;

const pageSize = 100;

/** What happened while a page was on its way, which may hold an older state. */
interface Meanwhile {
  readonly removed: Set<number>;
  readonly edited: Map<number, string>;
}

/** The messages of one channel from some place to the newest, without a gap. */
export class MessageLog {
  /** Changes with everything below. */
  readonly topic = new Topic();
  readonly #fetch: FetchPage;
  #entries: readonly Entry[] = [];
  #uuids = new Set<number>();
  #isLoaded = false;
  #hasStart = false;
  #error: unknown;
  #loading: Promise<void> | undefined;
  #meanwhile: Meanwhile = { removed: new Set(), edited: new Map() };

  constructor(fetch: FetchPage) {
    this.#fetch = fetch;
  }

  /** Oldest first. */
  get entries(): readonly Entry[] {
    this.topic.follow();
    return this.#entries;
  }

  /** Whether the newest messages are here. */
  get isLoaded(): boolean {
    this.topic.follow();
    return this.#isLoaded;
  }

  /** Whether the channel's first message is here. */
  get hasStart(): boolean {
    this.topic.follow();
    return this.#hasStart;
  }

  get isLoading(): boolean {
    this.topic.follow();
    return this.#loading !== undefined;
  }

  /** Why the last page did not come. */
  get error(): unknown {
    this.topic.follow();
    return this.#error;
  }

  has(uuid: number): boolean {
    return this.#uuids.has(uuid);
  }

  get(uuid: number): Entry | undefined {
    this.topic.follow();
    return this.#uuids.has(uuid) ? this.#entries.find((entry) => entry.uuid === uuid) : undefined;
  }

  /** Loads the newest messages, or sets them right after an absence. */
  async loadNewest(): Promise<void> {
    await this.#load(async () => {
      const page = await this.#fetch(undefined, pageSize);
      const [first] = page;
      const overlap = first ? this.#entries.findIndex(({ uuid }) => uuid === first.uuid) : -1;
      const onPage = new Set(page.map(({ uuid }) => uuid));
      const before = overlap >= 0 ? this.#entries.slice(0, overlap) : [];
      // What came as a push while the page was on its way is newer than everything on it.
      const isNewer = this.#newerThan(page.at(-1)?.uuid);
      const after = this.#entries.filter((entry) => !onPage.has(entry.uuid) && isNewer(entry));
      this.#hasStart = overlap >= 0 ? this.#hasStart : page.length < pageSize;
      this.#isLoaded = true;
      this.#replace([...before, ...this.#mended(page), ...after]);
    });
  }

  /** Loads what is older than what is here. `count` is how much, at most what the server gives at once. */
  async loadOlder(count = pageSize): Promise<void> {
    if (this.#hasStart || !this.#isLoaded) return;
    await this.#load(async () => {
      const page = await this.#fetch(this.#entries[0]?.uuid, count);
      const fresh = page.filter(({ uuid }) => !this.#uuids.has(uuid));
      this.#hasStart = fresh.length === 0 || page.length < Math.min(count, pageSize);
      this.#replace([...this.#mended(fresh), ...this.#entries]);
    });
  }

  /** Loads back until a message is here; says whether it was found. */
  async loadBackTo(uuid: number, signal: AbortSignal, countAtOnce = pageSize): Promise<boolean> {
    while (!this.#uuids.has(uuid)) {
      await this.#loading;
      if (signal.aborted || this.#hasStart || this.#error !== undefined) break;
      if (this.#isLoaded) await this.loadOlder(countAtOnce);
      else await this.loadNewest();
    }
    return this.#uuids.has(uuid);
  }

  /** A message was sent; says whether it is news. */
  append(entry: Entry): boolean {
    if (this.#uuids.has(entry.uuid)) return false;
    this.#replace([...this.#entries, entry]);
    return true;
  }

  edit(uuid: number, content: string): void {
    if (this.#loading !== undefined) this.#meanwhile.edited.set(uuid, content);
    if (!this.#uuids.has(uuid)) return;
    this.#replace(this.#entries.map((entry) => (entry.uuid === uuid ? edited(entry, content) : entry)));
  }

  remove(uuid: number): void {
    if (this.#loading !== undefined) this.#meanwhile.removed.add(uuid);
    if (this.#uuids.has(uuid)) this.#replace(this.#entries.filter((entry) => entry.uuid !== uuid));
  }

  /** Forgets all but the newest messages, if there are many more. */
  trim(keep: number): void {
    if (this.#entries.length <= 2 * keep) return;
    this.#hasStart = false;
    this.#replace(this.#entries.slice(-keep));
  }

  #newerThan(uuid: number | undefined): (entry: Entry) => boolean {
    const index = this.#entries.findIndex((entry) => entry.uuid === uuid);
    if (index >= 0) {
      const newer = new Set(this.#entries.slice(index + 1));
      return (entry) => newer.has(entry);
    }
    // Nothing to compare with: what was here before the page was asked for is older or gone.
    const arrived = this.#entries.slice(this.#lengthAtStart);
    return (entry) => arrived.includes(entry);
  }

  #lengthAtStart = 0;

  async #load(task: () => Promise<void>): Promise<void> {
    if (this.#loading !== undefined) return await this.#loading;
    this.#meanwhile = { removed: new Set(), edited: new Map() };
    this.#lengthAtStart = this.#entries.length;
    this.#error = undefined;
    const loading = this.#settle(task);
    this.#loading = loading;
    this.topic.changed();
    await loading;
  }

  async #settle(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#error = error ?? new Error("unknown");
    } finally {
      this.#loading = undefined;
      this.topic.changed();
    }
  }

  #mended(page: readonly Entry[]): Entry[] {
    const { removed, edited: edits } = this.#meanwhile;
    return page
      .filter(({ uuid }) => !removed.has(uuid))
      .map((entry) => {
        const content = edits.get(entry.uuid);
        return content === undefined ? entry : edited(entry, content);
      });
  }

  #replace(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#uuids = new Set(entries.map(({ uuid }) => uuid));
    this.topic.changed();
  }
}

const edited = (entry: Entry, content: string): Entry => ({ ...entry, content, isEdited: true });
