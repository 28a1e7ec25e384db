import { opendir } from "node:fs/promises";
import { extname, join } from "node:path";

/** File names of album pictures, best first; case-insensitive. */
const names = ["cover", "folder", "front", "album"];
const extensions = [".jpg", ".jpeg", ".png", ".webp", ".gif"];

/** Returns the rank of a file name: 0 is best, infinite is not an album picture. */
function rankOf(file: string): number {
  const extension = extname(file);
  const name = names.indexOf(file.slice(0, file.length - extension.length).toLowerCase());
  const format = extensions.indexOf(extension.toLowerCase());
  return name < 0 || format < 0 ? Number.POSITIVE_INFINITY : name * extensions.length + format;
}

/**
 * Returns the path of the album picture in a folder; null if there is none.
 *
 * @param folder - Absolute path.
 * @param maxEntries - Maximum number of folder entries that are read.
 */
export async function findFolderPicture(folder: string, maxEntries: number): Promise<string | null> {
  let best: string | null = null;
  let remaining = maxEntries;
  try {
    for await (const { name } of await opendir(folder)) {
      if (remaining-- === 0) break;
      if (rankOf(name) < (best === null ? Number.POSITIVE_INFINITY : rankOf(best))) best = name;
    }
  } catch {
    // A folder that cannot be read counts as empty.
  }
  return best === null ? null : join(folder, best);
}
