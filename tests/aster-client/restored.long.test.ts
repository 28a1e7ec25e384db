import { PostgresServer } from "@asterite/testkit";
import { expect, it } from "vitest";
import { onPostgres, onSqlite, runBackupRounds } from "../support/backup-rounds.ts";

const rounds = 50;

it.for(["restore", "copy"] as const)(
  "loses and repeats no message in 50 rounds of SQLite by %s",
  {
    timeout: 600_000,
  },
  async (way) => {
    const outcome = await runBackupRounds(rounds, await onSqlite(way));
    expect(outcome).toEqual({ lost: 0, wrong: 0, restored: 3 * rounds });
  },
);

it.skipIf(!PostgresServer.isInstalled)(
  "loses and repeats no message in 50 rounds of PostgreSQL",
  { timeout: 600_000 },
  async () => {
    await using postgres = await PostgresServer.start();
    const outcome = await runBackupRounds(rounds, await onPostgres(postgres));
    expect(outcome).toMatchObject({ lost: 0, wrong: 0 });
  },
);
