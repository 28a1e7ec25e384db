// Tools for PostgreSQL are imported on first use: most servers and commands do not need the driver.

import type { PostgresInspection } from "./postgres/inspect.ts";
import type { TransferCounts, TransferOptions } from "./transfer/progress.ts";

/**
 * Imports an SQLite file, of this server or the reference server, into an empty PostgreSQL database. An
 * interrupted import resumes where it stopped when it is run again; until it is complete, no server starts on
 * the database.
 *
 * @returns Number of rows by table, verified to be equal on both sides.
 * @throws AdminError if the database is in use or not empty, or if the row counts differ.
 */
export async function importDatabase(
  file: string,
  address: string,
  options: TransferOptions = {},
): Promise<TransferCounts> {
  const transfer = await import("./transfer/import-database.ts");
  return transfer.importDatabase(file, address, options);
}

/**
 * Exports a PostgreSQL database to a new SQLite file, as one consistent snapshot, while its servers keep
 * running. The file appears under its name when it is complete.
 *
 * @returns Number of rows by table, verified to be equal on both sides.
 * @throws AdminError if the file exists, or if the row counts differ.
 */
export async function exportDatabase(
  address: string,
  file: string,
  options: TransferOptions = {},
): Promise<TransferCounts> {
  const transfer = await import("./transfer/export-database.ts");
  return transfer.exportDatabase(address, file, options);
}

/**
 * Inspects a PostgreSQL database without changing it.
 *
 * @throws Error if it cannot be reached or refuses the account.
 */
export async function inspectPostgres(address: string): Promise<PostgresInspection> {
  const inspection = await import("./postgres/inspect.ts");
  return inspection.inspectPostgres(address);
}
