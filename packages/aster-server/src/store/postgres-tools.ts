// What works on databases of PostgreSQL is loaded with its first use: most servers and commands do without.

import type { PostgresInspection } from "./postgres/inspect.ts";
import type { TransferCounts, TransferOptions } from "./transfer/progress.ts";

/**
 * Moves a file of SQLite, ours or the reference server's, into a database of PostgreSQL that holds nothing yet. An
 * import that was interrupted goes on where it stopped when it is asked for again; until it is complete no server
 * starts on the database.
 *
 * @returns Rows by table, which were counted on both sides and are equal.
 * @throws AdminError if the database is in use or holds something else, or if the counts differ.
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
 * Writes everything that a database of PostgreSQL holds to a new file of SQLite, as of one moment, while its servers
 * go on. The file appears under its name when it is complete.
 *
 * @returns Rows by table, which were counted on both sides and are equal.
 * @throws AdminError if the file exists, or if the counts differ.
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
 * Looks at a database of PostgreSQL without changing anything.
 *
 * @throws Error if it cannot be reached, or the account is refused.
 */
export async function inspectPostgres(address: string): Promise<PostgresInspection> {
  const inspection = await import("./postgres/inspect.ts");
  return inspection.inspectPostgres(address);
}
