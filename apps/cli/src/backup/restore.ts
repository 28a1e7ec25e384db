import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AdminError, isPostgresAddress, restoreDatabase } from "@asterite/aster-server";
import type { BackUpPlaces, OnFile } from "./create-backup.ts";
import { databaseName, filesOf, setAsideName } from "./data-files.ts";
import { copyKept, type Manifest, readBackUp } from "./manifest.ts";

/** What was put where. */
interface Restored {
  readonly manifest: Manifest;
  /** Where what was there before is kept. */
  readonly kept: readonly string[];
}

/**
 * Puts a back-up of everything into a data folder that nobody uses. The back-up is read through before anything changes,
 * and what is there is kept.
 *
 * @param isReplacing whether there may be data already.
 * @throws AdminError, ServerError (`DATABASE_LOCKED` while a server runs), or an error of the file system.
 */
export async function restore(
  { data, database, folder }: BackUpPlaces,
  isReplacing: boolean,
  onFile: OnFile,
): Promise<Restored> {
  if (isPostgresAddress(database)) {
    throw new AdminError("a database of PostgreSQL is restored with pg_restore or psql");
  }
  const present = await Array.fromAsync(filesOf(data, database));
  if (!isReplacing && (present.length > 0 || existsSync(database))) {
    const way = "--replace puts the back-up in its place and keeps what is there beside it";
    throw new AdminError(`${data} holds data already; ${way}`);
  }
  const manifest = await readBackUp(folder);
  if (!manifest.has(databaseName)) throw new AdminError(`${folder} holds no ${databaseName}`);
  const others = [...manifest.keys()].filter((path) => path !== databaseName);
  const staging = join(data, "files.restoring");
  try {
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true, mode: 0o700 });
    for (const path of others) {
      onFile(path);
      await mkdir(dirname(join(staging, path)), { recursive: true, mode: 0o700 });
      await copyKept(join(folder, path), join(staging, path));
    }
    onFile(databaseName);
    // Refuses while a server runs, and until here nothing has changed.
    const before = await restoreDatabase(database, join(folder, databaseName));
    const aside = join(data, setAsideName(new Date()));
    for (const path of present) await move(join(data, path), join(aside, path));
    for (const path of others) await move(join(staging, path), join(data, path));
    const kept = [...(before === undefined ? [] : [before]), ...(present.length > 0 ? [aside] : [])];
    return { manifest, kept };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function move(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await rename(from, to);
}
