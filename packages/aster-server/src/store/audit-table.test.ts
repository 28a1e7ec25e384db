import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { NewAuditEntry } from "./audit-store.ts";
import { backEnds } from "./back-ends.test-support.ts";
import type { Store, StoreAccess } from "./store.ts";

const entry = (fields: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
  date: 1000,
  actor: 5,
  action: "nick",
  address: "192.0.2.1",
  result: "ok",
  isAdministrative: true,
  ...fields,
});

describe.each(backEnds())("the audit log on $name", (backEnd) => {
  let store: Store;
  beforeAll(async () => {
    if (backEnd.missing === undefined) await backEnd.start();
  }, 60_000);
  afterAll(() => backEnd.stop());
  beforeEach(async (context) => {
    if (backEnd.missing !== undefined) return context.skip(backEnd.missing);
    store = await (await backEnd.create())();
  });
  afterEach(async () => {
    if (backEnd.missing === undefined) await store.close();
  });

  const write = (run: (tx: StoreAccess) => Promise<void>) => store.transact({ run, onCommit: () => {} });
  const add = (...entries: NewAuditEntry[]) =>
    write(async (tx) => {
      for (const each of entries) await tx.audit.add(each);
    });
  const merge = (...entries: NewAuditEntry[]) =>
    write(async (tx) => {
      for (const each of entries) await tx.audit.merge(each);
    });
  const list = (query: Partial<Parameters<StoreAccess["audit"]["list"]>[0]> = {}) =>
    store.read.audit.list({ limit: 100_000, ...query });

  it("returns entries as they were added, newest first and in pages", async () => {
    const complete = entry({ target: "user:7", before: { name: "a\0b" }, after: { name: "é", groups: [1] } });
    await add(entry({ actor: undefined, address: undefined, action: "login" }), complete);
    const [newest, oldest, ...more] = await list();
    const { isAdministrative: _, ...expected } = complete;
    expect(newest).toEqual({ ...expected, id: expect.any(Number), since: 1000, count: 1 });
    expect(oldest).toMatchObject({
      action: "login",
      actor: undefined,
      address: undefined,
      target: undefined,
    });
    expect(more).toEqual([]);
    expect(await list({ limit: 1 })).toEqual([newest]);
    expect(await list({ before: newest?.id })).toEqual([oldest]);
  });

  it("filters by actor, action, target and time", async () => {
    await add(
      entry({ actor: 1, date: 10 }),
      entry({ actor: 2, action: "pfp", date: 20 }),
      entry({ actor: 2, target: "server", date: 30 }),
    );
    const dates = async (query: object) => (await list(query)).map(({ date }) => date);
    expect(await dates({ actor: 2 })).toEqual([30, 20]);
    expect(await dates({ action: "pfp" })).toEqual([20]);
    expect(await dates({ target: "server" })).toEqual([30]);
    expect(await dates({ since: 20 })).toEqual([30, 20]);
    expect(await dates({ since: 20, actor: 1 })).toEqual([]);
  });

  it("bounds the details, and shows which value it left out", async () => {
    const long = "x".repeat(5000);
    await add(entry({ before: { name: "short", text: long }, after: { text: long } }));
    const [found] = await list();
    expect(found?.before).toEqual({ name: "short", text: "omitted: 5002 characters" });
    const keys = Array.from({ length: 500 }, (_, index) => [`key ${index}`, long]);
    await add(entry({ before: Object.fromEntries(keys) }));
    const [bounded] = await list();
    expect(JSON.stringify(bounded?.before).length).toBeLessThanOrEqual(2000);
  });

  it("merges equal attempts of an hour, with up to ten of their accounts", async () => {
    const failed = (user: number, date: number, address = "192.0.2.1") => {
      const target = `user:${user}`;
      const accounts = { after: { accounts: [target] } };
      const result = "wrong_password";
      return entry({ actor: undefined, action: "login", address, date, target, result, ...accounts });
    };
    const attempts = Array.from({ length: 30 }, (_, index) => failed(index % 15, 5000 + index));
    await merge(...attempts, failed(1, 5001, "192.0.2.2"), failed(1, 8599), failed(2, 8600));
    const [next, other, first, ...more] = await list();
    expect(first).toMatchObject({ count: 31, since: 5000, date: 8599, target: "user:1" });
    expect(first?.after?.["accounts"]).toHaveLength(10);
    expect(other).toMatchObject({ count: 1, address: "192.0.2.2" });
    expect(next).toMatchObject({ count: 1, since: 8600 });
    expect(more).toEqual([]);
  });

  it("keeps the administrative entries whatever accounts and strangers cause", async () => {
    await add(entry({ action: "ban_user" }));
    const strangers = Array.from({ length: 30 }, (_, index) =>
      entry({ actor: undefined, action: "login", address: `192.0.2.${index}`, isAdministrative: false }),
    );
    await add(...strangers);
    await write((tx) => tx.audit.prune({ before: 0, maxEntries: 10 }));
    expect((await list()).map(({ action }) => action)).toEqual([...Array(10).fill("login"), "ban_user"]);
    await add(...Array.from({ length: 1005 }, () => entry({ actor: 9, isAdministrative: false })));
    expect(await list({ actor: 9 })).toHaveLength(1000);
    expect(await list({ action: "login" })).toHaveLength(10);
  });

  it("keeps the entries of others whatever one account does with its rights", async () => {
    await add(entry({ actor: 1, action: "ban_user" }), entry({ actor: 2, action: "nick" }));
    await add(...Array.from({ length: 40 }, (_, index) => entry({ actor: 3, date: 2000 + index })));
    await write((tx) => tx.audit.prune({ before: 0, maxEntries: 30 }));
    expect((await list({ actor: 3 })).map(({ date }) => date)).toEqual(
      Array.from({ length: 28 }, (_, index) => 2039 - index),
    );
    expect(await list()).toHaveLength(30);
    // Accounts within their share lose the oldest entries of all.
    await write((tx) => tx.audit.prune({ before: 0, maxEntries: 4 }));
    expect((await list()).map(({ actor }) => actor)).toEqual([3, 3, 2, 1]);
    await write((tx) => tx.audit.prune({ before: 0, maxEntries: 2 }));
    expect((await list()).map(({ actor }) => actor)).toEqual([3, 2]);
  });

  it("removes the entries before a date", async () => {
    await add(entry({ date: 10 }), entry({ date: 20 }), entry({ date: 20, isAdministrative: false }));
    await write((tx) => tx.audit.prune({ before: 20, maxEntries: Number.POSITIVE_INFINITY }));
    expect((await list()).map(({ date }) => date)).toEqual([20, 20]);
  });

  it("loses an entry with the transaction of its change", async () => {
    const failing = write(async (tx) => {
      await tx.audit.add(entry());
      throw new Error("undone");
    });
    await expect(failing).rejects.toThrow("undone");
    expect(await list()).toEqual([]);
  });
});
