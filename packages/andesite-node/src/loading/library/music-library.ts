import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@asterite/util";
import type { LoadingLimits } from "../limits.ts";
import { isMediaFile, isPlaylistFile } from "../media-files.ts";
import type { MusicFolders } from "../music-folders.ts";
import type { Prober } from "../probe/prober.ts";
import { type Collection, Collections } from "./collections.ts";
import { FolderWatcher } from "./folder-watcher.ts";
import type { IndexMatch, MusicIndex } from "./music-index.ts";

/** Options of {@link MusicLibrary}. */
export interface MusicLibraryOptions {
  readonly musicFolders: MusicFolders;
  readonly index: MusicIndex;
  /** A prober for the library alone, so that loads do not wait for a long scan. */
  readonly prober: Prober;
  readonly limits: LoadingLimits;
  readonly logger: Logger;
}

/** Files and folders seen by one scan. */
interface FolderScan {
  readonly ids: Set<number>;
  readonly folders: Set<string>;
  /** Whether a configured folder could not be read. Then no file is removed from the index. */
  isPartial: boolean;
}

/** Name and files of a collection. */
interface CollectionFiles {
  readonly name: string;
  readonly files: readonly IndexMatch[];
  /** Number of further files, beyond the limit. */
  readonly omitted: number;
}

/** Number of files removed at once; between batches the event loop runs. */
const removalBatchSize = 500;

/**
 * Keeps the index of the music folders up to date: scans them at the start, after changes, and periodically.
 * Only new and changed files are probed, one at a time.
 */
export class MusicLibrary {
  readonly #options: MusicLibraryOptions;
  readonly #watcher: FolderWatcher;
  readonly #closing = new AbortController();
  readonly #rescanTimer: NodeJS.Timeout;
  readonly #firstScan: Promise<void>;
  #runningScan: Promise<void> | undefined;
  #isRescanRequested = false;
  #collections: { readonly revision: number; readonly value: Collections } | undefined;

  constructor(options: MusicLibraryOptions) {
    const { watchedFolders, libraryQuietMs, libraryRescanMs } = options.limits;
    this.#options = options;
    this.#watcher = new FolderWatcher(watchedFolders, libraryQuietMs, () => void this.rescan());
    this.#rescanTimer = setInterval(() => void this.rescan(), libraryRescanMs).unref();
    this.#firstScan = this.rescan();
  }

  /** Scans the folders; during a scan, requests another one after it. Never rejects. */
  rescan(): Promise<void> {
    if (this.#runningScan !== undefined) this.#isRescanRequested = true;
    this.#runningScan ??= this.#scanUntilCurrent();
    return this.#runningScan;
  }

  /** Searches the index. Waits for the first scan for up to `libraryWaitMs`. */
  async search(words: string, signal: AbortSignal): Promise<readonly IndexMatch[]> {
    const { index, limits } = this.#options;
    await this.#waitForFirstScan(signal);
    return index.search(words, limits.searchResults);
  }

  /** Searches albums, artists, folders and playlists by name. Waits like {@link search}. */
  async searchCollections(words: string, signal: AbortSignal): Promise<readonly Collection[]> {
    await this.#waitForFirstScan(signal);
    return this.#readCollections().search(words, this.#options.limits.searchResults);
  }

  /** Returns the indexed files of an album or artist; undefined for another identifier. Waits like {@link search}. */
  async loadCollection(identifier: string, signal: AbortSignal): Promise<CollectionFiles | undefined> {
    await this.#waitForFirstScan(signal);
    const { index, limits } = this.#options;
    const found = this.#readCollections().find(identifier);
    const files = found?.paths.slice(0, limits.folderEntries).flatMap((path) => {
      const facts = index.getFacts(path);
      return facts ? [{ path, facts }] : [];
    });
    return (
      found &&
      files && { name: found.name, files, omitted: Math.max(0, found.paths.length - limits.folderEntries) }
    );
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("closed"));
    clearInterval(this.#rescanTimer);
    this.#watcher.close();
    await this.#options.prober.close();
    await this.#runningScan;
    this.#options.index.close();
  }

  async #waitForFirstScan(signal: AbortSignal): Promise<void> {
    await waitAtMost(this.#firstScan, this.#options.limits.libraryWaitMs);
    signal.throwIfAborted();
  }

  /** Returns the collections, which are read again after changes of the index. */
  #readCollections(): Collections {
    const { index, musicFolders } = this.#options;
    const { revision } = index;
    if (this.#collections?.revision !== revision) {
      this.#collections = { revision, value: new Collections(index.files(), musicFolders.paths) };
    }
    return this.#collections.value;
  }

  async #scanUntilCurrent(): Promise<void> {
    const { logger } = this.#options;
    try {
      do {
        this.#isRescanRequested = false;
        await this.#scan();
      } while (this.#isRescanRequested && !this.#closing.signal.aborted);
    } catch (error) {
      if (!this.#closing.signal.aborted) logger.error({ err: error }, "indexing the music folders failed");
    } finally {
      this.#runningScan = undefined;
    }
  }

  async #scan(): Promise<void> {
    const scan: FolderScan = { ids: new Set(), folders: new Set(), isPartial: false };
    for (const root of this.#options.musicFolders.paths) await this.#scanFolder(root, true, scan);
    this.#closing.signal.throwIfAborted();
    if (scan.isPartial) return;
    this.#watcher.retainOnly(scan.folders);
    await this.#removeMissing(scan.ids);
    this.#options.logger.debug({ files: scan.ids.size, folders: scan.folders.size }, "music folders indexed");
  }

  async #scanFolder(folder: string, isRoot: boolean, scan: FolderScan): Promise<void> {
    this.#closing.signal.throwIfAborted();
    // Watch before reading, so that no change is missed in between.
    this.#watcher.add(folder);
    scan.folders.add(folder);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
    if (entries === null) {
      scan.isPartial ||= isRoot;
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.#scanFolder(path, false, scan);
      else if (
        (isMediaFile(entry.name) || isPlaylistFile(entry.name)) &&
        scan.ids.size < this.#options.limits.libraryFiles
      ) {
        await this.#scanFile(path, scan);
      }
    }
  }

  async #scanFile(path: string, scan: FolderScan): Promise<void> {
    const { musicFolders, index } = this.#options;
    const found = await musicFolders.resolve(path);
    const stats = found && (await stat(found.realPath).catch(() => null));
    if (!found || !stats?.isFile()) return;
    this.#closing.signal.throwIfAborted();
    const known = index.get(path);
    const isKnown = known?.modifiedMs === stats.mtimeMs && known.size === stats.size;
    scan.ids.add(isKnown ? known.id : await this.#probeFile(path, found.realPath, stats.mtimeMs, stats.size));
  }

  async #probeFile(path: string, realPath: string, modifiedMs: number, size: number): Promise<number> {
    const { prober, index, limits, logger } = this.#options;
    // The entries of a playlist are read when it is loaded.
    if (isPlaylistFile(path)) return index.put(path, modifiedMs, size, null);
    const signal = AbortSignal.any([AbortSignal.timeout(limits.loadMs), this.#closing.signal]);
    const probed = await prober.probe({ type: "file", path: realPath }, signal).catch((error: unknown) => {
      logger.debug({ path, err: error }, "file in music folder not playable");
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

/** Waits for a promise, but at most `maxMs`. */
async function waitAtMost(promise: Promise<void>, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxMs);
  });
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
