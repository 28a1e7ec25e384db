import { type Logger, silentLogger } from "@asterite/util";
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { ServerError } from "../../../errors.ts";
import type { Tables } from "../schema.ts";
import { tables } from "./0001-tables.ts";
import { epochs } from "./0002-epochs.ts";
import { unspacedWords } from "./0003-unspaced-words.ts";
import { bots } from "./0004-bots.ts";
import { invites } from "./0005-invites.ts";
import { names } from "./0006-names.ts";
import { busKeys } from "./0008-bus-keys.ts";
import { audit } from "./0009-audit.ts";
import { files } from "./0010-files.ts";

/**
 * All migrations by name, applied in the order of their names. A released migration is never changed or
 * removed.
 */
export const migrations = (logger: Logger): Readonly<Record<string, Migration>> => ({
  "0001-tables": tables,
  "0002-epochs": epochs,
  "0003-unspaced-words": unspacedWords(logger),
  "0004-bots": bots,
  "0005-invites": invites,
  "0006-names": names,
  "0008-bus-keys": busKeys,
  "0009-audit": audit,
  "0010-files": files,
});

const migratorOver = (query: Kysely<Tables>, logger: Logger): Migrator =>
  new Migrator({
    db: query,
    provider: { getMigrations: () => Promise.resolve({ ...migrations(logger) }) },
    migrationTableName: "asterite_migrations",
    migrationLockTableName: "asterite_migrations_lock",
  });

/** Returns the applied migrations that this version does not know. */
export async function unknownMigrations(query: Kysely<Tables>): Promise<string[]> {
  const hasMigrations = (await query.introspection.getTables()).some(
    ({ name }) => name === "asterite_migrations",
  );
  if (!hasMigrations) return [];
  const { rows } = await sql<{ name: string }>`select name from asterite_migrations`.execute(query);
  return rows.map(({ name }) => name).filter((name) => !(name in migrations(silentLogger)));
}

/**
 * Applies pending migrations. If several processes start at once, one migrates and the others wait for the
 * migrator's advisory lock. There are no down migrations: a database of a newer version is refused and left
 * unchanged.
 *
 * @throws ServerError with `DATABASE_VERSION`.
 */
export async function migrate(query: Kysely<Tables>, logger: Logger = silentLogger): Promise<void> {
  const [unknown] = await unknownMigrations(query);
  if (unknown !== undefined) {
    throw new ServerError(
      "DATABASE_VERSION",
      `The database was migrated to ${unknown} by a newer version of the server; install that version`,
    );
  }
  const { error } = await migratorOver(query, logger).migrateToLatest();
  if (error !== undefined) throw error;
}
