import { type FSWatcher, watch } from "node:fs";

/** Watches folders and says, once it is quiet again, that something in them has changed. */
export class FolderWatcher {
  readonly #maxFolders: number;
  readonly #quietMs: number;
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;

  constructor(maxFolders: number, quietMs: number, onChange: () => void) {
    this.#maxFolders = maxFolders;
    this.#quietMs = quietMs;
    this.#onChange = onChange;
  }

  /** Watches a folder; one that cannot be watched is left to the regular looks. */
  add(folder: string): void {
    if (this.#watchers.has(folder) || this.#watchers.size >= this.#maxFolders) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#scheduleOnChange());
      // A folder that goes away is noticed by the one that it was in.
      watcher.on("error", () => this.#remove(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // The system allows a number of watches only.
    }
  }

  /** Watches these and no others. */
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
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onChange, this.#quietMs).unref();
  }

  #remove(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
