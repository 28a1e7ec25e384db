import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/** The file in a back-up that says what belongs to it. */
export const manifestName = "asterite-backup.json";

/** The database in a back-up, whatever it is called in the data folder. */
export const databaseName = "aster.db";

/** Ends the name of a folder that is not complete, and that a later run may take away. */
export const unfinished = ".unfinished";

/** What {@link setAsideName} names begins so. */
const asidePrefix = "before-restore-";

/** A folder for what stood where a back-up is put. */
export const setAsideName = (now: Date): string =>
  `${asidePrefix}${now.toISOString().replaceAll(/[:.]/g, "-")}`;

/** Files and folders that are being written, and belong to whoever writes them. */
const passing = /\.(?:tmp|unfinished|restoring)$/;

/** Back-ups that lie in the data folder are not part of it. */
const isOfBackUps = (folder: string): boolean =>
  basename(folder).startsWith(asidePrefix) || existsSync(join(folder, manifestName));

/**
 * The files in a data folder that have to be kept, as paths in it with `/`: all but the database, which the server copies,
 * and what exists only while something runs. Links to files count as files, links to folders are not followed.
 *
 * @param data, database absolute paths.
 */
export async function* filesOf(data: string, database: string, below = ""): AsyncGenerator<string> {
  const entries = await readdir(join(data, below), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    },
  );
  for (const entry of entries) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const full = join(data, path);
    // The log of the database, its lock, and the databases of before.
    if (full.startsWith(database) || passing.test(entry.name)) continue;
    if (entry.isDirectory()) {
      if (!isOfBackUps(full)) yield* filesOf(data, database, path);
    } else if (await isFile(full)) yield path;
  }
}

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false;
