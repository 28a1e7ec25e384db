import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@asterite/util";
import type { LoadingLimits } from "../limits.ts";
import { isMediaFile } from "../media-files.ts";
import type { Prober } from "../probe/prober.ts";
import type { Roots } from "../music-folders.ts";
import { FolderWatch } from "./folder-watcher.ts";
import type { FoundFile, MusicIndex } from "./music-index.ts";

/** What {@link MusicLibrary} needs. */
export interface MusicLibraryOptions {
  readonly roots: Roots;
  readonly index: MusicIndex;
  /** Of its own, so that nobody's load waits for a long look through the folders. */
  readonly prober: Prober;
  readonly limits: LoadingLimits;
  readonly logger: Logger;
}

/** What one look through the folders has seen. */
interface Look {
  readonly ids: Set<number>;
  readonly folders: Set<string>;
  /** Whether a configured folder could not be read; then nothing is taken for gone. */
  isPartial: boolean;
}

/** Files are forgotten in pieces of this many, between which others have their turn. */
const pieceSize = 500;

/**
 * Keeps what the music folders hold in an index: looks through them at the start, when something in them has
 * changed, and now and then. Only files that are new or have changed are looked into, one at a time.
 */
export class MusicLibrary {
  readonly #options: MusicLibraryOptions;
  readonly #watch: FolderWatch;
  readonly #closing = new AbortController();
  readonly #regular: NodeJS.Timeout;
  readonly #first: Promise<void>;
  #running: Promise<void> | undefined;
  #isStale = false;

  constructor(options: MusicLibraryOptions) {
    const { watchedFolders, libraryQuietMs, libraryRescanMs } = options.limits;
    this.#options = options;
    this.#watch = new FolderWatch(watchedFolders, libraryQuietMs, () => void this.refresh());
    this.#regular = setInterval(() => void this.refresh(), libraryRescanMs).unref();
    this.#first = this.refresh();
  }

  /** Looks through the folders, once more if that is already being done; never rejects. */
  refresh(): Promise<void> {
    if (this.#running !== undefined) this.#isStale = true;
    this.#running ??= this.#refreshUntilFresh();
    return this.#running;
  }

  /** Finds files by words, after the first look or a while. */
  async search(words: string, signal: AbortSignal): Promise<readonly FoundFile[]> {
    const { index, limits } = this.#options;
    await orAfter(this.#first, limits.libraryWaitMs);
    signal.throwIfAborted();
    return index.search(words, limits.searchResults);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("closed"));
    clearInterval(this.#regular);
    this.#watch.close();
    await this.#options.prober.close();
    await this.#running;
    this.#options.index.close();
  }

  async #refreshUntilFresh(): Promise<void> {
    const { logger } = this.#options;
    try {
      do {
        this.#isStale = false;
        await this.#look();
      } while (this.#isStale && !this.#closing.signal.aborted);
    } catch (error) {
      if (!this.#closing.signal.aborted)
        logger.error({ err: error }, "the music folders could not be indexed");
    } finally {
      this.#running = undefined;
    }
  }

  async #look(): Promise<void> {
    const look: Look = { ids: new Set(), folders: new Set(), isPartial: false };
    for (const root of this.#options.roots.folders) await this.#lookIn(root, true, look);
    this.#closing.signal.throwIfAborted();
    if (look.isPartial) return;
    this.#watch.keepOnly(look.folders);
    await this.#forgetOthers(look.ids);
    this.#options.logger.debug({ files: look.ids.size, folders: look.folders.size }, "music folders indexed");
  }

  async #lookIn(folder: string, isRoot: boolean, look: Look): Promise<void> {
    this.#closing.signal.throwIfAborted();
    // Watched before it is read, so that nothing falls in between.
    this.#watch.add(folder);
    look.folders.add(folder);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
    if (entries === null) {
      look.isPartial ||= isRoot;
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.#lookIn(path, false, look);
      else if (isMediaFile(entry.name) && look.ids.size < this.#options.limits.libraryFiles) {
        await this.#lookAt(path, look);
      }
    }
  }

  async #lookAt(path: string, look: Look): Promise<void> {
    const { roots, index } = this.#options;
    const found = await roots.find(path);
    const facts = found && (await stat(found.real).catch(() => null));
    if (!found || !facts?.isFile()) return;
    this.#closing.signal.throwIfAborted();
    const known = index.find(path);
    const isKnown = known?.modifiedMs === facts.mtimeMs && known.size === facts.size;
    look.ids.add(isKnown ? known.id : await this.#lookInto(path, found.real, facts.mtimeMs, facts.size));
  }

  async #lookInto(path: string, real: string, modifiedMs: number, size: number): Promise<number> {
    const { prober, index, limits, logger } = this.#options;
    const signal = AbortSignal.any([AbortSignal.timeout(limits.loadMs), this.#closing.signal]);
    const probed = await prober.probe({ type: "file", path: real }, signal).catch((error: unknown) => {
      logger.debug({ path, err: error }, "a file in the music folders cannot be played");
      return null;
    });
    this.#closing.signal.throwIfAborted();
    return index.put(path, modifiedMs, size, probed?.kind === "media" ? probed.facts : null);
  }

  async #forgetOthers(seen: ReadonlySet<number>): Promise<void> {
    const { index } = this.#options;
    for (let from = 0; ; ) {
      const ids = index.idsFrom(from, pieceSize);
      const last = ids.at(-1);
      if (last === undefined) return;
      index.remove(ids.filter((id) => !seen.has(id)));
      from = last + 1;
      await new Promise<void>((resolve) => void setImmediate(resolve));
      this.#closing.signal.throwIfAborted();
    }
  }
}

/** Waits for something, but no longer than that. */
async function orAfter(waited: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([waited, late]);
  clearTimeout(timer);
}
