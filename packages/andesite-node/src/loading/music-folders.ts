import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { MediaPart } from "@asterite/audio/media";
import { splitPartIdentifier } from "./part-identifier.ts";

/** Trailing path components that are tried when a moved file is searched for. */
const maxSuffixNames = 16;

/** A file or folder inside a music folder. */
export interface ResolvedPath {
  /** Absolute path as requested, without a part. */
  readonly path: string;
  /** Path with all symbolic links resolved. */
  readonly realPath: string;
  readonly isFolder: boolean;
  /** Part of the file that was requested; undefined for all of it. */
  readonly part?: MediaPart;
}

/**
 * The configured folders whose files may be played. Files outside are never found, even through `..` or
 * symbolic links.
 */
export class MusicFolders {
  readonly #paths: readonly string[];

  /** @param paths - Absolute paths; they may be symbolic links. */
  constructor(paths: readonly string[]) {
    this.#paths = paths.map((folder) => resolve(folder));
  }

  get paths(): readonly string[] {
    return this.#paths;
  }

  /** Finds a file or folder like {@link resolve}, or a part of a file by its identifier. A file of that very name comes first. */
  async resolvePart(identifier: string): Promise<ResolvedPath | null> {
    const found = await this.resolve(identifier);
    const split = found ? null : splitPartIdentifier(identifier);
    if (!split) return found;
    const file = await this.resolve(split.whole);
    return file && !file.isFolder ? { ...file, part: split.part } : null;
  }

  /**
   * Finds a file or folder. Returns null both for a missing path and for one outside, so that clients cannot
   * tell the two apart.
   *
   * @param path - Absolute path, or one relative to a music folder; the first folder that contains it wins.
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
   * Yields candidates for a file whose folder was moved: files whose path ends like the given absolute path,
   * longest match first. The caller must verify that a candidate is the same track.
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

/** Returns the path of a `file:` URL, empty if it has none; other identifiers are paths. */
export function pathOf(identifier: string): string {
  if (!/^file:/i.test(identifier)) return identifier;
  try {
    return fileURLToPath(identifier);
  } catch {
    return "";
  }
}
