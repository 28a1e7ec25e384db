import { existsSync } from "node:fs";
import { copyFile, rename, rm } from "node:fs/promises";
import { openOffline } from "../context.ts";
import { ServerError } from "../errors.ts";
import { flushFile, publishFile } from "../store/durable-file.ts";
import { isPostgresAddress, requireKnownDatabase } from "../store/postgres/address.ts";
import { positionSuffix } from "../store/sqlite/log-position.ts";
import { AdminError } from "../store/transfer/admin-error.ts";

/**
 * Suffixes of SQLite's sidecar files and of the log position, which would be applied to the next database with
 * the same name.
 */
const sidecarSuffixes = ["-wal", "-shm", "-journal", positionSuffix];

/**
 * Replaces a database with a backup while no server runs; the database may be corrupt. The backup is opened
 * first as a server would, so that an invalid file is rejected before any change. The restored database starts a
 * new epoch, by which clients recognise that it went back.
 *
 * @returns Path of the old database, which is kept; undefined if there was none.
 * @throws ServerError with `DATABASE_LOCKED` while a server runs, or if the backup is invalid.
 */
export async function restoreDatabase(database: string, backup: string): Promise<string | undefined> {
  requireKnownDatabase(database);
  if (isPostgresAddress(database)) {
    throw new AdminError("use pg_restore or psql to restore a PostgreSQL database");
  }
  if (!existsSync(backup)) throw new AdminError(`file ${backup} does not exist`);
  const incoming = `${database}.restoring`;
  try {
    await copyFile(backup, incoming);
    const opened = await openOffline(incoming);
    await opened.startEpoch("restore").finally(() => opened.close());
    // Before the old database is moved: after a failure it is still in place.
    await flushFile(incoming);
    const kept = await moveAside(database);
    await publishFile(incoming, database);
    return kept;
  } catch (error) {
    for (const side of ["", ...sidecarSuffixes]) await rm(incoming + side, { force: true });
    throw error;
  } finally {
    await rm(`${incoming}.lock`, { force: true });
    await rm(incoming + positionSuffix, { force: true });
  }
}

/**
 * Starts a new epoch in a database that went back to an earlier state in a way that is not recognised, such as a
 * snapshot of the whole data folder.
 *
 * @throws AdminError if the file does not exist.
 * @throws ServerError with `DATABASE_LOCKED` while a server uses the file.
 */
export async function startNewEpoch(database: string): Promise<void> {
  requireKnownDatabase(database);
  if (!isPostgresAddress(database) && !existsSync(database)) {
    throw new AdminError(`database ${database} does not exist`);
  }
  const opened = await openOffline(database);
  await opened.startEpoch("new_epoch").finally(() => opened.close());
}

/**
 * Renames the database and its sidecar files. A leftover sidecar must not be applied to the restored
 * database.
 */
async function moveAside(database: string): Promise<string | undefined> {
  const exists = existsSync(database);
  try {
    // Closing it checkpoints the write-ahead log, so that the file alone contains all data.
    if (exists) await (await openOffline(database)).close();
  } catch (error) {
    // A corrupt database, or one of a newer server, is kept as it is.
    if (!(error instanceof ServerError) || error.code === "DATABASE_LOCKED") throw error;
  }
  const kept = `${database}.before-restore-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  for (const side of sidecarSuffixes)
    if (existsSync(database + side)) await rename(database + side, kept + side);
  if (!exists) return undefined;
  await rename(database, kept);
  return kept;
}
