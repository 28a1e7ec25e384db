import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Logger, silentLogger } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import { openSqliteStore } from "../sqlite-store.ts";
import { filesIn, type UpstreamFile, writeUpstreamFile } from "./upgrade.test-support.ts";

const initial = { name: "Given", icon: new Uint8Array([9, 8, 7]) };

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "asterite-refusals-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Creates a file and runs SQL on it, on top of the reference server's tables or an empty database. */
async function prepare(kind: UpstreamFile | undefined, sql: string) {
  const folder = await newFolder();
  const file = join(folder, "aster.db");
  if (kind) writeUpstreamFile(file, kind);
  const raw = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  raw.exec(sql);
  raw.close();
  return { folder, file };
}

const groupNamed = (order: string) => `drop table groups; create table groups (${order})`;

it.each<[what: string, kind: UpstreamFile | undefined, sql: string, code: string, words: RegExp]>([
  [
    "a file of another program",
    undefined,
    "create table notes (text)",
    "DATABASE_UNUSABLE",
    /another program/,
  ],
  [
    "a numbered file of another program",
    undefined,
    "create table version (version); insert into version values (3)",
    "DATABASE_VERSION",
    /version 3, but has no table channels, messages, users/,
  ],
  [
    "a version table without a number",
    undefined,
    "create table version (name); insert into version values ('x')",
    "DATABASE_UNUSABLE",
    /another program/,
  ],
  [
    "a version that is not a number",
    { shape: 5 },
    "update version set version = 'five'",
    "DATABASE_VERSION",
    /"five"/,
  ],
  ["a negative version number", { shape: 5 }, "update version set version = -1", "DATABASE_VERSION", /"-1"/],
  [
    "a later version that renamed a column",
    { shape: 5 },
    "update version set version = 6; alter table users rename column pfp to avatar",
    "DATABASE_VERSION",
    /version 6.*up to 5.*changed users\. Use a newer server/,
  ],
  [
    "a later version with a new required column",
    { shape: 5 },
    `update version set version = 7; drop table emojis;
     create table emojis (uuid, name, data, author not null)`,
    "DATABASE_VERSION",
    /version 7.*changed emojis/,
  ],
  [
    "an unknown column in a table that must be rebuilt",
    { shape: 3 },
    "alter table users add column email text",
    "DATABASE_UNUSABLE",
    /column email in the table users.*It was not changed/,
  ],
  [
    "a file without a required column",
    { shape: 5 },
    "alter table users drop column pfp",
    "DATABASE_UNUSABLE",
    /no column pfp in the table users/,
  ],
  [
    "groups with an unknown column order",
    { shape: 5 },
    groupNamed("position, uuid"),
    "DATABASE_UNUSABLE",
    /table groups/,
  ],
  [
    "read markers with unknown columns",
    { shape: 5 },
    "drop table last_read_messages; create table last_read_messages (user_uuid, what)",
    "DATABASE_UNUSABLE",
    /last_read_messages with the columns user_uuid, what/,
  ],
  [
    "a configuration with unknown columns",
    { shape: 5 },
    "drop table server_config; create table server_config (key, value)",
    "DATABASE_UNUSABLE",
    /table server_config/,
  ],
  [
    "large identifiers that collide when shortened",
    { shape: 5, hasLargeUuids: true },
    "insert into users select uuid + 1, 'twin', '', '' from users where name = 'ann'",
    "DATABASE_UNUSABLE",
    /users\.uuid that would collide with others/,
  ],
  [
    "identifiers that are too small",
    { shape: 5 },
    "update messages set reply = -9007199254740993 where uuid = 309",
    "DATABASE_UNUSABLE",
    /below -2\^53 in messages\.reply/,
  ],
  [
    "a row that violates a constraint of version 5",
    { shape: 0 },
    `drop table sync_data; create table sync_data (user_uuid, pfp, uname);
     insert into sync_data values (1, null, null)`,
    "DATABASE_UNUSABLE",
    /NOT NULL constraint failed/,
  ],
  [
    "a view on a column that version 5 does not have",
    { shape: 3 },
    "create view ranks as select group_uuid from users",
    "DATABASE_UNUSABLE",
    /error in view ranks/,
  ],
])("refuses %s, leaves it unchanged and gives the reason", async (_what, kind, sql, code, words) => {
  const { file, folder } = await prepare(kind, sql);
  const original = await readFile(file);
  for (let tries = 0; tries < 2; tries++) {
    const opening = () => openSqliteStore(file, initial);
    expect(opening).toThrow(expect.objectContaining({ code, message: expect.stringMatching(words) }));
    expect(opening).toThrow(expect.objectContaining({ message: expect.stringContaining(file) }));
  }
  expect(original.equals(await readFile(file))).toBe(true);
  expect(filesIn(folder)).toEqual(["aster.db"]);
});

it("refuses a file that another process is writing to", async () => {
  const { file, folder } = await prepare({ shape: 3 }, "");
  const original = await readFile(file);
  const other = new DatabaseSync(file);
  other.exec("begin immediate");
  expect(() => openSqliteStore(file, initial)).toThrow(expect.objectContaining({ code: "DATABASE_LOCKED" }));
  other.exec("rollback");
  other.close();
  expect(original.equals(await readFile(file))).toBe(true);
  expect(filesIn(folder)).toEqual(["aster.db"]);
});

it("does not change a file that this server has opened before", async () => {
  const { file, folder } = await prepare({ shape: 5 }, "");
  await openSqliteStore(file, initial).close();
  const raw = new DatabaseSync(file);
  raw.exec("update version set version = -1");
  raw.close();
  const original = await readFile(file);
  expect(() => openSqliteStore(file, initial)).toThrow(expect.objectContaining({ code: "DATABASE_VERSION" }));
  expect(original.equals(await readFile(file))).toBe(true);
  expect(filesIn(folder)).toEqual(["aster.db"]);
});

it("refuses a file that is not a database, and leaves it unchanged", async () => {
  const file = join(await newFolder(), "aster.db");
  const text = "not a database ".repeat(1000);
  await writeFile(file, text);
  expect(() => openSqliteStore(file, initial)).toThrow(
    expect.objectContaining({ code: "DATABASE_UNUSABLE" }),
  );
  expect(await readFile(file, "utf8")).toBe(text);
});

it("refuses to upgrade when it cannot write a backup", async () => {
  const folder = await newFolder();
  // The name is too long for the suffix of a backup.
  const file = join(folder, "a".repeat(240));
  writeUpstreamFile(file, { shape: 3 });
  const original = await readFile(file);
  expect(() => openSqliteStore(file, initial)).toThrow(
    expect.objectContaining({
      code: "DATABASE_UNUSABLE",
      message: expect.stringMatching(/backup .* cannot be written: ENAMETOOLONG/),
    }),
  );
  expect(original.equals(await readFile(file))).toBe(true);
  expect(filesIn(folder)).toHaveLength(1);
});

it("opens a compatible later version, changes nothing and logs a warning", async () => {
  const warnings: object[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => warnings.push(fields) };
  const { file, folder } = await prepare(
    { shape: 5, hasDanglingGroup: true },
    "update version set version = 6; alter table users add column email text; create table polls (uuid)",
  );
  const store = openSqliteStore(file, initial, logger);
  expect((await store.read.accounts.list()).map(({ name }) => name)).toEqual(["ann", "ben", "cat"]);
  await store.close();
  expect(warnings).toEqual([{ file, version: 6, known: 5 }]);
  expect(filesIn(folder)).toEqual(["aster.db"]);
  const raw = new DatabaseSync(file);
  expect(raw.prepare("select version from version").get()).toEqual({ version: 6 });
  raw.close();
});

it("keeps foreign indexes and triggers on a rebuilt table", async () => {
  const { file } = await prepare(
    { shape: 3 },
    `create table log (text);
     create index own_index on users(name);
     create trigger own_trigger after insert on users begin insert into log values (new.name); end`,
  );
  await openSqliteStore(file, initial).close();
  const raw = new DatabaseSync(file);
  raw.exec("insert into users values (1, 'new', '', '')");
  expect(raw.prepare("select text from log").all()).toEqual([{ text: "new" }]);
  expect(raw.prepare("select 1 from sqlite_master where name = 'own_index'").get()).toBeDefined();
  raw.close();
});

it("reads invalid permissions as default", async () => {
  const { file } = await prepare(
    { shape: 5 },
    `update server_config set base_perms = x'AB9605';
     insert into groups values (7, 'odd', 1, x'FF5505', 3);
     insert into groups values (8, 'text', 1, 'text', 4)`,
  );
  const store = openSqliteStore(file, initial);
  const { base, groups } = await store.read.readAccessRules();
  await store.close();
  expect(base.toBytes()).toEqual([0xa8, 0x96, 0x05]);
  expect(groups.slice(-2).map(({ permissions }) => permissions.toBytes())).toEqual([
    [0, 0x55, 5],
    [0, 0, 0],
  ]);
});
