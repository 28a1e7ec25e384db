import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { exportDatabase, importDatabase } from "@asterite/aster-server";
import { PostgresServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asterite, startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { ask, firstChannel, openClient, register, statusOf } from "../support/server.ts";

const messages = 5000;

/** Creates a database file by using a server, with rows in every table. */
async function usedFile(data: string): Promise<string> {
  const args = [
    "--data",
    data,
    "--files",
    join(data, "files"),
    "--rate-limit",
    "off",
    "--admin-user",
    "admin",
    "secret",
  ];
  const { port, process: server } = await startServerProcess(args);
  const admin = await openClient(port);
  await ask(admin, "hello", { client: "test/1", extensions: ["tokens", "nonce"] });
  await ask(admin, "login", { uname: "admin", passwd: "secret", want_token: true });
  const bob = await openClient(port);
  const uuid = await register(bob, "bob");
  const channel = await firstChannel(admin);
  for (let count = 0; count < messages; count++) {
    admin.send({ command: "send", channel, content: `message ${count}`, nonce: `${count}` });
  }
  const { packet } = await admin.until(
    ({ command, content }) => command === "content" && content === `message ${messages - 1}`,
  );
  await ask(bob, "mark_as_read", { message: packet["uuid"] });
  const servers = [{ user_uuid: uuid, uname: "b", ip: "h", port: 1, idx: 0 }];
  await ask(bob, "sync_set", { uname: "b", pfp: "" });
  await ask(bob, "sync_set_servers", { servers });
  const overrides = { name: "slow", slow_seconds: 9, permissions: { [`user:${uuid}`]: [1, 0, 0] } };
  expect(await statusOf(admin, "create_channel", overrides)).toBe(200);
  await register(await openClient(port), "eve");
  const users = (await ask(admin, "get_metadata")).reply["data"] as { uuid: number; name: string }[];
  const eve = users.find(({ name }) => name === "eve")?.uuid;
  expect(await statusOf(admin, "ban_user", { user: eve })).toBe(200);
  expect(await statusOf(bob, "set_bot", { bot: true })).toBe(200);
  const upload = { channel, name: "cat.png", type: "image/png", size: 1000 };
  expect(await statusOf(admin, "create_upload", upload)).toBe(200);
  await server.stop();
  return join(data, "aster.db");
}

/** Reads all rows of a file, in sorted order. */
function contentOf(file: string): Readonly<Record<string, unknown>> {
  const raw = new DatabaseSync(file, { readOnly: true });
  const tables = [
    "server_config",
    "channels",
    "users",
    "messages",
    "groups",
    "user_groups",
    "emojis",
    "sync_data",
    "sync_servers",
    "channel_group_permissions",
    "last_read_messages",
    "asterite_bans",
    "asterite_bots",
    "asterite_files",
    "asterite_tokens",
    "asterite_nonces",
    "asterite_markers",
    "asterite_channels",
    "asterite_events",
    // The audit log, which grows with each transfer, has one of its own.
    "sqlite_sequence where name <> 'asterite_audit'",
  ];
  const content = Object.fromEntries(
    tables.map((table) => [
      table,
      raw
        .prepare(`select * from ${table}`)
        .all()
        .map((row) => JSON.stringify(row))
        .sort(),
    ]),
  );
  raw.close();
  return content;
}

/** Reads the audit log of a file as actions and rows. */
function auditOf(file: string): { readonly actions: unknown[]; readonly rows: string[] } {
  const raw = new DatabaseSync(file, { readOnly: true });
  const rows = raw.prepare("select * from asterite_audit order by id").all();
  raw.close();
  return { actions: rows.map(({ action }) => action), rows: rows.map((row) => JSON.stringify(row)) };
}

/** Expects a transferred audit log with all entries of the source and some more. */
function expectContinued(file: string, source: string, more: readonly string[]): void {
  const [before, after] = [auditOf(source), auditOf(file)];
  expect(before.actions).toContain("ban_user");
  expect(after.rows.slice(0, before.rows.length)).toEqual(before.rows);
  expect(after.actions.slice(before.actions.length)).toEqual(more);
}

describe.skipIf(!PostgresServer.isInstalled)(
  "transfer between SQLite and PostgreSQL",
  { timeout: 120_000 },
  () => {
    let postgres: PostgresServer;
    let data: string;
    let file: string;
    beforeAll(async () => {
      data = await mkdtemp(join(tmpdir(), "asterite-transfer-"));
      postgres = await PostgresServer.start();
    }, 60_000);
    afterAll(async () => {
      await postgres[Symbol.asyncDispose]();
      await rm(data, { recursive: true });
    });

    it("imports all data and exports it again", async () => {
      file = await usedFile(data);
      const database = postgres.createDatabase();
      const imported = await asterite(["admin", "--database", database, "--json", "import", file]);
      expect(imported.stderr).toContain(`messages: ${messages}`);
      expect(JSON.parse(imported.stdout)).toMatchObject({
        users: 3,
        messages,
        bans: 1,
        bots: 1,
        tokens: 1,
        markers: 1,
      });
      const { port, process: server } = await startServerProcess([
        "--data",
        await temporaryFolder(),
        "--database",
        database,
      ]);
      const bob = await openClient(port);
      expect(await statusOf(bob, "login", { uname: "bob", passwd: "secret" })).toBe(200);
      const channel = await firstChannel(bob);
      const { reply } = await ask(bob, "history", { channel, num: 2 });
      expect(reply["data"]).toMatchObject([
        { content: `message ${messages - 2}` },
        { content: `message ${messages - 1}` },
      ]);
      expect((await ask(bob, "get_num_unread", { channel })).reply["num"]).toBe(0);
      await ask(bob, "hello", { client: "test/1", extensions: ["search"] });
      const found = await ask(bob, "search", { query: "message 4321", limit: 5 });
      expect(found.reply["data"]).toMatchObject([{ content: "message 4321" }]);
      await server.stop();
      const back = join(await temporaryFolder(), "back.db");
      const exported = await asterite(["admin", "--database", database, "export", back]);
      expect(exported.stdout).toMatch(/^Exported to .*: \d+ rows, row counts verified for each table$/);
      // The server that ran in between stored no change: presence is kept in memory only.
      expect(contentOf(back)).toEqual(contentOf(file));
      expectContinued(back, file, ["import", "login", "export"]);
      const again = await asterite(["admin", "--database", database, "import", file]);
      expect(again).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("already contains a complete import"),
      });
    });

    it("resumes an interrupted import, and lets no server start before it is complete", async () => {
      const database = postgres.createDatabase();
      const stop = new AbortController();
      const interrupted = importDatabase(file, database, {
        signal: stop.signal,
        onProgress: ({ table, rows }) => {
          if (table === "messages" && rows > 0) stop.abort(new Error("interrupted"));
        },
      });
      await expect(interrupted).rejects.toThrow("interrupted");
      const early = await asterite(["server", "--data", await temporaryFolder(), "--database", database]);
      expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining("was not completed") });
      const seen: number[] = [];
      await importDatabase(file, database, {
        onProgress: ({ table, rows }) => {
          if (table === "messages") seen.push(rows);
        },
      });
      expect(seen[0]).toBeGreaterThan(2000);
      expect(seen.at(-1)).toBe(messages);
      const back = join(await temporaryFolder(), "back.db");
      await exportDatabase(database, back);
      expect(contentOf(back)).toEqual(contentOf(file));
      expectContinued(back, file, ["import", "export"]);
    });

    it("refuses a database that is not empty or in use, and overwrites no file", async () => {
      const database = postgres.createDatabase();
      const { port } = await startServerProcess(["--data", await temporaryFolder(), "--database", database]);
      await expect(importDatabase(file, database)).rejects.toThrow("a server is using the database");
      await register(await openClient(port), "ann");
      await expect(exportDatabase(database, file)).rejects.toThrow("does not overwrite files");
      const missing = join(await temporaryFolder(), "missing.db");
      await expect(importDatabase(missing, database)).rejects.toThrow("does not exist");
      expect(existsSync(missing)).toBe(false);
    });
  },
);
