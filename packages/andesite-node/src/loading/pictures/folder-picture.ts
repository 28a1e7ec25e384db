import { opendir } from "node:fs/promises";
import { extname, join } from "node:path";

/** Names of pictures of an album, the best first; the case does not count. */
const names = ["cover", "folder", "front", "album"];
const extensions = [".jpg", ".jpeg", ".png", ".webp", ".gif"];

/** How good a name is: 0 for the best; infinite for none of these. */
function rankOf(file: string): number {
  const extension = extname(file);
  const name = names.indexOf(file.slice(0, file.length - extension.length).toLowerCase());
  const kind = extensions.indexOf(extension.toLowerCase());
  return name < 0 || kind < 0 ? Number.POSITIVE_INFINITY : name * extensions.length + kind;
}

/**
 * Finds the picture that people put beside the files of an album; null where there is none.
 *
 * @param folder - Absolute path.
 * @param maxEntries - Entries of the folder that are looked at.
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
    // A folder that cannot be read has no pictures.
  }
  return best === null ? null : join(folder, best);
}
