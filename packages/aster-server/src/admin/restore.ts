import { existsSync } from "node:fs";
import { copyFile, open, rename, rm } from "node:fs/promises";
import { openOffline } from "../context.ts";
import { ServerError } from "../errors.ts";
import { isPostgresAddress } from "../store/postgres/address.ts";
import { AdminError } from "../store/transfer/admin-error.ts";

/** What SQLite may have left beside a database, and would take for that of the next file of its name. */
const sidecarSuffixes = ["-wal", "-shm", "-journal"];

/**
 * Puts a backup in the place of a database that no server uses, also where that cannot be opened any more. The backup
 * is opened first as a server would, so a file that is no database is refused before anything changes.
 *
 * @returns Where the database of before was kept, if there was one.
 * @throws ServerError with `DATABASE_LOCKED` while a server runs, or with what is wrong with the backup.
 */
export async function restoreDatabase(database: string, backup: string): Promise<string | undefined> {
  if (isPostgresAddress(database)) {
    throw new AdminError("a database of PostgreSQL is restored with pg_restore or psql");
  }
  if (!existsSync(backup)) throw new AdminError(`there is no file ${backup}`);
  const incoming = `${database}.restoring`;
  try {
    await copyFile(backup, incoming);
    await (await openOffline(incoming)).close();
    await syncFile(incoming);
    const kept = await moveAside(database);
    await rename(incoming, database);
    return kept;
  } catch (error) {
    for (const side of ["", ...sidecarSuffixes]) await rm(incoming + side, { force: true });
    throw error;
  } finally {
    await rm(`${incoming}.lock`, { force: true });
  }
}

/** Also without a database: a log that somebody has left behind is not to be read into the one that comes. */
async function moveAside(database: string): Promise<string | undefined> {
  const isThere = existsSync(database);
  try {
    // Closing it writes its log back into the file, so that the file alone is the whole database.
    if (isThere) await (await openOffline(database)).close();
  } catch (error) {
    // Broken, or of a newer server: that is what backups are for. It is kept all the same.
    if (!(error instanceof ServerError) || error.code === "DATABASE_LOCKED") throw error;
  }
  const kept = `${database}.before-restore-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  for (const side of sidecarSuffixes)
    if (existsSync(database + side)) await rename(database + side, kept + side);
  if (!isThere) return undefined;
  await rename(database, kept);
  return kept;
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
