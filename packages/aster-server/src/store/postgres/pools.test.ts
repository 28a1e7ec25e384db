import { PostgresServer } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closePools, openPools } from "./pools.ts";

describe.skipIf(!PostgresServer.isInstalled)("connection pools", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());

  it("are reconnected while other queries keep opening connections", async () => {
    const pools = openPools(server.createDatabase(), silentLogger);
    const readBackend = async (): Promise<unknown> =>
      (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(pools.writing)).rows[0]?.pid;
    let isReading = true;
    let failures = 0;
    const readAgainAndAgain = async (): Promise<void> => {
      while (isReading) await sql`select 1`.execute(pools.reading).catch(() => failures++);
    };
    const readers = [1, 2, 3, 4].map(readAgainAndAgain);
    try {
      const before = await readBackend();
      await pools.reconnect();
      expect(await readBackend()).not.toBe(before);
      expect(failures).toBeGreaterThan(0);
    } finally {
      isReading = false;
      await Promise.all(readers);
      await closePools(pools);
    }
  });
});
