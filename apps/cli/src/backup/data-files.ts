import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/** Name of the manifest file in a backup. */
export const manifestName = "asterite-backup.json";

/** Name of the database in a backup, independent of its name in the data folder. */
export const databaseName = "aster.db";

/** File in the data folder with the links that create the first administrator. */
export const setupLinkFile = "setup-link";

/** File in the data folder in which earlier versions kept the first password of the administrator. */
export const adminPasswordFile = "admin-password";

/** Files with secrets of the first start, which no backup contains. */
const firstStartFiles = [setupLinkFile, adminPasswordFile];

/** Suffix of an incomplete backup, which a later run may delete. */
export const incompleteSuffix = ".unfinished";

/** Prefix of the folders named by {@link previousDataName}. */
const previousDataPrefix = "before-restore-";

/** Returns the name of the folder that keeps the data replaced by a restore. */
export const previousDataName = (now: Date): string =>
  `${previousDataPrefix}${now.toISOString().replaceAll(/[:.]/g, "-")}`;

/** Matches files and folders that are still being written. */
const temporaryFile = /\.(?:tmp|unfinished|restoring)$/;

/** Returns whether a folder is a backup, which is not part of the data itself. */
const isBackup = (folder: string): boolean =>
  basename(folder).startsWith(previousDataPrefix) || existsSync(join(folder, manifestName));

/**
 * Yields the files of a data folder to back up, as relative paths with `/`: all files except the database,
 * which the server copies, those with secrets of the first start and temporary ones. Links to files count as files;
 * links to folders are not followed.
 *
 * @param data, database - Absolute paths.
 */
export async function* listDataFiles(data: string, database: string, below = ""): AsyncGenerator<string> {
  const entries = await readdir(join(data, below), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    },
  );
  for (const entry of entries) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const full = join(data, path);
    // Skips the database with its WAL, its lock and earlier copies.
    if (full.startsWith(database) || temporaryFile.test(entry.name) || firstStartFiles.includes(path))
      continue;
    if (entry.isDirectory()) {
      if (!isBackup(full)) yield* listDataFiles(data, database, path);
    } else if (await isFile(full)) yield path;
  }
}

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false;
