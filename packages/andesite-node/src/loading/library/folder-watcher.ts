import { type FSWatcher, watch } from "node:fs";

/** Watches folders and says, once it is quiet again, that something in them has changed. */
export class FolderWatch {
  readonly #limit: number;
  readonly #quietMs: number;
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limit: number, quietMs: number, changed: () => void) {
    this.#limit = limit;
    this.#quietMs = quietMs;
    this.#changed = changed;
  }

  /** Watches a folder; one that cannot be watched is left to the regular looks. */
  add(folder: string): void {
    if (this.#watchers.has(folder) || this.#watchers.size >= this.#limit) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#notice());
      // A folder that goes away is noticed by the one that it was in.
      watcher.on("error", () => this.#remove(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // The system allows a number of watches only.
    }
  }

  /** Watches these and no others. */
  keepOnly(folders: ReadonlySet<string>): void {
    for (const folder of this.#watchers.keys()) {
      if (!folders.has(folder)) this.#remove(folder);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const folder of [...this.#watchers.keys()]) this.#remove(folder);
  }

  #notice(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#changed, this.#quietMs).unref();
  }

  #remove(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
