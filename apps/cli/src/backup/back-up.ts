import { lstat, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AdminError, isPostgresAddress, openAdministration } from "@asterite/aster-server";
import { databaseName, filesOf, unfinished } from "./data-files.ts";
import { copyKept, examine, type Manifest, writeManifest } from "./manifest.ts";

/** Where everything is; absolute paths. */
export interface BackUpPlaces {
  /** The data folder. */
  readonly data: string;
  /** Its database, which may lie elsewhere. */
  readonly database: string;
  /** The back-up. */
  readonly folder: string;
}

/** Told of each file that is begun. */
export type OnFile = (path: string) => void;

/**
 * Copies all that a data folder holds to a new folder, which appears under its name only when it is complete and on disk.
 * Whatever uses the data goes on.
 *
 * @throws AdminError, ServerError, or an error of the file system.
 */
export async function backUp({ data, database, folder }: BackUpPlaces, onFile: OnFile): Promise<Manifest> {
  if (isPostgresAddress(database)) {
    throw new AdminError(
      "a database of PostgreSQL is backed up with pg_dump; the rest of the data folder is files",
    );
  }
  const exists = await lstat(folder).then(
    () => true,
    () => false,
  );
  if (exists) throw new AdminError(`${folder} exists already; a back-up never replaces anything`);
  const incoming = `${folder}${unfinished}`;
  try {
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    const manifest = new Map([[databaseName, await copyDatabase(database, incoming, onFile)]]);
    // After the database: a password is written down before the account that it is of is made.
    for await (const path of filesOf(data, database)) {
      onFile(path);
      const to = join(incoming, path);
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      const kept = await copyKept(join(data, path), to).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        // The bot has forgotten a room meanwhile.
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

/** The server copies it while it runs; so the copy is written by the server's own user. */
async function copyDatabase(database: string, folder: string, onFile: OnFile) {
  onFile(databaseName);
  const file = join(folder, databaseName);
  const connection = await openAdministration(database);
  try {
    await connection.execute({ command: "backup", file });
  } finally {
    await connection.close();
  }
  return await examine(file);
}
