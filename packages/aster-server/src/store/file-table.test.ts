import { expect, it } from "vitest";
import type { FileRow } from "./file-table.ts";
import { describeStores } from "./stores.test-support.ts";

const row = (id: string, owner: number, more: Partial<FileRow> = {}): FileRow => ({
  id,
  owner_uuid: owner,
  message_uuid: null,
  place: 0,
  name: `${id}.png`,
  type: "image/png",
  size: 10,
  hash: "",
  created: 1000,
  ...more,
});

describeStores("files", (db) => {
  const { write, sendMessages } = db;

  it("returns rows as they were added, also with sizes above 32 bits", async () => {
    const large = row("large", 2 ** 40, { size: 2 ** 40 });
    await write((tx) => tx.files.add(large));
    expect(await db.store.read.files.get("large")).toEqual(large);
    await write((tx) => tx.files.complete("large", "ab"));
    expect(await db.store.read.files.get("large")).toEqual({ ...large, hash: "ab" });
    expect([...(await db.store.read.files.findHashes(["ab", "cd"]))]).toEqual(["ab"]);
    expect(await db.store.read.files.get("other")).toBeUndefined();
  });

  it("returns the files of messages in their order", async () => {
    const { messages, author } = await sendMessages(["1", "2"]);
    const [first, second] = messages.map(({ uuid }) => uuid) as [number, number];
    for (const id of ["x", "y", "z"]) await write((tx) => tx.files.add(row(id, author)));
    await write((tx) => tx.files.attach("y", first, 0));
    await write((tx) => tx.files.attach("x", first, 1));
    const found = await db.store.read.files.ofMessages([second, first]);
    expect([...found.keys()]).toEqual([first]);
    const shown = { type: "image/png", size: 10 };
    expect(found.get(first)).toEqual([
      { id: "y", name: "y.png", ...shown },
      { id: "x", name: "x.png", ...shown },
    ]);
  });

  it("removes files of deleted messages and old uploads, and counts the others", async () => {
    const { messages, author } = await sendMessages(["1", "2"]);
    const [gone, kept] = messages;
    if (!gone || !kept) throw new Error("not sent");
    await write((tx) => tx.files.add(row("gone", author, { message_uuid: gone.uuid })));
    await write((tx) => tx.files.add(row("kept", author, { message_uuid: kept.uuid })));
    await write((tx) => tx.files.add(row("old", author, { created: 1 })));
    await write((tx) => tx.files.add(row("new", 77)));
    const before = await db.store.read.files.countUse(author);
    expect(before.byOwner).toBe(30);
    await write((tx) => tx.messages.remove(gone));
    await write((tx) => tx.files.removeUnused(500));
    const left = [];
    for (const id of ["gone", "kept", "old", "new"]) {
      if (await db.store.read.files.get(id)) left.push(id);
    }
    expect(left).toEqual(["kept", "new"]);
    const after = await db.store.read.files.countUse(author);
    expect(after.byOwner).toBe(10);
    expect(before.byAll - after.byAll).toBe(20);
  });
});
