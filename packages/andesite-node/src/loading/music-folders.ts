import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, resolve, sep } from "node:path";

/** Names at the end of a path by which a file is looked for in other places. */
const maxSuffixNames = 16;

/** Something inside a configured folder. */
export interface ResolvedPath {
  /** Absolute path as it was asked for. */
  readonly path: string;
  /** Where that really is, all links followed. */
  readonly realPath: string;
  readonly isFolder: boolean;
}

/** The folders whose files may be played. Nothing outside of them is found, whatever links and `..` say. */
export class MusicFolders {
  readonly #paths: readonly string[];

  /** @param paths - Absolute paths; they may be links themselves. */
  constructor(paths: readonly string[]) {
    this.#paths = paths.map((folder) => resolve(folder));
  }

  get folders(): readonly string[] {
    return this.#paths;
  }

  /**
   * Finds a file or folder; null where there is none inside, without a difference between what is missing and
   * what must not be read.
   *
   * @param path - Absolute, or relative to one of the folders, which are asked in their order.
   */
  async resolve(path: string): Promise<ResolvedPath | null> {
    if (path === "" || path.includes("\0")) return null;
    if (isAbsolute(path)) return await this.#resolveInside(resolve(path));
    for (const folder of this.#paths) {
      const found = await this.#resolveInside(join(folder, path));
      if (found) return found;
    }
    return null;
  }

  /**
   * Files that may be the one of an absolute path which was written down before its folder was moved: what ends like that
   * path, the longest end first. Whether one is the same file the caller has to find out.
   */
  async *findMoved(path: string): AsyncGenerator<ResolvedPath> {
    if (path.includes("\0")) return;
    const names = path.split(/[\\/]/).slice(-maxSuffixNames);
    for (let from = 0; from < names.length; from++) {
      const end = join(...names.slice(from));
      for (const folder of this.#paths) {
        const found = await this.#resolveInside(join(folder, end));
        if (found && !found.isFolder) yield found;
      }
    }
  }

  async #resolveInside(path: string): Promise<ResolvedPath | null> {
    try {
      const real = await realpath(path);
      if (!(await this.#contains(real))) return null;
      const facts = await stat(real);
      return facts.isFile() || facts.isDirectory()
        ? { path, realPath: real, isFolder: facts.isDirectory() }
        : null;
    } catch {
      return null;
    }
  }

  async #contains(real: string): Promise<boolean> {
    for (const folder of this.#paths) {
      const root = await realpath(folder).catch(() => null);
      if (root !== null && (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)))
        return true;
    }
    return false;
  }
}
