import { constants } from "node:fs";
import { access, open, rm } from "node:fs/promises";
import { backup, type DatabaseSync } from "node:sqlite";
import { publishFile } from "../durable-file.ts";

/** Pages copied per step; between steps the server handles other requests. */
const pagesPerBatch = 256;

/**
 * Copies an open database to a new file, which appears under its name only when it is complete and flushed to
 * disk.
 *
 * @throws Error if the file exists or cannot be written.
 */
export async function backUpDatabase(raw: DatabaseSync, file: string): Promise<void> {
  const exists = await access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new Error(`${file} already exists, and a backup does not overwrite files: choose another name`);
  const unfinished = `${file}.unfinished`;
  try {
    // Created readable by the owner only, before any data is written.
    await rm(unfinished, { force: true });
    await (await open(unfinished, "wx", 0o600)).close();
    await backup(raw, unfinished, { rate: pagesPerBatch });
    await publishFile(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
