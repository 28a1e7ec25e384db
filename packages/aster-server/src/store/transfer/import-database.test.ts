import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresStore } from "../postgres/postgres-store.ts";
import { openSqliteStore } from "../sqlite/sqlite-store.ts";
import { upstreamFiles, writeUpstreamFile } from "../sqlite/upgrade/upgrade.test-support.ts";
import type { Store, StoreAccess } from "../store.ts";
import { exportDatabase } from "./export-database.ts";
import { importDatabase } from "./import-database.ts";

const initial = { name: "Test", icon: new Uint8Array([1]) };

/** Reads all data that a server uses. */
async function readAll(store: Store) {
  const rules = await store.read.readAccessRules();
  const users = await store.read.accounts.list();
  return {
    base: rules.base.toBytes(),
    channels: rules.channels,
    groups: rules.groups.map((group) => ({ ...group, permissions: group.permissions.toBytes() })),
    overrides: rules.overrides.map((one) => ({ ...one, permissions: one.permissions.toBytes() })),
    memberships: rules.memberships,
    users,
    passwords: await Promise.all(users.map(({ uuid }) => store.read.accounts.findCredentialsByUuid(uuid))),
    history: await Promise.all(
      rules.channels.map(({ uuid }) => store.read.messages.readPage({ channel: uuid, limit: 1000 })),
    ),
    markers: await Promise.all(users.map(({ uuid }) => store.longQueries.readMarkers(uuid))),
    sync: await Promise.all(users.map(({ uuid }) => store.read.sync.servers(uuid))),
    emoji: await store.read.server.listEmoji(),
  };
}

describe.skipIf(!PostgresServer.isInstalled)("importDatabase", { timeout: 60_000 }, () => {
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
    "imports the reference server's file %s with the same data",
    async (name) => {
      const file = join(folder, `${name.replaceAll(/\W/g, "-")}.db`);
      const description = upstreamFiles[name];
      if (!description) throw new Error("no such file");
      writeUpstreamFile(file, description);
      const address = server.createDatabase();
      await importDatabase(file, address);
      const before = openSqliteStore(file, initial);
      const after = await openPostgresStore(address, initial);
      try {
        expect(await readAll(after)).toEqual(await readAll(before));
      } finally {
        await before.close();
        await after.close();
      }
    },
  );

  it("keeps bots in both directions", async () => {
    const file = join(folder, "bots.db");
    const source = openSqliteStore(file, initial);
    const addUsers = async (tx: StoreAccess) => {
      const uuid = await tx.accounts.add({ name: "bot", pfp: "", password: "" });
      await tx.accounts.add({ name: "ann", pfp: "", password: "" });
      await tx.accounts.setBot(uuid, true);
    };
    await source.transact({ run: addUsers, onCommit: () => {} });
    const expected = await source.read.accounts.list();
    expect(expected.map(({ isBot }) => isBot)).toEqual([true, false]);
    await source.close();
    const address = server.createDatabase();
    expect(await importDatabase(file, address)).toMatchObject({ users: 2, bots: 1 });
    const imported = await openPostgresStore(address, initial);
    const back = join(folder, "bots-back.db");
    expect(await exportDatabase(address, back)).toMatchObject({ users: 2, bots: 1 });
    const exported = openSqliteStore(back, initial);
    try {
      expect(await imported.read.accounts.list()).toEqual(expected);
      expect(await exported.read.accounts.list()).toEqual(expected);
    } finally {
      await imported.close();
      await exported.close();
    }
  });

  it("keeps the server id in both directions and starts an epoch that continues the source's", async () => {
    const file = join(folder, "there.db");
    const source = openSqliteStore(file, initial);
    await source.transact({ run: (tx) => tx.events.add("content", 1, 1, 1), onCommit: () => {} });
    const { serverId } = await source.read.server.get();
    const { id: first } = await source.read.events.readEpoch();
    await source.close();
    const address = server.createDatabase();
    await importDatabase(file, address);
    const imported = await openPostgresStore(address, initial);
    const { id: second } = await imported.read.events.readEpoch();
    await imported.transact({ run: (tx) => tx.events.add("content", 1, 1, 1), onCommit: () => {} });
    const back = join(folder, "back.db");
    await exportDatabase(address, back);
    const exported = openSqliteStore(back, initial);
    try {
      expect(await imported.read.server.get()).toMatchObject({ serverId });
      expect(await imported.read.events.readEpoch()).toMatchObject({ forks: [{ epoch: first, cursor: 1 }] });
      expect(await exported.read.server.get()).toMatchObject({ serverId });
      expect(await exported.read.events.readEpoch()).toEqual({
        id: expect.not.stringContaining(second),
        forks: [
          { epoch: first, cursor: 1 },
          { epoch: second, cursor: 2 },
        ],
      });
    } finally {
      await imported.close();
      await exported.close();
    }
  });
});
