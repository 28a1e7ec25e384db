import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { ServerError } from "../../../errors.ts";
import type { Tables } from "../schema.ts";
import { tables } from "./0001-tables.ts";

/** Every migration there has been, by name; the names' order is theirs. None is ever changed or taken away. */
const migrations: Readonly<Record<string, Migration>> = { "0001-tables": tables };

const migratorOver = (query: Kysely<Tables>): Migrator =>
  new Migrator({
    db: query,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableName: "asterite_migrations",
    migrationLockTableName: "asterite_migrations_lock",
  });

/** Names that a database has gone through and this version does not know. */
export async function unknownMigrations(query: Kysely<Tables>): Promise<string[]> {
  const known = (await query.introspection.getTables()).some(({ name }) => name === "asterite_migrations");
  if (!known) return [];
  const { rows } = await sql<{ name: string }>`select name from asterite_migrations`.execute(query);
  return rows.map(({ name }) => name).filter((name) => !(name in migrations));
}

/**
 * Brings the tables to the present form. Of several processes one does it and the others wait: the migrator holds
 * an advisory lock. There is no way back: a database that is ahead is refused and stays as it is.
 *
 * @throws ServerError with `DATABASE_VERSION`.
 */
export async function migrate(query: Kysely<Tables>): Promise<void> {
  const [ahead] = await unknownMigrations(query);
  if (ahead !== undefined) {
    throw new ServerError(
      "DATABASE_VERSION",
      `The database has been migrated to ${ahead} by a newer version; install that one`,
    );
  }
  const { error } = await migratorOver(query).migrateToLatest();
  if (error !== undefined) throw error;
}
