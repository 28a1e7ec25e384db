import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, resolve, sep } from "node:path";

/** Something inside a configured folder. */
export interface Found {
  /** Absolute path as it was asked for. */
  readonly path: string;
  /** Where that really is, all links followed. */
  readonly real: string;
  readonly isFolder: boolean;
}

/** The folders whose files may be played. Nothing outside of them is found, whatever links and `..` say. */
export class Roots {
  readonly #folders: readonly string[];

  /** @param folders - Absolute paths; they may be links themselves. */
  constructor(folders: readonly string[]) {
    this.#folders = folders.map((folder) => resolve(folder));
  }

  get folders(): readonly string[] {
    return this.#folders;
  }

  /**
   * Finds a file or folder; null where there is none inside, without a difference between what is missing and
   * what must not be read.
   *
   * @param path - Absolute, or relative to one of the folders, which are asked in their order.
   */
  async find(path: string): Promise<Found | null> {
    if (path === "" || path.includes("\0")) return null;
    if (isAbsolute(path)) return await this.#look(resolve(path));
    for (const folder of this.#folders) {
      const found = await this.#look(join(folder, path));
      if (found) return found;
    }
    return null;
  }

  async #look(path: string): Promise<Found | null> {
    try {
      const real = await realpath(path);
      if (!(await this.#holds(real))) return null;
      const facts = await stat(real);
      return facts.isFile() || facts.isDirectory() ? { path, real, isFolder: facts.isDirectory() } : null;
    } catch {
      return null;
    }
  }

  async #holds(real: string): Promise<boolean> {
    for (const folder of this.#folders) {
      const root = await realpath(folder).catch(() => null);
      if (root !== null && (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)))
        return true;
    }
    return false;
  }
}
