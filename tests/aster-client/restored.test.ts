import { PostgresServer } from "@asterite/testkit";
import { expect, it } from "vitest";
import { onPostgres, onSqlite, runBackupRounds } from "../support/backup-rounds.ts";

const rounds = 3;

it.for(["restore", "copy", "folder"] as const)(
  "loses and repeats no message when SQLite goes back by %s",
  {
    timeout: 60_000,
  },
  async (way) => {
    const outcome = await runBackupRounds(rounds, await onSqlite(way));
    expect(outcome).toEqual({ lost: 0, wrong: 0, restored: 3 * rounds });
  },
);

it.skipIf(!PostgresServer.isInstalled)(
  "loses and repeats no message when PostgreSQL goes back under two processes",
  { timeout: 120_000 },
  async () => {
    await using postgres = await PostgresServer.start();
    const outcome = await runBackupRounds(rounds, await onPostgres(postgres));
    expect(outcome).toEqual({ lost: 0, wrong: 0, restored: expect.any(Number) });
  },
);
