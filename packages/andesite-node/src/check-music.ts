import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createLoader } from "./loading/create-loader.ts";
import { defaultLoadingLimits } from "./loading/limits.ts";
import { mapConcurrently } from "./loading/map-concurrently.ts";
import { isMediaFile } from "./loading/media-files.ts";

/** Result of {@link checkMusic}. */
export interface MusicCheck {
  /** Number of music files that were opened. */
  readonly checked: number;
  /** Files that cannot be played, with the reasons. */
  readonly unplayable: readonly { readonly path: string; readonly reason: string }[];
}

/** Yields the paths of the music files below a folder. Links to folders are not followed. */
async function* listMusic(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* listMusic(path);
    else if (isMediaFile(entry.name)) yield path;
  }
}

/**
 * Opens music files of a folder like a node that loads them.
 *
 * @param folder - Absolute path.
 * @param maxFiles - Maximum number of files; the others are not opened.
 */
export async function checkMusic(folder: string, maxFiles: number): Promise<MusicCheck> {
  const paths: string[] = [];
  for await (const path of listMusic(folder)) {
    if (paths.length >= maxFiles) break;
    paths.push(path);
  }
  const loader = createLoader({
    autoSearch: null,
    sources: { local: true, search: false },
    musicFolders: [folder],
  });
  try {
    const reasons = await mapConcurrently(paths, defaultLoadingLimits.concurrentProbes, async (path) => {
      const loaded = await loader.load(`raw:${path}`);
      if (loaded.loadType === "LOAD_FAILED") return [{ path, reason: loaded.error.message }];
      return loaded.loadType === "NO_MATCHES" ? [{ path, reason: "The file cannot be read." }] : [];
    });
    return { checked: paths.length, unplayable: reasons.flat() };
  } finally {
    await loader.close();
  }
}
