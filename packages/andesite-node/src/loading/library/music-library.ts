import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Logger, raceSignal } from "@asterite/util";
import type { LoadingLimits } from "../limits.ts";
import { isCueSheet, isMediaFile, isPlaylistFile } from "../media-files.ts";
import type { MediaLoader } from "../media-loader.ts";
import { localMediaSource } from "../media-source.ts";
import type { MusicFolders, ResolvedPath } from "../music-folders.ts";
import { wholeOf } from "../part-identifier.ts";
import type { Prober } from "../probe/prober.ts";
import { albumOrderOf } from "./catalog.ts";
import { type Collection, Collections } from "./collections.ts";
import { FolderWatcher } from "./folder-watcher.ts";
import type { IndexedPart, IndexedTrack, IndexMatch, MusicIndex } from "./music-index.ts";

/** Options of {@link MusicLibrary}. */
export interface MusicLibraryOptions {
  readonly musicFolders: MusicFolders;
  readonly index: MusicIndex;
  /** A prober for the library alone, so that loads do not wait for a long scan. */
  readonly prober: Pick<Prober, "probe" | "close">;
  /** Reads cue sheets, with that prober. */
  readonly media: Pick<MediaLoader, "readParts">;
  readonly limits: LoadingLimits;
  readonly logger: Logger;
}

/** Files and folders seen by one scan. */
interface FolderScan {
  readonly ids: Set<number>;
  readonly folders: Set<string>;
  /** Paths of the files that cue sheets divide. */
  readonly divided: Set<string>;
  /** Whether a configured folder could not be read. Then no file is removed from the index. */
  isPartial: boolean;
}

/** Name and files of a collection. */
interface CollectionFiles {
  readonly name: string;
  readonly files: readonly IndexedTrack[];
  /** Number of further files, beyond the limit. */
  readonly omitted: number;
}

/** File in a music folder, and its state. */
interface FoundFile {
  readonly file: ResolvedPath;
  readonly modifiedMs: number;
  readonly size: number;
}

/** Number of files that are handled at once; between batches the event loop runs. */
const batchSize = 250;
/** Time stamp of a cue sheet that is read again at each scan, because some of its files are missing. */
const incompleteMs = -1;

/**
 * Keeps the index of the music folders up to date: scans them at the start, after changes, and periodically.
 * Only new and changed files are probed, one at a time.
 */
export class MusicLibrary {
  readonly #options: MusicLibraryOptions;
  readonly #watcher: FolderWatcher;
  readonly #closing = new AbortController();
  readonly #rescanTimer: NodeJS.Timeout;
  readonly #collections: Collections;
  readonly #filling: Promise<void>;
  /** Settles after the first scan, or `libraryWaitMs` after the start. */
  readonly #ready: Promise<void>;
  #runningScan: Promise<void> | undefined;
  #isRescanRequested = false;

  constructor(options: MusicLibraryOptions) {
    const { watchedFolders, libraryQuietMs, libraryRescanMs, libraryWaitMs } = options.limits;
    this.#options = options;
    this.#collections = new Collections(options.musicFolders.paths);
    options.index.follow(this.#collections);
    this.#filling = this.#fillCollections();
    this.#watcher = new FolderWatcher(watchedFolders, libraryQuietMs, () => void this.rescan());
    this.#rescanTimer = setInterval(() => void this.rescan(), libraryRescanMs).unref();
    this.#ready = waitAtMost(Promise.all([this.#filling, this.rescan()]), libraryWaitMs);
  }

  /** Scans the folders; during a scan, requests another one after it. Never rejects. */
  rescan(): Promise<void> {
    if (this.#runningScan !== undefined) this.#isRescanRequested = true;
    this.#runningScan ??= this.#scanUntilCurrent();
    return this.#runningScan;
  }

  /** Searches the index. Waits for the first scan until `libraryWaitMs` after the start. */
  async search(words: string, signal: AbortSignal): Promise<readonly IndexMatch[]> {
    const { index, limits } = this.#options;
    await raceSignal(this.#ready, signal);
    return index.search(words, limits.searchResults);
  }

  /** Searches albums, artists, folders and playlists by name. Waits like {@link search}. */
  async searchCollections(words: string, signal: AbortSignal): Promise<readonly Collection[]> {
    await raceSignal(this.#ready, signal);
    return this.#collections.search(words, this.#options.limits.searchResults);
  }

  /**
   * Returns the indexed files of an album or artist in the order of their albums; undefined for another identifier. Waits like
   * {@link search}.
   */
  async loadCollection(identifier: string, signal: AbortSignal): Promise<CollectionFiles | undefined> {
    await raceSignal(this.#ready, signal);
    const found = this.#collections.find(identifier);
    if (!found) return undefined;
    const { name, files, omitted } = this.readFiles(found.name, found.paths);
    const roots = new Set(this.#options.musicFolders.paths);
    const ordered = files.map((file) => ({ file, order: albumOrderOf(file, roots) }));
    ordered.sort((one, other) => (one.order < other.order ? -1 : Number(one.order > other.order)));
    return { name, files: ordered.map(({ file }) => file), omitted };
  }

  /** Returns what is indexed of these files, in their order, up to the limit of a folder. */
  readFiles(name: string, paths: readonly string[]): CollectionFiles {
    const { index, limits } = this.#options;
    const files = paths.slice(0, limits.folderEntries).flatMap((path) => index.getTrack(path) ?? []);
    return { name, files, omitted: Math.max(0, paths.length - limits.folderEntries) };
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("closed"));
    clearInterval(this.#rescanTimer);
    this.#watcher.close();
    await this.#options.prober.close();
    await Promise.all([this.#runningScan, this.#filling]);
    this.#options.index.close();
  }

  /** Adds the files that are indexed already. Changes in the meantime are added by the index. */
  async #fillCollections(): Promise<void> {
    for (let from = 0; !this.#closing.signal.aborted; ) {
      const files = this.#options.index.listFiles(from, batchSize);
      const last = files.at(-1);
      if (!last) return;
      for (const file of files) this.#collections.add(file);
      from = last.id + 1;
      await nextTurn();
    }
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
    const scan: FolderScan = { ids: new Set(), folders: new Set(), divided: new Set(), isPartial: false };
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
    const isFull = (): boolean => scan.ids.size >= this.#options.limits.libraryFiles;
    // Cue sheets first: the files that they divide are known then.
    for (const entry of entries) {
      if (isCueSheet(entry.name) && !isFull()) await this.#scanFile(join(folder, entry.name), scan);
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.#scanFolder(path, false, scan);
      else if ((isMediaFile(entry.name) || isPlaylistFile(entry.name)) && !isFull())
        await this.#scanFile(path, scan);
    }
  }

  async #scanFile(path: string, scan: FolderScan): Promise<void> {
    const found = await this.#stat(path);
    if (!found) return;
    const { index } = this.#options;
    const { file, modifiedMs, size } = found;
    const known = index.get(path);
    const isSame = known?.modifiedMs === modifiedMs && known.size === size;
    const isKnown = isSame && (known.divided === "by-file") === scan.divided.has(path);
    const parts = isKnown ? index.partsOf(known.id) : [];
    if (isKnown && (!isCueSheet(path) || (await this.#areCurrent(parts)))) {
      scan.ids.add(known.id);
    } else if (isCueSheet(path)) {
      scan.ids.add(await this.#readSheet(file, modifiedMs, size));
    } else {
      scan.ids.add(await this.#probeFile(file, modifiedMs, size, scan.divided.has(path)));
    }
    const sheet = index.get(path)?.id;
    for (const part of sheet === undefined ? [] : index.partsOf(sheet)) {
      scan.ids.add(part.id);
      if (isCueSheet(path)) scan.divided.add(wholeOf(part.path));
    }
  }

  /** Returns a file in a music folder and its state; undefined if there is none. */
  async #stat(path: string): Promise<FoundFile | undefined> {
    const file = await this.#options.musicFolders.resolve(path);
    const stats = file && (await stat(file.realPath).catch(() => null));
    this.#closing.signal.throwIfAborted();
    return file && stats?.isFile() ? { file, modifiedMs: stats.mtimeMs, size: stats.size } : undefined;
  }

  /** Returns whether the files of which these are parts have not changed. */
  async #areCurrent(parts: readonly IndexedPart[]): Promise<boolean> {
    const partOf = new Map(parts.map((part) => [wholeOf(part.path), part]));
    for (const [path, part] of partOf) {
      const found = await this.#stat(path);
      if (found?.modifiedMs !== part.modifiedMs || found.size !== part.size) return false;
    }
    return true;
  }

  async #probeFile(
    { path, realPath }: ResolvedPath,
    modifiedMs: number,
    size: number,
    isDivided: boolean,
  ): Promise<number> {
    const { prober, index, logger } = this.#options;
    if (isDivided) return index.put({ path, modifiedMs, size, facts: null, divided: "by-file" });
    // The entries of a playlist are read when it is loaded.
    if (isPlaylistFile(path)) return index.put({ path, modifiedMs, size, facts: null });
    const probed = await prober
      .probe({ type: "file", path: realPath }, this.#probeSignal())
      .catch((error: unknown) => {
        logger.debug({ path, err: error }, "file in music folder not playable");
        return null;
      });
    this.#closing.signal.throwIfAborted();
    const media = probed?.type === "media" ? probed : undefined;
    const { parts } = media?.parts.length ? await this.#readParts({ path, realPath }) : { parts: [] };
    if (parts.length === 0) return index.put({ path, modifiedMs, size, facts: media?.facts ?? null });
    const sheet = index.put({ path, modifiedMs, size, facts: null, divided: "by-tags" });
    for (const { source, facts: partFacts } of parts)
      index.put({ path: source.identifier, modifiedMs, size, facts: partFacts, sheet });
    return sheet;
  }

  /** Indexes a cue sheet, and the tracks in it that are parts of files. */
  async #readSheet(file: ResolvedPath, modifiedMs: number, size: number): Promise<number> {
    const { index } = this.#options;
    const { parts, isComplete } = await this.#readParts(file);
    const id = index.put({
      path: file.path,
      modifiedMs: isComplete ? modifiedMs : incompleteMs,
      size,
      facts: null,
    });
    const states = new Map<string, FoundFile | undefined>();
    for (const { source, facts } of parts) {
      const whole = wholeOf(source.identifier);
      if (!states.has(whole)) states.set(whole, await this.#stat(whole));
      const state = states.get(whole);
      // A sheet may list addresses too, which are not indexed.
      if (state)
        index.put({
          path: source.identifier,
          modifiedMs: state.modifiedMs,
          size: state.size,
          facts,
          sheet: id,
        });
    }
    return id;
  }

  async #readParts(file: {
    readonly path: string;
    readonly realPath: string;
  }): ReturnType<MediaLoader["readParts"]> {
    const { media, logger } = this.#options;
    const read = await media
      .readParts(localMediaSource(file), this.#probeSignal())
      .catch((error: unknown) => {
        logger.debug({ path: file.path, err: error }, "cue sheet in music folder not readable");
        return { parts: [], isComplete: false };
      });
    this.#closing.signal.throwIfAborted();
    return read;
  }

  #probeSignal(): AbortSignal {
    return AbortSignal.any([AbortSignal.timeout(this.#options.limits.loadMs), this.#closing.signal]);
  }

  async #removeMissing(seen: ReadonlySet<number>): Promise<void> {
    const { index } = this.#options;
    for (let from = 0; ; ) {
      const ids = index.listIds(from, batchSize);
      const last = ids.at(-1);
      if (last === undefined) return;
      index.remove(ids.filter((id) => !seen.has(id)));
      from = last + 1;
      await nextTurn();
      this.#closing.signal.throwIfAborted();
    }
  }
}

/** Waits for a promise, but at most `maxMs`. */
async function waitAtMost(promise: Promise<unknown>, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxMs).unref();
  });
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
