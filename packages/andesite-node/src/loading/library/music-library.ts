import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@asterite/util";
import type { LoadingLimits } from "../limits.ts";
import { isMediaFile } from "../media-files.ts";
import type { MusicFolders } from "../music-folders.ts";
import type { Prober } from "../probe/prober.ts";
import { FolderWatcher } from "./folder-watcher.ts";
import type { IndexMatch, MusicIndex } from "./music-index.ts";

/** What {@link MusicLibrary} needs. */
export interface MusicLibraryOptions {
  readonly musicFolders: MusicFolders;
  readonly index: MusicIndex;
  /** Of its own, so that nobody's load waits for a long look through the folders. */
  readonly prober: Prober;
  readonly limits: LoadingLimits;
  readonly logger: Logger;
}

/** What one look through the folders has seen. */
interface FolderScan {
  readonly ids: Set<number>;
  readonly folders: Set<string>;
  /** Whether a configured folder could not be read; then nothing is taken for gone. */
  isPartial: boolean;
}

/** Files are forgotten in pieces of this many, between which others have their turn. */
const removalBatchSize = 500;

/**
 * Keeps what the music folders hold in an index: looks through them at the start, when something in them has
 * changed, and now and then. Only files that are new or have changed are looked into, one at a time.
 */
export class MusicLibrary {
  readonly #options: MusicLibraryOptions;
  readonly #watcher: FolderWatcher;
  readonly #closing = new AbortController();
  readonly #rescanTimer: NodeJS.Timeout;
  readonly #firstScan: Promise<void>;
  #runningScan: Promise<void> | undefined;
  #isRescanRequested = false;

  constructor(options: MusicLibraryOptions) {
    const { watchedFolders, libraryQuietMs, libraryRescanMs } = options.limits;
    this.#options = options;
    this.#watcher = new FolderWatcher(watchedFolders, libraryQuietMs, () => void this.rescan());
    this.#rescanTimer = setInterval(() => void this.rescan(), libraryRescanMs).unref();
    this.#firstScan = this.rescan();
  }

  /** Looks through the folders, once more if that is already being done; never rejects. */
  rescan(): Promise<void> {
    if (this.#runningScan !== undefined) this.#isRescanRequested = true;
    this.#runningScan ??= this.#scanUntilCurrent();
    return this.#runningScan;
  }

  /** Finds files by words, after the first look or a while. */
  async search(words: string, signal: AbortSignal): Promise<readonly IndexMatch[]> {
    const { index, limits } = this.#options;
    await waitAtMost(this.#firstScan, limits.libraryWaitMs);
    signal.throwIfAborted();
    return index.search(words, limits.searchResults);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("closed"));
    clearInterval(this.#rescanTimer);
    this.#watcher.close();
    await this.#options.prober.close();
    await this.#runningScan;
    this.#options.index.close();
  }

  async #scanUntilCurrent(): Promise<void> {
    const { logger } = this.#options;
    try {
      do {
        this.#isRescanRequested = false;
        await this.#scan();
      } while (this.#isRescanRequested && !this.#closing.signal.aborted);
    } catch (error) {
      if (!this.#closing.signal.aborted)
        logger.error({ err: error }, "the music folders could not be indexed");
    } finally {
      this.#runningScan = undefined;
    }
  }

  async #scan(): Promise<void> {
    const look: FolderScan = { ids: new Set(), folders: new Set(), isPartial: false };
    for (const root of this.#options.musicFolders.folders) await this.#scanFolder(root, true, look);
    this.#closing.signal.throwIfAborted();
    if (look.isPartial) return;
    this.#watcher.retainOnly(look.folders);
    await this.#removeMissing(look.ids);
    this.#options.logger.debug({ files: look.ids.size, folders: look.folders.size }, "music folders indexed");
  }

  async #scanFolder(folder: string, isRoot: boolean, look: FolderScan): Promise<void> {
    this.#closing.signal.throwIfAborted();
    // Watched before it is read, so that nothing falls in between.
    this.#watcher.add(folder);
    look.folders.add(folder);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
    if (entries === null) {
      look.isPartial ||= isRoot;
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.#scanFolder(path, false, look);
      else if (isMediaFile(entry.name) && look.ids.size < this.#options.limits.libraryFiles) {
        await this.#scanFile(path, look);
      }
    }
  }

  async #scanFile(path: string, look: FolderScan): Promise<void> {
    const { musicFolders: roots, index } = this.#options;
    const found = await roots.resolve(path);
    const facts = found && (await stat(found.realPath).catch(() => null));
    if (!found || !facts?.isFile()) return;
    this.#closing.signal.throwIfAborted();
    const known = index.get(path);
    const isKnown = known?.modifiedMs === facts.mtimeMs && known.size === facts.size;
    look.ids.add(isKnown ? known.id : await this.#probeFile(path, found.realPath, facts.mtimeMs, facts.size));
  }

  async #probeFile(path: string, real: string, modifiedMs: number, size: number): Promise<number> {
    const { prober, index, limits, logger } = this.#options;
    const signal = AbortSignal.any([AbortSignal.timeout(limits.loadMs), this.#closing.signal]);
    const probed = await prober.probe({ type: "file", path: real }, signal).catch((error: unknown) => {
      logger.debug({ path, err: error }, "a file in the music folders cannot be played");
      return null;
    });
    this.#closing.signal.throwIfAborted();
    return index.put(path, modifiedMs, size, probed?.type === "media" ? probed.facts : null);
  }

  async #removeMissing(seen: ReadonlySet<number>): Promise<void> {
    const { index } = this.#options;
    for (let from = 0; ; ) {
      const ids = index.listIds(from, removalBatchSize);
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
async function waitAtMost(promise: Promise<void>, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxMs);
  });
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
