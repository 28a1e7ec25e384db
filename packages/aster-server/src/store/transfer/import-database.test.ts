import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresStore } from "../postgres/postgres-store.ts";
import { openSqliteStore } from "../sqlite/sqlite-store.ts";
import { upstreamFiles, writeUpstreamFile } from "../sqlite/upgrade/upgrade.test-support.ts";
import type { Store } from "../store.ts";
import { importDatabase } from "./import-database.ts";

const initial = { name: "Test", icon: new Uint8Array([1]) };

/** What a server sees of a store. */
async function seen(store: Store) {
  const facts = await store.read.readAccessRules();
  const users = await store.read.accounts.list();
  return {
    base: facts.base.toBytes(),
    channels: facts.channels,
    groups: facts.groups.map((group) => ({ ...group, permissions: group.permissions.toBytes() })),
    overrides: facts.overrides.map((one) => ({ ...one, permissions: one.permissions.toBytes() })),
    memberships: facts.memberships,
    users,
    passwords: await Promise.all(users.map(({ uuid }) => store.read.accounts.findCredentialsByUuid(uuid))),
    history: await Promise.all(
      facts.channels.map(({ uuid }) => store.read.messages.readPage({ channel: uuid, limit: 1000 })),
    ),
    markers: await Promise.all(users.map(({ uuid }) => store.longQueries.readMarkers(uuid))),
    sync: await Promise.all(users.map(({ uuid }) => store.read.sync.servers(uuid))),
    emoji: await store.read.server.listEmoji(),
  };
}

describe.skipIf(!PostgresServer.isInstalled)("an import", { timeout: 60_000 }, () => {
  let server: PostgresServer;
  let folder: string;
  beforeAll(async () => {
    server = await PostgresServer.start();
    folder = await mkdtemp(join(tmpdir(), "asterite-import-"));
  }, 60_000);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it.each(Object.keys(upstreamFiles))(
    "of the reference server's file %s shows what SQLite shows",
    async (name) => {
      const file = join(folder, `${name.replaceAll(/\W/g, "-")}.db`);
      const kind = upstreamFiles[name];
      if (!kind) throw new Error("no such file");
      writeUpstreamFile(file, kind);
      const address = server.createDatabase();
      await importDatabase(file, address);
      const before = openSqliteStore(file, initial);
      const after = await openPostgresStore(address, initial);
      try {
        expect(await seen(after)).toEqual(await seen(before));
      } finally {
        await before.close();
        await after.close();
      }
    },
  );
});
