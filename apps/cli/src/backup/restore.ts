import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AdminError, isPostgresAddress, restoreDatabase } from "@asterite/aster-server";
import type { BackupPaths, FileListener } from "./create-backup.ts";
import { databaseName, listDataFiles, previousDataName } from "./data-files.ts";
import { copyFileSynced, type Manifest, verifyBackup } from "./manifest.ts";

/** Result of {@link restoreBackup}. */
interface RestoreResult {
  readonly manifest: Manifest;
  /** Paths of the replaced data. */
  readonly kept: readonly string[];
}

/**
 * Restores a backup to a data folder that is not in use. The backup is verified before any data is changed,
 * and existing data is kept.
 *
 * @param isReplacing - Whether existing data may be replaced.
 * @throws AdminError, ServerError (`DATABASE_LOCKED` while a server is running), or a file system error.
 */
export async function restoreBackup(
  { data, database, folder }: BackupPaths,
  isReplacing: boolean,
  onFile: FileListener,
): Promise<RestoreResult> {
  if (isPostgresAddress(database)) {
    throw new AdminError("restore a PostgreSQL database with pg_restore or psql");
  }
  const present = await Array.fromAsync(listDataFiles(data, database));
  if (!isReplacing && (present.length > 0 || existsSync(database))) {
    const hint = "--replace replaces it and keeps it next to the restored data";
    throw new AdminError(`${data} already contains data; ${hint}`);
  }
  const manifest = await verifyBackup(folder);
  if (!manifest.has(databaseName)) throw new AdminError(`${folder} contains no ${databaseName}`);
  const others = [...manifest.keys()].filter((path) => path !== databaseName);
  const staging = join(data, "files.restoring");
  try {
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true, mode: 0o700 });
    for (const path of others) {
      onFile(path);
      await mkdir(dirname(join(staging, path)), { recursive: true, mode: 0o700 });
      await copyFileSynced(join(folder, path), join(staging, path));
    }
    onFile(databaseName);
    // Fails while a server is running. No data has been changed up to here.
    const before = await restoreDatabase(database, join(folder, databaseName));
    const previousFolder = join(data, previousDataName(new Date()));
    for (const path of present) await moveFile(join(data, path), join(previousFolder, path));
    for (const path of others) await moveFile(join(staging, path), join(data, path));
    const kept = [...(before === undefined ? [] : [before]), ...(present.length > 0 ? [previousFolder] : [])];
    return { manifest, kept };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function moveFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await rename(from, to);
}
