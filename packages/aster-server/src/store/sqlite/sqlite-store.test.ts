import { mkdtemp, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Permissions } from "@asterite/aster-protocol";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { ServerError } from "../../errors.ts";
import type { Store, StoreAccess } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const initial = { name: "Test", icon: new Uint8Array([1, 2, 3]) };
const open: Store[] = [];
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

const newFile = async () => join(await mkdtemp(join(tmpdir(), "asterite-store-")), "aster.db");

function openStore(file = ":memory:"): Store {
  const store = openSqliteStore(file, initial);
  open.push(store);
  return store;
}

async function write<Result>(store: Store, run: (tx: StoreAccess) => Promise<Result>): Promise<Result> {
  let kept: { result: Result } | undefined;
  await store.transact({
    run,
    onCommit: (result) => {
      kept = { result };
    },
  });
  if (!kept) throw new Error("not committed");
  return kept.result;
}

const addUser = (store: Store, name: string) =>
  write(store, (tx) => tx.accounts.add({ name, pfp: "", password: "hash" }));

async function talk(store: Store, texts: readonly string[]) {
  const { channels } = await store.read.readAccessRules();
  const channel = channels[0]?.uuid ?? 0;
  const author_uuid = await addUser(store, "ann");
  const messages = await write(store, async (tx) => {
    const added = [];
    for (const content of texts) {
      added.push(
        await tx.messages.add({ content, author_uuid, channel_uuid: channel, date: 5, reply: null }),
      );
    }
    return added;
  });
  return { channel, messages };
}

it("creates the same initial content as the reference server", async () => {
  const file = await newFile();
  const store = openStore(file);
  const rules = await store.read.readAccessRules();
  expect(rules.base.toBytes()).toEqual([170, 150, 5]);
  expect(rules.channels).toEqual([
    { uuid: expect.any(Number), name: "general", position: 0, slowSeconds: 0 },
  ]);
  expect(await store.read.server.get()).toMatchObject(initial);
  await store.close();
  open.pop();
  const raw = new DatabaseSync(file, { readOnly: true });
  expect(raw.prepare("select * from version").all()).toEqual([{ version: 5 }]);
  const columns = (table: string) =>
    raw
      .prepare(`pragma table_info(${table})`)
      .all()
      .map((row) => row["name"]);
  expect(columns("messages")).toEqual([
    "uuid",
    "content",
    "author_uuid",
    "channel_uuid",
    "date",
    "edited",
    "reply",
  ]);
  expect(columns("users")).toEqual(["uuid", "name", "pfp", "password"]);
  expect(columns("groups")).toEqual(["uuid", "name", "colour", "permissions", "position"]);
  expect(columns("last_read_messages")).toEqual(["user_uuid", "channel_uuid", "date"]);
  raw.close();
});

it("locks the file against a second process", async () => {
  const file = await newFile();
  openStore(file);
  expect(() => openSqliteStore(file, initial)).toThrow(
    expect.objectContaining({ code: "DATABASE_LOCKED", message: expect.stringContaining(file) }),
  );
});

it("refuses a file of another version and leaves it unchanged", async () => {
  const file = await newFile();
  const raw = new DatabaseSync(file);
  raw.exec("create table version (version integer not null); insert into version values (3)");
  raw.close();
  expect(() => openSqliteStore(file, initial)).toThrow(
    expect.objectContaining({ code: "DATABASE_VERSION", message: expect.stringContaining("version 3") }),
  );
  const after = new DatabaseSync(file);
  expect(after.prepare("select name from sqlite_master").all()).toEqual([{ name: "version" }]);
  after.close();
});

it("reports why a file is not a database", async () => {
  const file = await newFile();
  const { writeFile } = await import("node:fs/promises");
  await writeFile(file, "not a database ".repeat(100));
  expect(() => openSqliteStore(file, initial)).toThrow(ServerError);
});

it("writes groups in the reference server's column order and reads them correctly, including numeric names", async () => {
  const file = await newFile();
  const store = openStore(file);
  const permissions = Permissions.of({ ban_users: "allow" });
  const names = ["staff", "007", "1e3", " ", "0x10"];
  const uuids = await write(store, async (tx) => {
    const made = [];
    for (const [position, name] of names.entries()) {
      made.push(await tx.groups.add({ name, colour: 0xff8800, permissions, position }));
    }
    return made;
  });
  await write(store, (tx) =>
    tx.groups.update({ uuid: uuids[0] ?? 0, name: "crew", colour: -5, permissions, position: 0 }),
  );
  const { groups } = await store.read.readAccessRules();
  expect(groups.map(({ name }) => name)).toEqual(["crew", ...names.slice(1)]);
  expect(groups.map(({ colour }) => colour)).toEqual([-5, 0xff8800, 0xff8800, 0xff8800, 0xff8800]);
  expect(groups.every((group) => group.permissions.equals(permissions))).toBe(true);
  await store.close();
  open.pop();
  const raw = new DatabaseSync(file, { readOnly: true });
  const rows = raw.prepare("select typeof(name) as name, typeof(colour) as colour from groups").all();
  expect(rows[0]).toEqual({ name: "blob", colour: "text" });
  expect(rows[1]).toEqual({ name: "text", colour: "integer" });
  raw.close();
});

it("indexes existing messages in the background after opening", async () => {
  const file = await newFile();
  const first = openStore(file);
  await talk(
    first,
    Array.from({ length: 450 }, (_, index) => `word${index}`),
  );
  await first.close();
  open.pop();
  openStore(file);
  const raw = new DatabaseSync(file, { readOnly: true });
  const indexed = () => raw.prepare("select count(*) as count from asterite_text_docsize").get()?.["count"];
  await vi.waitFor(() => expect(indexed()).toBe(450), { timeout: 10_000 });
  raw.close();
});

it("leaves no deleted or replaced text in its files, nor in the search index", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const file = await newFile();
  const store = openStore(file);
  const texts = Array.from({ length: 100 }, (_, index) => `ordinary${index} words`);
  texts[30] = "a deletedsecret text";
  texts[60] = "an editedsecret text";
  const { channel, messages } = await talk(store, texts);
  const search = (words: string) => store.longQueries.search({ words, channels: [channel], limit: 10 });
  expect(await search("deletedsecret")).toHaveLength(1);
  expect(await search("editedsecret")).toHaveLength(1);
  const [deleted, edited] = [messages[30], messages[60]];
  if (!deleted || !edited) throw new Error("not sent");
  await write(store, (tx) => tx.messages.remove(deleted));
  await write(store, (tx) => tx.messages.edit(edited, "harmless ".repeat(20)));
  const read = async (name: string) => (await readFile(name)).toString("latin1");
  expect(await read(`${file}-wal`)).toContain("deletedsecret");
  // A transaction that is open when the time comes delays it to the next commit.
  await write(store, async () => void vi.advanceTimersByTime(61_000));
  for (const name of [file, `${file}-wal`]) {
    const content = await read(name);
    expect([name, /deletedsecret|editedsecret/.test(content)]).toEqual([name, false]);
  }
  expect(await read(file)).toContain("ordinary99");
  expect(await search("deletedsecret")).toEqual([]);
  expect(await search("harmless")).toHaveLength(1);
  const raw = new DatabaseSync(file);
  raw.exec("insert into asterite_text (asterite_text) values ('integrity-check')");
  raw.exec("create virtual table temp.terms using fts5vocab(main, asterite_text, row)");
  expect(raw.prepare("select term from temp.terms where term like '%secret%'").all()).toEqual([]);
  raw.close();
});

it("replaces the index of an earlier version", async () => {
  const file = await newFile();
  const first = openStore(file);
  const { channel } = await talk(first, ["find me"]);
  await first.close();
  open.pop();
  const raw = new DatabaseSync(file);
  raw.exec(`drop table asterite_text;
    create virtual table asterite_words using fts5(content, content = '', contentless_delete = 1);
    insert into asterite_words (rowid, content) values (1, 'stale')`);
  raw.close();
  const store = openStore(file);
  const search = (words: string) => store.longQueries.search({ words, channels: [channel], limit: 10 });
  expect(await search("find me")).toHaveLength(1);
  expect(await search("stale")).toEqual([]);
});

it("creates files that only the owner can read", async () => {
  const file = await newFile();
  const store = openStore(file);
  await addUser(store, "ann");
  await store.backUp(`${file}.backup`);
  for (const name of [file, `${file}-wal`, `${file}.lock`, `${file}.backup`]) {
    expect([name, (await stat(name)).mode & 0o777]).toEqual([name, 0o600]);
  }
});

it("stores the colour of a group as an integer, and corrects one that was stored as REAL", async () => {
  const file = await newFile();
  const typeAfter = (change: string): unknown => {
    const raw = new DatabaseSync(file);
    raw.exec(change);
    const row = raw.prepare("select typeof(permissions) as type from groups").get();
    raw.close();
    return row?.["type"];
  };
  const store = openStore(file);
  const group = { name: "staff", colour: 0xff8800, permissions: Permissions.none, position: 0 };
  const uuid = await write(store, (tx) => tx.groups.add(group));
  await write(store, (tx) => tx.groups.update({ ...group, uuid, colour: 5 }));
  await store.close();
  open.pop();
  expect(typeAfter("")).toBe("integer");
  expect(typeAfter("update groups set permissions = 16711680.0")).toBe("real");
  const again = openStore(file);
  expect((await again.read.readAccessRules()).groups).toMatchObject([{ name: "staff", colour: 16_711_680 }]);
  await again.close();
  open.pop();
  expect(typeAfter("")).toBe("integer");
});
