import { lstat, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AdminError, isPostgresAddress, openAdministration } from "@asterite/aster-server";
import { databaseName, incompleteSuffix, listDataFiles } from "./data-files.ts";
import { copyFileSynced, digestFile, type Manifest, writeManifest } from "./manifest.ts";

/** Absolute paths of a backup and its source. */
export interface BackupPaths {
  /** Data folder. */
  readonly data: string;
  /** Database of the data folder, which may be outside of it. */
  readonly database: string;
  /** Backup folder. */
  readonly folder: string;
}

/** Called with each file before it is copied. */
export type FileListener = (path: string) => void;

/**
 * Copies a data folder to a new folder, even while it is in use. The new folder gets its name only once it is
 * complete and on disk.
 *
 * @throws AdminError, ServerError, or a file system error.
 */
export async function createBackup(
  { data, database, folder }: BackupPaths,
  onFile: FileListener,
): Promise<Manifest> {
  if (isPostgresAddress(database)) {
    throw new AdminError(
      "back up a PostgreSQL database with pg_dump; copy the other files of the data folder",
    );
  }
  const exists = await lstat(folder).then(
    () => true,
    () => false,
  );
  if (exists) throw new AdminError(`${folder} already exists; choose a new folder`);
  const incoming = `${folder}${incompleteSuffix}`;
  try {
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    const manifest = new Map([[databaseName, await copyDatabase(database, incoming, onFile)]]);
    // After the database: the bot's password file is written before its account is created.
    for await (const path of listDataFiles(data, database)) {
      onFile(path);
      const to = join(incoming, path);
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      const kept = await copyFileSynced(join(data, path), to).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        // The bot has deleted a saved queue in the meantime.
        await rm(to, { force: true });
        return undefined;
      });
      if (kept) manifest.set(path, kept);
    }
    await writeManifest(incoming, manifest);
    await rename(incoming, folder);
    return manifest;
  } catch (error) {
    await rm(incoming, { recursive: true, force: true });
    throw error;
  }
}

/** A running server writes the copy itself, as its own user. */
async function copyDatabase(database: string, folder: string, onFile: FileListener) {
  onFile(databaseName);
  const file = join(folder, databaseName);
  const connection = await openAdministration(database);
  try {
    await connection.execute({ command: "backup", file });
  } finally {
    await connection.close();
  }
  return await digestFile(file);
}
