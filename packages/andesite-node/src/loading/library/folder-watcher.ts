import { type FSWatcher, watch } from "node:fs";

/** Times of `quietMs` after which changes are reported that do not end, as those of a recording in progress. */
const maxQuietTimes = 20;

/** Watches folders. Reports changes once there were none for `quietMs`, or after twenty times that. */
export class FolderWatcher {
  readonly #maxFolders: number;
  readonly #quietMs: number;
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  /** Latest time in ms of the next report. */
  #dueMs = 0;

  constructor(maxFolders: number, quietMs: number, onChange: () => void) {
    this.#maxFolders = maxFolders;
    this.#quietMs = quietMs;
    this.#onChange = onChange;
  }

  /** Watches a folder. Changes in folders that cannot be watched are found by the periodic scan. */
  add(folder: string): void {
    if (this.#watchers.has(folder) || this.#watchers.size >= this.#maxFolders) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#scheduleOnChange());
      // The watcher of the parent folder reports that a folder was removed.
      watcher.on("error", () => this.#remove(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // The operating system limits the number of watches.
    }
  }

  /** Stops watching all other folders. */
  retainOnly(folders: ReadonlySet<string>): void {
    for (const folder of this.#watchers.keys()) {
      if (!folders.has(folder)) this.#remove(folder);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const folder of [...this.#watchers.keys()]) this.#remove(folder);
  }

  #scheduleOnChange(): void {
    const nowMs = performance.now();
    if (this.#timer === undefined) this.#dueMs = nowMs + maxQuietTimes * this.#quietMs;
    clearTimeout(this.#timer);
    const report = (): void => {
      this.#timer = undefined;
      this.#onChange();
    };
    this.#timer = setTimeout(report, Math.max(0, Math.min(this.#quietMs, this.#dueMs - nowMs))).unref();
  }

  #remove(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
