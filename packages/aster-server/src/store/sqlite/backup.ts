import { constants } from "node:fs";
import { access, open, rename, rm } from "node:fs/promises";
import { backup, type DatabaseSync } from "node:sqlite";

/** Pages copied at a time; in between the server goes on. */
const pagesPerBatch = 256;

/**
 * Copies a database in use to a new file, which appears under its name only when it is complete and on disk.
 *
 * @throws Error if the file exists already, or cannot be written.
 */
export async function backUpDatabase(raw: DatabaseSync, file: string): Promise<void> {
  const exists = await access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`${file} exists already; a backup never replaces a file`);
  const unfinished = `${file}.unfinished`;
  try {
    // Made for the owner alone from the first moment on.
    await rm(unfinished, { force: true });
    await (await open(unfinished, "wx", 0o600)).close();
    await backup(raw, unfinished, { rate: pagesPerBatch });
    const handle = await open(unfinished, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
