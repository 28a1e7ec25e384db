import { existsSync } from "node:fs";
import { copyFile, open, rename, rm } from "node:fs/promises";
import { openOffline } from "../context.ts";
import { isPostgresAddress } from "../store/postgres/address.ts";
import { AdminError } from "./admin-error.ts";

/**
 * Puts a backup in the place of a database that no server uses. The backup is opened first as a server would,
 * so a file that is no database is refused before anything changes.
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
    await sync(incoming);
    let kept: string | undefined;
    if (existsSync(database)) {
      // Closing it writes its log back into the file, so that the file alone is the whole database.
      await (await openOffline(database)).close();
      kept = `${database}.before-restore-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
      await rename(database, kept);
    }
    await rename(incoming, database);
    return kept;
  } catch (error) {
    for (const file of [incoming, `${incoming}-wal`, `${incoming}-shm`]) await rm(file, { force: true });
    throw error;
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
