import { PostgresServer } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ServerError } from "../../errors.ts";
import type { Follower } from "../shared-log.ts";
import type { Store, StoreAccess, StoredEvent } from "../store.ts";
import { migrations } from "./migrations/index.ts";
import { openPostgresStore } from "./postgres-store.ts";

const initial = { name: "Test", icon: new Uint8Array([1, 2, 3]) };

describe.skipIf(!PostgresServer.isInstalled)("a database shared by several processes", () => {
  let server: PostgresServer;
  const stores: Store[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function openStore(address: string): Promise<Store> {
    const store = await openPostgresStore(address, initial);
    stores.push(store);
    return store;
  }

  const nameOf = (address: string) => new URL(address).pathname.slice(1);

  const countMigrations = (name: string) =>
    Number(server.execute(name, "select count(*) from asterite_migrations"));

  async function write<Result>(store: Store, run: (tx: StoreAccess) => Promise<Result>): Promise<Result> {
    const results: Result[] = [];
    await store.transact({ run, onCommit: (result) => void results.push(result) });
    return results[0] as Result;
  }

  const addUser = (store: Store, name: string) =>
    write(store, (tx) => tx.accounts.add({ name, pfp: "", password: "" }));

  it("is created once when several processes start at the same time", async () => {
    const address = server.createDatabase();
    const opened = await Promise.all([1, 2, 3, 4].map(() => openStore(address)));
    expect(new Set(opened.map(({ sharedLog: shared }) => shared?.clusterId)).size).toBe(1);
    expect((await opened[0]?.read.readAccessRules())?.channels).toHaveLength(1);
    expect(countMigrations(nameOf(address))).toBe(Object.keys(migrations(silentLogger)).length);
  });

  it("is refused and left unchanged if a newer version has migrated it", async () => {
    const address = server.createDatabase();
    await openStore(address);
    const name = nameOf(address);
    server.execute(name, "insert into asterite_migrations values ('9999-future', now()::text)");
    await expect(openPostgresStore(address, initial)).rejects.toThrow(
      expect.objectContaining({ code: "DATABASE_VERSION", message: expect.stringContaining("9999-future") }),
    );
    expect(countMigrations(name)).toBe(Object.keys(migrations(silentLogger)).length + 1);
  });

  it("indexes messages in scripts without spaces again that an earlier version indexed", async () => {
    const address = server.createDatabase();
    const name = nameOf(address);
    const before = await openStore(address);
    const channel = (await before.read.readAccessRules()).channels[0]?.uuid ?? 0;
    const fields = { author_uuid: 1, channel_uuid: channel, date: 1, reply: null };
    for (const content of ["人人享有权利", "hello world"]) {
      await write(before, (tx) => tx.messages.add({ ...fields, content }));
    }
    await stores.pop()?.close();
    server.execute(name, "update messages set words = array_to_tsvector(array[content])");
    // The state before that migration, and before those that followed it.
    server.execute(name, "drop table bots, invites, names, bus_keys, asterite_audit, asterite_files");
    server.execute(name, "delete from asterite_migrations where name >= '0003'");
    const after = await openStore(address);
    const search = { channels: [channel], limit: 1 };
    expect(await after.longQueries.search({ ...search, words: "权利" })).toMatchObject([
      { content: "人人享有权利", snippet: "人人享有**权利**" },
    ]);
    expect(await after.longQueries.search({ ...search, words: "world" })).toEqual([]);
  });

  it("cancels a search in the database when its signal is aborted", async () => {
    const address = server.createDatabase();
    const name = nameOf(address);
    const store = await openStore(address);
    const channel = (await store.read.readAccessRules()).channels[0]?.uuid ?? 0;
    const blocker = new Client({ connectionString: address });
    await blocker.connect();
    await blocker.query("begin; lock table messages in access exclusive mode");
    const running = () => {
      const select = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = ";
      return server.execute(name, `${select}'${name}'`).trim();
    };
    const controller = new AbortController();
    const search = store.longQueries.search({ words: "x", channels: [channel], limit: 1 }, controller.signal);
    const stopped = expect(search).rejects.toThrow("search failed");
    await expect.poll(running).toBe("1");
    controller.abort();
    await stopped;
    await expect.poll(running).toBe("0");
    await blocker.end();
  });

  it("reports errors without the password", async () => {
    const address = server.urlOf("missing").replace("postgres@", "ann:hidden@");
    const error = await openPostgresStore(address, initial).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ code: "DATABASE_UNUSABLE", message: expect.stringContaining("/missing") });
    expect(String(error)).not.toContain("hidden");
  });

  it("numbers events of concurrent processes without gaps, in the order of their commits", async () => {
    const address = server.createDatabase();
    const two = [await openStore(address), await openStore(address)];
    const channel = (await two[0]?.read.readAccessRules())?.channels[0]?.uuid ?? 0;
    const eventsEach = 200;
    await Promise.all(
      two.flatMap((store, author_uuid) =>
        Array.from({ length: eventsEach }, (_, index) =>
          write(store, async (tx) => {
            const fields = { content: `${index}`, author_uuid, channel_uuid: channel, date: 1, reply: null };
            const { uuid } = await tx.messages.add(fields);
            await tx.events.add("content", channel, uuid, 1);
          }),
        ),
      ),
    );
    const [store] = two;
    const events = (await store?.read.events.readAfter(0, 1000)) ?? [];
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    const history = await store?.read.messages.readPage({ channel, limit: 1000 });
    expect(history?.map(({ uuid }) => uuid)).toEqual(events.map(({ subject }) => subject));
    for (const author of [0, 1]) {
      const said = history?.filter(({ author_uuid }) => author_uuid === author);
      expect(said?.map(({ content }) => Number(content))).toEqual(
        Array.from({ length: eventsEach }, (_, index) => index),
      );
    }
  });

  it("shows each unit of work all earlier commits", async () => {
    const address = server.createDatabase();
    const two = [await openStore(address), await openStore(address)];
    const claim = (store: Store) =>
      write(store, async (tx) => {
        if (await tx.accounts.findCredentialsByName("ann")) return 0;
        await tx.accounts.add({ name: "ann", pfp: "", password: "" });
        return 1;
      });
    const claims = two.flatMap((store) => Array.from({ length: 10 }, () => claim(store)));
    const made = await Promise.all(claims);
    expect(made.reduce<number>((sum, one) => sum + one, 0)).toBe(1);
  });

  it("reconnects after the database closed its connections and restarted", async () => {
    const store = await openStore(server.createDatabase());
    await addUser(store, "before");
    const broken = write(store, async (tx) => {
      await tx.accounts.add({ name: "lost", pfp: "", password: "" });
      server.execute(
        "postgres",
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'asterite'",
      );
      await tx.accounts.add({ name: "lost too", pfp: "", password: "" });
    });
    await expect(broken).rejects.toThrow();
    await addUser(store, "between");
    await server.kill();
    await expect(addUser(store, "lost")).rejects.toThrow();
    await server.restart();
    await expect.poll(() => addUser(store, "after").then(() => "stored", String)).toBe("stored");
    expect((await store.read.accounts.list()).map(({ name }) => name)).toEqual([
      "before",
      "between",
      "after",
    ]);
  });

  it("rejects a unit if the database refuses the numbers of its events at the commit", async () => {
    const address = server.createDatabase();
    const store = await openStore(address);
    const name = nameOf(address);
    server.execute(
      name,
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$`,
    );
    server.execute(name, "create trigger refuse before update on sequence execute function refuse()");
    const committed: number[] = [];
    const unit = {
      run: (tx: StoreAccess) => tx.events.add("content", 1, 1, 1),
      onCommit: (seq: number) => void committed.push(seq),
    };
    await expect(store.transact(unit)).rejects.toThrow("rolled back instead of committed");
    expect(committed).toEqual([]);
    server.execute(name, "drop trigger refuse on sequence");
    await store.transact(unit);
    expect(committed).toEqual([1]);
    expect(server.execute(name, "select count(*) from events")).toBe("1");
  });

  it("runs no unit before the follower has caught up, and reports its own events to it", async () => {
    const store = await openStore(server.createDatabase());
    const log: string[] = [];
    const caughtUp = Promise.withResolvers<void>();
    const follower: Follower = {
      pause: () => {},
      pauseAt: (newest) => {
        log.push(`pauseAt ${newest}`);
        return caughtUp.promise;
      },
      resume: (own: readonly StoredEvent[]) => void log.push(`resume ${own.map(({ seq }) => seq)}`),
    };
    store.sharedLog?.setFollower(follower);
    const unit = store.transact({
      run: async (tx) => {
        log.push("run");
        await tx.events.add("content", 1, 1, 1);
        return tx.events.add("content", 1, 2, 1);
      },
      onCommit: (seq) => void log.push(`committed ${seq}`),
    });
    await expect.poll(() => log.length).toBe(1);
    caughtUp.resolve();
    await unit;
    expect(log).toEqual(["pauseAt 0", "run", "committed 2", "resume 1,2"]);
    const count = { isReadOnly: true, run: (tx: StoreAccess) => tx.events.newestSeq(), onCommit: () => {} };
    await Promise.all([store.transact(count), store.transact(count)]);
    expect(log.slice(4)).toEqual(["pauseAt 2", "resume "]);
    const bad = { ...count, run: (tx: StoreAccess) => tx.accounts.ban(1, 1) };
    await expect(store.transact(bad)).rejects.toThrow("read-only unit of work");
  });
});
