import { type Message, Permissions } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { initial } from "./back-ends.test-support.ts";
import { eventCleanupInterval, minEventsKept } from "./limits.ts";
import type { StoreAccess } from "./store.ts";
import { describeStores } from "./stores.test-support.ts";

describeStores("the store", (db) => {
  const { write, addUser, firstChannel, sendMessages } = db;

  it("creates the initial content of a new database once", async () => {
    const rules = await db.store.read.readAccessRules();
    expect(rules.base.toBytes()).toEqual([170, 150, 5]);
    expect(rules.channels).toEqual([
      { uuid: expect.any(Number), name: "general", position: 0, slowSeconds: 0 },
    ]);
    expect(rules.groups).toEqual([]);
    const profile = await db.store.read.server.get();
    expect(profile).toEqual({ ...initial, serverId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const epoch = await db.store.read.events.readEpoch();
    expect(epoch).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), forks: [] });
    expect(await db.store.read.events.newestSeq()).toBe(0);
    await db.reopen();
    expect((await db.store.read.readAccessRules()).channels).toEqual(rules.channels);
    expect(await db.store.read.server.get()).toEqual(profile);
    expect(await db.store.read.events.readEpoch()).toEqual(epoch);
  });

  it("starts an epoch after the newest event, with the earlier ones as forks", async () => {
    const first = await db.store.read.events.readEpoch();
    const next = await write(async (tx) => {
      for (let count = 0; count < 3; count++) await tx.events.add("content", 1, 1, 1);
      return await tx.events.startEpoch();
    });
    await write((tx) => tx.events.add("content", 1, 1, 1));
    expect(await db.store.read.events.readEpoch()).toEqual({
      id: next,
      forks: [{ epoch: first.id, cursor: 3 }],
    });
    const undone = db.store.transact({
      run: async (tx) => {
        await tx.events.startEpoch();
        throw new Error("undone");
      },
      onCommit: () => {},
    });
    await expect(undone).rejects.toThrow("undone");
    expect((await db.store.read.events.readEpoch()).id).toBe(next);
  });

  it("removes the overrides of all channels, also of removed ones", async () => {
    const channel = await firstChannel();
    const gone = await write((tx) => tx.channels.add({ name: "gone", position: 1 }));
    const override = { entity: { type: "user", uuid: 7 }, permissions: Permissions.all } as const;
    await write(async (tx) => {
      for (const uuid of [channel, gone]) await tx.channels.setOverrides(uuid, [override]);
      await tx.channels.remove(gone);
    });
    expect(await write((tx) => tx.channels.removeAllOverrides())).toBe(2);
    expect((await db.store.read.readAccessRules()).overrides).toEqual([]);
    expect(await write((tx) => tx.channels.removeAllOverrides())).toBe(0);
  });

  it("counts the bytes of sync data", async () => {
    const user = await addUser("ann");
    const sizes = () => db.store.read.sync.readSizes(user);
    expect(await sizes()).toEqual({ profile: 0, servers: 0 });
    const server = { uuid: null, uname: "é€", ip: "a.b", port: 1, pfp: null, name: null, idx: 0 };
    await write(async (tx) => {
      await tx.sync.setProfile(user, { uname: "ann", pfp: "12345" });
      await tx.sync.setServers(user, [server, { ...server, pfp: "123", name: "name" }]);
    });
    expect(await sizes()).toEqual({ profile: 8, servers: 23 });
  });

  it("keeps committed data, and no other, across a restart", async () => {
    const { messages } = await sendMessages(["kept"]);
    await expect(
      write(async (tx) => {
        await tx.accounts.add({ name: "undone", pfp: "", password: "" });
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    await db.reopen();
    expect(await db.store.read.messages.get(messages[0]?.uuid ?? 0)).toEqual(messages[0]);
    expect(await db.store.read.accounts.findCredentialsByName("undone")).toBeUndefined();
  });

  it("undoes only the writes of a failed savepoint, including event numbers", async () => {
    const { channel, author } = await sendMessages([]);
    const send = async (tx: StoreAccess, content: string) => {
      await tx.messages.add({ content, author_uuid: author, channel_uuid: channel, date: 1, reply: null });
      return tx.events.add("content", channel, null, 1);
    };
    const numbers = await write(async (tx) => {
      const first = await send(tx, "before");
      await db.store
        .withSavepoint(async () => {
          await send(tx, "undone");
          await tx.accounts.add({ name: "undone", pfp: "", password: "" });
          await send(tx, "undone");
          throw new Error("undo");
        })
        .catch(() => {});
      const second = await db.store.withSavepoint(() => send(tx, "between"));
      await db.store
        .withSavepoint(async () => {
          await send(tx, "undone");
          throw new Error("undo");
        })
        .catch(() => {});
      await tx.accounts.add({ name: "kept", pfp: "", password: "" });
      await db.store.withSavepoint(async () => {
        await tx.accounts.update(author, { name: "renamed" });
        await db.store
          .withSavepoint(async () => {
            await tx.accounts.update(author, { name: "undone" });
            throw new Error("undo");
          })
          .catch(() => {});
      });
      return [first, second, await send(tx, "after")];
    });
    const newest = numbers[2] ?? 0;
    expect(numbers).toEqual([newest - 2, newest - 1, newest]);
    expect(await db.store.read.events.newestSeq()).toBe(newest);
    const history = await db.store.read.messages.readPage({ channel, limit: 10 });
    expect(history?.map(({ content }) => content)).toEqual(["before", "between", "after"]);
    expect((await db.store.read.accounts.list()).map(({ name }) => name)).toEqual(["renamed", "kept"]);
  });

  it("commits a unit after a failed savepoint, and the other units of the group after a failed unit", async () => {
    const user = await addUser("ann");
    const token = { hash: new Uint8Array([1, 2, 3]), user, client: "a", date: 1 };
    const outcomes = await Promise.allSettled([
      write((tx) => tx.tokens.add(token)),
      write(async (tx) => {
        await expect(db.store.withSavepoint(() => tx.tokens.add(token))).rejects.toThrow();
        await tx.accounts.update(user, { name: "went on" });
      }),
      write(async (tx) => {
        await tx.accounts.update(user, { name: "undone" });
        throw new Error("no");
      }),
      write((tx) => tx.tokens.add({ ...token, hash: new Uint8Array([4]) })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect((await db.store.read.accounts.get(user))?.name).toBe("went on");
    expect(await db.store.read.tokens.list(user)).toHaveLength(2);
  });

  it("calls onCommit in the order of the units", async () => {
    const log: string[] = [];
    const units = ["a", "b", "c"].map((name) =>
      db.store.transact({
        run: async (tx) => {
          log.push(`run ${name}`);
          await tx.accounts.add({ name, pfp: "", password: "" });
          return name;
        },
        onCommit: (result) => void log.push(`committed ${result}`),
      }),
    );
    await Promise.all(units);
    expect(log.filter((line) => line.startsWith("committed"))).toEqual([
      "committed a",
      "committed b",
      "committed c",
    ]);
    expect(log.filter((line) => line.startsWith("run"))).toEqual(["run a", "run b", "run c"]);
  });

  it("runs read-only units of work", async () => {
    const { messages } = await sendMessages(["one"]);
    let found: Message | undefined;
    await db.store.transact({
      isReadOnly: true,
      run: (tx) => tx.messages.get(messages[0]?.uuid ?? 0),
      onCommit: (message) => {
        found = message;
      },
    });
    expect(found).toEqual(messages[0]);
  });

  it("stores channels, groups, overrides and memberships", async () => {
    const user = await addUser("ann");
    const permissions = Permissions.of({ ban_users: "allow" });
    const [channel, staff, crew] = await write(async (tx) => {
      const uuids = [
        await tx.channels.add({ name: "new", position: 1 }),
        await tx.groups.add({ name: "007", colour: 0xff8800, permissions, position: 0 }),
        await tx.groups.add({ name: "crew", colour: -5, permissions: Permissions.none, position: 1 }),
      ] as const;
      await tx.channels.rename(uuids[0], "renamed");
      await tx.channels.setSlowSeconds(uuids[0], 30);
      await tx.channels.setOverrides(uuids[0], [
        { entity: { type: "group", uuid: uuids[1] }, permissions },
        { entity: { type: "user", uuid: user }, permissions: Permissions.none },
      ]);
      await tx.accounts.setGroups(user, [uuids[2], uuids[1]]);
      await tx.groups.setPositions(new Map([[uuids[1], 5]]));
      return uuids;
    });
    const rules = await db.store.read.readAccessRules();
    expect(rules.channels[1]).toEqual({ uuid: channel, name: "renamed", position: 1, slowSeconds: 30 });
    expect(rules.groups.map(({ name, colour, position }) => [name, colour, position])).toEqual([
      ["007", 0xff8800, 5],
      ["crew", -5, 1],
    ]);
    expect(rules.groups[0]?.permissions.equals(permissions)).toBe(true);
    expect(rules.overrides.map(({ channel: at, entity }) => [at, entity])).toEqual([
      [channel, { type: "group", uuid: staff }],
      [channel, { type: "user", uuid: user }],
    ]);
    expect(rules.overrides[0]?.permissions.equals(permissions)).toBe(true);
    expect(rules.memberships).toEqual(new Map([[user, [crew, staff]]]));
    expect((await db.store.read.accounts.get(user))?.groups).toEqual([crew, staff]);
    await write(async (tx) => {
      await tx.groups.update({ uuid: crew, name: "all hands", colour: 1, permissions, position: 2 });
      await tx.groups.remove(staff);
      await tx.channels.remove(channel);
    });
    const after = await db.store.read.readAccessRules();
    expect(after.groups).toEqual([
      { uuid: crew, name: "all hands", colour: 1, permissions: expect.anything(), position: 2 },
    ]);
    expect(after.memberships).toEqual(new Map([[user, [crew]]]));
    expect(after.channels.map(({ name }) => name)).toEqual(["general"]);
  });

  it("stores name, icon, base permissions and emoji", async () => {
    const base = Permissions.of({ send_messages: "allow" });
    const emoji = await write(async (tx) => {
      await tx.server.update({ name: "New", base });
      await tx.server.update({ icon: new Uint8Array([9, 0, 255]) });
      return tx.server.addEmoji({ name: "smile", data: "aGk=" });
    });
    expect(await db.store.read.server.get()).toMatchObject({
      name: "New",
      icon: new Uint8Array([9, 0, 255]),
    });
    expect((await db.store.read.readAccessRules()).base.equals(base)).toBe(true);
    expect(await db.store.read.server.listEmoji()).toEqual([{ uuid: emoji, name: "smile" }]);
    expect(await db.store.read.server.getEmoji(emoji)).toEqual({ uuid: emoji, name: "smile", data: "aGk=" });
    expect(await write((tx) => tx.server.removeEmoji(emoji))).toBe(true);
    expect(await write((tx) => tx.server.removeEmoji(emoji))).toBe(false);
    expect(await db.store.read.server.getEmoji(emoji)).toBeUndefined();
  });

  it("numbers events without gaps and reads those after a cursor", async () => {
    await write(async (tx) => {
      expect(await tx.events.add("content", 1, 2, 3)).toBe(1);
      expect(await tx.events.newestSeq()).toBe(1);
      expect(await tx.events.readAfter(0, 10)).toHaveLength(1);
      await tx.events.add("get_name", null, null, 3);
    });
    expect(await write((tx) => tx.events.add("list_groups", null, 7, 3))).toBe(3);
    const { events } = db.store.read;
    expect(await events.readAfter(1, 10)).toEqual([
      { seq: 2, type: "get_name", channel: null, subject: null },
      { seq: 3, type: "list_groups", channel: null, subject: 7 },
    ]);
    expect(await events.readAfter(0, 1)).toEqual([{ seq: 1, type: "content", channel: 1, subject: 2 }]);
    expect(await events.readAfter(3, 10)).toEqual([]);
    expect(await events.readAfter(4, 10)).toBeUndefined();
  });

  it("deletes the oldest events and returns undefined for a cursor before them", {
    timeout: 60_000,
  }, async () => {
    const total = minEventsKept + eventCleanupInterval;
    await write(async (tx) => {
      for (let count = 0; count < total; count++) await tx.events.add("content", 1, 2, 3);
    });
    const { events } = db.store.read;
    expect(await events.newestSeq()).toBe(total);
    expect(await events.readAfter(0, 1)).toBeUndefined();
    expect(await events.readAfter(total - minEventsKept - 1, 1)).toBeUndefined();
    expect((await events.readAfter(total - minEventsKept, 1))?.[0]?.seq).toBe(total - minEventsKept + 1);
  });

  it("refuses a second use of a key until its cooldown has ended", async () => {
    const take = (key: string, cooldownMs: number) =>
      write((tx) => tx.cooldowns.tryStart(key, { cooldownMs }));
    expect(await take("a", 60_000)).toBe(0);
    const waitMs = await take("a", 60_000);
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
    expect(await take("b", 1)).toBe(0);
    await expect.poll(() => take("b", 60_000)).toBe(0);
  });

  it("allows a burst of uses, then one per cooldown, and reports the wait without counting a use", async () => {
    const limit = { cooldownMs: 60_000, burst: 3 };
    const take = () => write((tx) => tx.cooldowns.tryStart("burst", limit));
    const remaining = () => db.store.read.cooldowns.remainingMs("burst", limit);
    for (let use = 0; use < 3; use++) expect([await remaining(), await take()]).toEqual([0, 0]);
    for (const waitMs of [await remaining(), await take(), await take()]) {
      expect(waitMs).toBeGreaterThan(50_000);
      expect(waitMs).toBeLessThanOrEqual(60_000);
    }
  });
});
