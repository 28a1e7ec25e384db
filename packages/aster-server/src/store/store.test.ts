import { type Message, Permissions } from "@asterite/aster-protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { skeletonOf } from "../auth/names.ts";
import { backEnds, initial } from "./back-ends.test-support.ts";
import { eventCleanupInterval, maxTokensPerUser, minEventsKept } from "./limits.ts";
import type { Store, StoreAccess } from "./store.ts";

const day = 86_400;

describe.each(backEnds())("the store on $name", (backEnd) => {
  let open: () => Promise<Store>;
  let store: Store;

  beforeAll(async () => {
    if (backEnd.missing === undefined) await backEnd.start();
  }, 60_000);
  afterAll(() => backEnd.stop());
  beforeEach(async (context) => {
    if (backEnd.missing !== undefined) return context.skip(backEnd.missing);
    open = await backEnd.create();
    store = await open();
  });
  afterEach(async () => {
    if (backEnd.missing === undefined) await store.close();
  });

  async function write<Result>(run: (tx: StoreAccess) => Promise<Result>): Promise<Result> {
    const results: Result[] = [];
    await store.transact({ run, onCommit: (result) => void results.push(result) });
    const [result] = results;
    if (results.length !== 1) throw new Error(`onCommit was called ${results.length} times`);
    return result as Result;
  }

  const addUser = (name: string) => write((tx) => tx.accounts.add({ name, pfp: "", password: "hash" }));

  const firstChannel = async () => (await store.read.readAccessRules()).channels[0]?.uuid ?? 0;

  async function sendMessages(texts: readonly string[], author = "ann") {
    const channel = await firstChannel();
    const author_uuid = await addUser(author);
    const messages = await write(async (tx) => {
      const added: Message[] = [];
      for (const content of texts) {
        const fields = { content, author_uuid, channel_uuid: channel, date: 5, reply: null };
        added.push(await tx.messages.add(fields));
      }
      return added;
    });
    return { channel, messages, author: author_uuid };
  }

  it("creates the initial content of a new database once", async () => {
    const rules = await store.read.readAccessRules();
    expect(rules.base.toBytes()).toEqual([170, 150, 5]);
    expect(rules.channels).toEqual([
      { uuid: expect.any(Number), name: "general", position: 0, slowSeconds: 0 },
    ]);
    expect(rules.groups).toEqual([]);
    const profile = await store.read.server.get();
    expect(profile).toEqual({ ...initial, serverId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const epoch = await store.read.events.readEpoch();
    expect(epoch).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), forks: [] });
    expect(await store.read.events.newestSeq()).toBe(0);
    await store.close();
    store = await open();
    expect((await store.read.readAccessRules()).channels).toEqual(rules.channels);
    expect(await store.read.server.get()).toEqual(profile);
    expect(await store.read.events.readEpoch()).toEqual(epoch);
  });

  it("starts an epoch after the newest event, with the earlier ones as forks", async () => {
    const first = await store.read.events.readEpoch();
    const next = await write(async (tx) => {
      for (let count = 0; count < 3; count++) await tx.events.add("content", 1, 1, 1);
      return await tx.events.startEpoch();
    });
    await write((tx) => tx.events.add("content", 1, 1, 1));
    expect(await store.read.events.readEpoch()).toEqual({
      id: next,
      forks: [{ epoch: first.id, cursor: 3 }],
    });
    const undone = store.transact({
      run: async (tx) => {
        await tx.events.startEpoch();
        throw new Error("undone");
      },
      onCommit: () => {},
    });
    await expect(undone).rejects.toThrow("undone");
    expect((await store.read.events.readEpoch()).id).toBe(next);
  });

  it("never moves a read marker back", async () => {
    const { channel, messages, author } = await sendMessages(["1", "2", "3", "4"]);
    const mark = (index: number) =>
      write(async (tx) => {
        const message = messages[index];
        return message ? await tx.readMarkers.set(author, message) : undefined;
      });
    const marker = () => store.read.readMarkers.get(author, channel);
    expect(await mark(2)).toBe(true);
    expect(await mark(1)).toBe(false);
    expect(await mark(2)).toBe(false);
    expect(await marker()).toMatchObject({ message: messages[2]?.uuid, unread: 1 });
    expect(await mark(3)).toBe(true);
    expect(await marker()).toMatchObject({ message: messages[3]?.uuid, unread: 0 });
  });

  it("counts new messages after the marked message was deleted", async () => {
    const { channel, messages, author } = await sendMessages(["1", "2", "3"]);
    const [first, second, third] = messages;
    if (!first || !second || !third) throw new Error("not sent");
    const add = (content: string) =>
      write((tx) =>
        tx.messages.add({ content, author_uuid: author, channel_uuid: channel, date: 5, reply: null }),
      );
    const unread = async () => (await store.read.readMarkers.get(author, channel))?.unread;
    await write((tx) => tx.readMarkers.set(author, third));
    await write((tx) => tx.messages.remove(second));
    await write((tx) => tx.messages.remove(third));
    expect(await unread()).toBe(0);
    await add("4");
    expect(await unread()).toBe(1);
    const last = await add("5");
    expect(await unread()).toBe(2);
    await write((tx) => tx.readMarkers.set(author, last));
    expect(await unread()).toBe(0);
    await write((tx) => tx.messages.remove(first));
    expect(await unread()).toBe(0);
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
    expect((await store.read.readAccessRules()).overrides).toEqual([]);
    expect(await write((tx) => tx.channels.removeAllOverrides())).toBe(0);
  });

  it("pages messages in insertion order, oldest first, before an exclusive bound", async () => {
    const { channel, messages } = await sendMessages(["1", "2", "3", "4", "5"]);
    const page = async (limit: number, before?: number) =>
      (await store.read.messages.readPage({ channel, limit, before }))?.map(({ content }) => content);
    expect(await page(3)).toEqual(["3", "4", "5"]);
    expect(await page(10)).toEqual(["1", "2", "3", "4", "5"]);
    expect(await page(0)).toEqual([]);
    expect(await page(2, messages[2]?.uuid)).toEqual(["1", "2"]);
    expect(await page(5, messages[0]?.uuid)).toEqual([]);
    expect(await page(5, 12345)).toBeUndefined();
    expect(await store.read.messages.readPage({ channel: channel + 1, limit: 5 })).toEqual([]);
  });

  it("finds, edits and removes messages, even within the transaction that added them", async () => {
    const { messages, author, channel } = await sendMessages(["one", "two"]);
    const [one, two] = messages as [Message, Message];
    const third = await write(async (tx) => {
      const fields = {
        content: "three",
        author_uuid: author,
        channel_uuid: channel,
        date: 6,
        reply: one.uuid,
      };
      const added = await tx.messages.add(fields);
      expect(await tx.messages.get(added.uuid)).toEqual({ ...fields, uuid: added.uuid, edited: false });
      await tx.messages.edit(one, "uno");
      await tx.messages.remove(two);
      await tx.messages.edit(added, "tre");
      return added;
    });
    const found = await store.read.messages.getMany([one.uuid, two.uuid, third.uuid, third.uuid, 99]);
    expect([...found.keys()].sort()).toEqual([one.uuid, third.uuid].sort());
    expect(found.get(one.uuid)).toEqual({ ...one, content: "uno", edited: true });
    expect(found.get(third.uuid)).toEqual({ ...third, content: "tre", edited: true });
    expect(await store.read.messages.getMany([])).toEqual(new Map());
  });

  it("returns the credentials of the oldest account with a name", async () => {
    const oldest = await addUser("twin");
    await addUser("twin");
    expect((await store.read.accounts.findCredentialsByName("twin"))?.uuid).toBe(oldest);
    expect(await store.read.accounts.findCredentialsByName("Twin")).toBeUndefined();
    expect((await store.read.accounts.list()).map(({ name }) => name)).toEqual(["twin", "twin"]);
  });

  it("keeps committed data, and no other, across a restart", async () => {
    const { messages } = await sendMessages(["kept"]);
    await expect(
      write(async (tx) => {
        await tx.accounts.add({ name: "undone", pfp: "", password: "" });
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    await store.close();
    store = await open();
    expect(await store.read.messages.get(messages[0]?.uuid ?? 0)).toEqual(messages[0]);
    expect(await store.read.accounts.findCredentialsByName("undone")).toBeUndefined();
  });

  it("undoes only the writes of a failed savepoint, including event numbers", async () => {
    const { channel, author } = await sendMessages([]);
    const send = async (tx: StoreAccess, content: string) => {
      await tx.messages.add({ content, author_uuid: author, channel_uuid: channel, date: 1, reply: null });
      return tx.events.add("content", channel, null, 1);
    };
    const numbers = await write(async (tx) => {
      const first = await send(tx, "before");
      await store
        .withSavepoint(async () => {
          await send(tx, "undone");
          await tx.accounts.add({ name: "undone", pfp: "", password: "" });
          await send(tx, "undone");
          throw new Error("undo");
        })
        .catch(() => {});
      const second = await store.withSavepoint(() => send(tx, "between"));
      await store
        .withSavepoint(async () => {
          await send(tx, "undone");
          throw new Error("undo");
        })
        .catch(() => {});
      await tx.accounts.add({ name: "kept", pfp: "", password: "" });
      await store.withSavepoint(async () => {
        await tx.accounts.update(author, { name: "renamed" });
        await store
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
    expect(await store.read.events.newestSeq()).toBe(newest);
    const history = await store.read.messages.readPage({ channel, limit: 10 });
    expect(history?.map(({ content }) => content)).toEqual(["before", "between", "after"]);
    expect((await store.read.accounts.list()).map(({ name }) => name)).toEqual(["renamed", "kept"]);
  });

  it("commits a unit after a failed savepoint, and the other units of the group after a failed unit", async () => {
    const user = await addUser("ann");
    const token = { hash: new Uint8Array([1, 2, 3]), user, client: "a", date: 1 };
    const outcomes = await Promise.allSettled([
      write((tx) => tx.tokens.add(token)),
      write(async (tx) => {
        await expect(store.withSavepoint(() => tx.tokens.add(token))).rejects.toThrow();
        await tx.accounts.update(user, { name: "went on" });
      }),
      write(async (tx) => {
        await tx.accounts.update(user, { name: "undone" });
        throw new Error("no");
      }),
      write((tx) => tx.tokens.add({ ...token, hash: new Uint8Array([4]) })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect((await store.read.accounts.get(user))?.name).toBe("went on");
    expect(await store.read.tokens.list(user)).toHaveLength(2);
  });

  it("calls onCommit in the order of the units", async () => {
    const log: string[] = [];
    const units = ["a", "b", "c"].map((name) =>
      store.transact({
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
    await store.transact({
      isReadOnly: true,
      run: (tx) => tx.messages.get(messages[0]?.uuid ?? 0),
      onCommit: (message) => {
        found = message;
      },
    });
    expect(found).toEqual(messages[0]);
  });

  it("finds names that look alike, and follows renames and deletions", async () => {
    const ann = await addUser("ann");
    const find = (name: string, except?: number) =>
      store.read.accounts.findLookalike(skeletonOf(name), except);
    expect(await find("ANN")).toBe(ann);
    expect(await find("ann", ann)).toBeUndefined();
    await write((tx) => tx.accounts.update(ann, { name: "bob" }));
    expect([await find("ann"), await find("b0b")]).toEqual([undefined, ann]);
    await write((tx) => tx.accounts.indexNames());
    await write((tx) => tx.accounts.erase(ann, { name: "deleted user", pfp: "" }));
    expect([await find("bob"), await find("Deleted User")]).toEqual([undefined, ann]);
  });

  it("stores invites until they are used up, expired or removed", async () => {
    const invite = { author: -1, groups: [5, 7], created: 1, expires: 100, usesLeft: 2 };
    const hash = new Uint8Array([1, 2]);
    const id = await write((tx) => tx.invites.add({ ...invite, hash }));
    const other = await write((tx) => tx.invites.add({ ...invite, expires: 200, hash: new Uint8Array([3]) }));
    expect(await store.read.invites.find(hash)).toEqual({ ...invite, id });
    expect(await store.read.invites.find(new Uint8Array([9]))).toBeUndefined();
    await write((tx) => tx.invites.use(id));
    expect((await store.read.invites.list()).map(({ usesLeft }) => usesLeft)).toEqual([1, 2]);
    await write((tx) => tx.invites.use(id));
    expect((await store.read.invites.list()).map((found) => found.id)).toEqual([other]);
    await write((tx) => tx.invites.removeExpired(199));
    expect(await store.read.invites.list()).toHaveLength(1);
    expect(await write((tx) => tx.invites.remove(id))).toBe(false);
    expect(await write((tx) => tx.invites.remove(other))).toBe(true);
    await write((tx) => tx.invites.add({ ...invite, hash }));
    await write((tx) => tx.invites.removeExpired(100));
    expect(await store.read.invites.list()).toEqual([]);
  });

  it("stores session tokens, up to the limit of each account", async () => {
    const user = await addUser("ann");
    const hashOf = (index: number) => new Uint8Array([index, 1]);
    await write(async (tx) => {
      for (let index = 0; index < maxTokensPerUser; index++) {
        await tx.tokens.add({ hash: hashOf(index), user, client: `c${index}`, date: 100 + index });
      }
    });
    const owner = { user: await store.read.accounts.get(user), isBanned: false };
    const [oldest] = await store.read.tokens.list(user);
    const found = { ...owner, token: oldest?.id, lastUsed: 100 };
    expect(await store.read.tokens.findOwner(hashOf(0))).toEqual(found);
    await write((tx) => tx.tokens.recordUses([{ hash: hashOf(0), date: 1000 }]));
    await write((tx) => tx.tokens.add({ hash: hashOf(99), user, client: "newest", date: 500 }));
    const tokens = await store.read.tokens.list(user);
    expect(tokens).toHaveLength(maxTokensPerUser);
    expect(tokens[0]).toEqual({ id: expect.any(Number), client: "c0", created: 100, last_used: 1000 });
    await write((tx) => tx.tokens.recordUses([{ hash: hashOf(1), date: 1001 }]));
    expect(await store.read.tokens.findOwner(hashOf(1))).toBeUndefined();
    const id = tokens[0]?.id ?? 0;
    expect(await write((tx) => tx.tokens.revoke(user + 1, id))).toBe(false);
    expect(await write((tx) => tx.tokens.revoke(user, id))).toBe(true);
    expect(await write((tx) => tx.tokens.revoke(user, id))).toBe(false);
    await write((tx) => tx.tokens.removeUnused(user, 500));
    expect((await store.read.tokens.list(user)).map(({ last_used }) => last_used)).toEqual([500]);
    await write((tx) => tx.tokens.revokeAll(user));
    expect(await store.read.tokens.list(user)).toEqual([]);
  });

  it("finds a message by its nonce for 24 hours", async () => {
    const { messages, author } = await sendMessages(["one"]);
    const [message] = messages as [Message];
    await write(async (tx) => {
      await tx.messages.rememberNonce(author, "n", message.uuid, 1000);
      expect(await tx.messages.findByNonce(author, "n", 1000)).toBe(message.uuid);
    });
    const find = (user: number, nonce: string, date: number) =>
      write((tx) => tx.messages.findByNonce(user, nonce, date));
    expect(await find(author, "n", 999 + day)).toBe(message.uuid);
    expect(await find(author, "n", 1000 + day)).toBeUndefined();
    expect(await find(author, "other", 1000)).toBeUndefined();
    expect(await find(author + 1, "n", 1000)).toBeUndefined();
    await write((tx) => tx.messages.rememberNonce(author, "n", 7, 1000 + day));
    expect(await find(author, "n", 1000 + day)).toBe(7);
  });

  it("counts unread messages exactly, even after deletions", async () => {
    const { messages, author, channel } = await sendMessages(["1", "2", "3", "4"]);
    const [, second, third] = messages as [Message, Message, Message, Message];
    expect(await store.longQueries.readMarker(author, channel)).toBeUndefined();
    await write(async (tx) => {
      await tx.readMarkers.set(author, second);
      expect(await tx.readMarkers.get(author, channel)).toEqual({
        channel,
        date: 5,
        message: second.uuid,
        unread: 2,
      });
    });
    expect((await store.longQueries.readMarker(author, channel))?.unread).toBe(2);
    await write((tx) => tx.messages.remove(third));
    expect(await store.longQueries.readMarkers(author)).toEqual([
      { channel, date: 5, message: second.uuid, unread: 1 },
    ]);
    await write((tx) => tx.readMarkers.set(author, messages[3] as Message));
    expect((await store.longQueries.readMarker(author, channel))?.unread).toBe(0);
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
    const rules = await store.read.readAccessRules();
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
    expect((await store.read.accounts.get(user))?.groups).toEqual([crew, staff]);
    await write(async (tx) => {
      await tx.groups.update({ uuid: crew, name: "all hands", colour: 1, permissions, position: 2 });
      await tx.groups.remove(staff);
      await tx.channels.remove(channel);
    });
    const after = await store.read.readAccessRules();
    expect(after.groups).toEqual([
      { uuid: crew, name: "all hands", colour: 1, permissions: expect.anything(), position: 2 },
    ]);
    expect(after.memberships).toEqual(new Map([[user, [crew]]]));
    expect(after.channels.map(({ name }) => name)).toEqual(["general"]);
  });

  it("erases an account and keeps its messages", async () => {
    const { messages, author, channel } = await sendMessages(["said"]);
    const permissions = Permissions.none;
    await write(async (tx) => {
      await tx.tokens.add({ hash: new Uint8Array([9]), user: author, client: "", date: 1 });
      await tx.sync.setProfile(author, { uname: "a", pfp: "b" });
      await tx.readMarkers.set(author, messages[0] as Message);
      await tx.channels.setOverrides(channel, [{ entity: { type: "user", uuid: author }, permissions }]);
      await tx.accounts.setGroups(author, [4]);
      await tx.accounts.setBot(author, true);
    });
    await write((tx) => tx.accounts.erase(author, { name: "deleted user", pfp: "p" }));
    expect(await store.read.accounts.get(author)).toEqual({
      uuid: author,
      name: "deleted user",
      pfp: "p",
      groups: [],
      isBot: false,
    });
    expect((await store.read.accounts.findCredentialsByUuid(author))?.password).toBe("!");
    expect(await store.read.tokens.list(author)).toEqual([]);
    expect(await store.read.sync.profile(author)).toBeUndefined();
    expect(await store.longQueries.readMarkers(author)).toEqual([]);
    expect((await store.read.readAccessRules()).overrides).toEqual([]);
    expect(await store.read.messages.get(messages[0]?.uuid ?? 0)).toEqual(messages[0]);
  });

  it("stores which accounts are bots", async () => {
    const [ann, bot] = [await addUser("ann"), await addUser("bot")];
    const hash = new Uint8Array([1]);
    await write((tx) => tx.tokens.add({ hash, user: bot, client: "", date: 1 }));
    const declared = async () => [
      (await store.read.accounts.list()).map(({ uuid, isBot }) => [uuid, isBot]),
      (await store.read.accounts.get(bot))?.isBot,
      (await store.read.tokens.findOwner(hash))?.user.isBot,
    ];
    const expected = (isBot: boolean) => [
      [
        [ann, false],
        [bot, isBot],
      ],
      isBot,
      isBot,
    ];
    expect(await declared()).toEqual(expected(false));
    for (const isBot of [true, true, false, false]) {
      await write((tx) => tx.accounts.setBot(bot, isBot));
      expect(await declared()).toEqual(expected(isBot));
    }
    await write((tx) => tx.accounts.setBot(bot, true));
    await store.close();
    store = await open();
    expect(await declared()).toEqual(expected(true));
  });

  it("stores bans until they are removed", async () => {
    const user = await addUser("ann");
    await write((tx) => tx.accounts.ban(user, 10));
    await write((tx) => tx.accounts.ban(user, 20));
    expect(await store.read.accounts.listBans()).toEqual([{ user, date: 10 }]);
    expect((await store.read.accounts.findCredentialsByUuid(user))?.isBanned).toBe(true);
    expect(await write((tx) => tx.accounts.unban(user))).toBe(true);
    expect(await write((tx) => tx.accounts.unban(user))).toBe(false);
    expect((await store.read.accounts.findCredentialsByName("ann"))?.isBanned).toBe(false);
  });

  it("stores sync data, with the server list in order", async () => {
    const user = await addUser("ann");
    await write((tx) => tx.sync.setProfile(user, { uname: "a", pfp: "b" }));
    await write((tx) => tx.sync.setProfile(user, { uname: "c", pfp: "d" }));
    expect(await store.read.sync.profile(user)).toEqual({ uname: "c", pfp: "d" });
    const serverAt = (port: number) => {
      return { user_uuid: user, uuid: null, uname: "u", ip: "host", port, pfp: null, name: "n", idx: 0 };
    };
    const servers = Array.from({ length: 120 }, (_, index) => serverAt(65_000 - index));
    await write((tx) => tx.sync.setServers(user, servers));
    expect(await store.read.sync.servers(user)).toEqual(servers.map((server, idx) => ({ ...server, idx })));
    await write((tx) => tx.sync.setServers(user, [serverAt(1)]));
    expect(await store.read.sync.servers(user)).toEqual([serverAt(1)]);
  });

  it("stores name, icon, base permissions and emoji", async () => {
    const base = Permissions.of({ send_messages: "allow" });
    const emoji = await write(async (tx) => {
      await tx.server.update({ name: "New", base });
      await tx.server.update({ icon: new Uint8Array([9, 0, 255]) });
      return tx.server.addEmoji({ name: "smile", data: "aGk=" });
    });
    expect(await store.read.server.get()).toMatchObject({ name: "New", icon: new Uint8Array([9, 0, 255]) });
    expect((await store.read.readAccessRules()).base.equals(base)).toBe(true);
    expect(await store.read.server.listEmoji()).toEqual([{ uuid: emoji, name: "smile" }]);
    expect(await store.read.server.getEmoji(emoji)).toEqual({ uuid: emoji, name: "smile", data: "aGk=" });
    expect(await write((tx) => tx.server.removeEmoji(emoji))).toBe(true);
    expect(await write((tx) => tx.server.removeEmoji(emoji))).toBe(false);
    expect(await store.read.server.getEmoji(emoji)).toBeUndefined();
  });

  it("numbers events without gaps and reads those after a cursor", async () => {
    await write(async (tx) => {
      expect(await tx.events.add("content", 1, 2, 3)).toBe(1);
      expect(await tx.events.newestSeq()).toBe(1);
      expect(await tx.events.readAfter(0, 10)).toHaveLength(1);
      await tx.events.add("get_name", null, null, 3);
    });
    expect(await write((tx) => tx.events.add("list_groups", null, 7, 3))).toBe(3);
    const { events } = store.read;
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
    const { events } = store.read;
    expect(await events.newestSeq()).toBe(total);
    expect(await events.readAfter(0, 1)).toBeUndefined();
    expect(await events.readAfter(total - minEventsKept - 1, 1)).toBeUndefined();
    expect((await events.readAfter(total - minEventsKept, 1))?.[0]?.seq).toBe(total - minEventsKept + 1);
  });

  it("finds words inside sentences of scripts without spaces", async () => {
    const texts = [
      "人人享有权利与自由。",
      "すべての人は権利を持つ",
      "모든 사람은 자유롭다",
      "权和利",
      "カタカナのテスト",
    ];
    const { channel, messages } = await sendMessages(texts);
    const search = async (words: string) =>
      (await store.longQueries.search({ words, channels: [channel], limit: 10 }))?.map(
        ({ uuid, snippet }) => [messages.findIndex((message) => message.uuid === uuid), snippet],
      );
    expect(await search("权利")).toEqual([[0, "人人享有**权利**与自由。"]]);
    expect(await search("自由")).toEqual([[0, "人人享有权利与**自由**。"]]);
    expect(await search("権利")).toEqual([[1, "すべての人は**権利**を持つ"]]);
    expect(await search("人")).toEqual([
      [1, "すべての**人**は権利を持つ"],
      [0, "**人人**享有权利与自由。"],
    ]);
    expect(await search("자유")).toEqual([[2, "모든 사람은 **자유**롭다"]]);
    expect(await search("テスト カナ")).toEqual([[4, "カタ**カナ**の**テスト**"]]);
    expect(await search("利权")).toEqual([]);
    const [first] = messages;
    if (!first) throw new Error("not sent");
    await write((tx) => tx.messages.edit(first, "没有"));
    expect(await search("自由")).toEqual([]);
    expect(await search("没有")).toEqual([[0, "**没有**"]]);
  });

  it("searches ignoring case and accents, newest first", async () => {
    const { messages, channel, author } = await sendMessages([
      "The quick brown fox",
      "Ein Café in Köln, ganz früh",
      "foxes are quick",
      "don't say it's 100% \\ 'quoted'",
    ]);
    const search = async (words: string, more: object = {}) =>
      (await store.longQueries.search({ words, channels: [channel], limit: 10, ...more }))?.map(({ uuid }) =>
        messages.findIndex((message) => message.uuid === uuid),
      );
    expect(await search("QUICK fox")).toEqual([2, 0]);
    expect(await search("quick brow")).toEqual([0]);
    expect(await search("cafe koln")).toEqual([1]);
    expect(await search("café KÖ")).toEqual([1]);
    expect(await search("ick")).toEqual([]);
    expect(await search("'quoted' \\ OR \"x\"")).toEqual([]);
    expect(await search("quoted")).toEqual([3]);
    expect(await search("fox", { limit: 1 })).toEqual([2]);
    expect(await search("fox", { before: messages[2]?.uuid })).toEqual([0]);
    expect(await search("fox", { before: 12345 })).toBeUndefined();
    expect(await search("fox", { author: author + 1 })).toEqual([]);
    expect(await search("fox", { author })).toEqual([2, 0]);
    expect(await search("fox", { channels: [channel + 1] })).toEqual([]);
    expect(await search("\0")).toEqual([]);
    await write(async (tx) => {
      await tx.messages.edit(messages[0] as Message, "a hound");
      await tx.messages.remove(messages[2] as Message);
    });
    expect(await search("fox")).toEqual([]);
    expect(await search("hound")).toEqual([0]);
    const found = await store.longQueries.search({ words: "hound", channels: [channel], limit: 1 });
    expect(found?.[0]).toEqual({
      ...messages[0],
      content: "a hound",
      edited: true,
      snippet: "a **hound**",
    });
  });

  it("stops a search when its signal is aborted, and runs the next one", async () => {
    const { messages, channel } = await sendMessages(["A quick fox"]);
    const query = { words: "fox", channels: [channel], limit: 10 };
    const controller = new AbortController();
    const stopped = store.longQueries.search(query, controller.signal);
    const other = store.longQueries.search(query);
    controller.abort();
    await expect(stopped).rejects.toThrow();
    await expect(store.longQueries.search(query, controller.signal)).rejects.toThrow();
    for (const found of [await other, await store.longQueries.search(query)]) {
      expect(found).toMatchObject([{ uuid: messages[0]?.uuid, snippet: "A quick **fox**" }]);
    }
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
    const remaining = () => store.read.cooldowns.remainingMs("burst", limit);
    for (let use = 0; use < 3; use++) expect([await remaining(), await take()]).toEqual([0, 0]);
    for (const waitMs of [await remaining(), await take(), await take()]) {
      expect(waitMs).toBeGreaterThan(50_000);
      expect(waitMs).toBeLessThanOrEqual(60_000);
    }
  });

  it("lists accounts in pages, in order of creation", async () => {
    const names = ["a", "b", "c", "d", "e"];
    await write(async (tx) => {
      for (const name of names) await tx.accounts.add({ name, pfp: "", password: "" });
    });
    const listed: string[] = [];
    for (let after: number | undefined; ; ) {
      const page = await store.read.accounts.list({ after, limit: 2 });
      listed.push(...page.map(({ name }) => name));
      after = page.at(-1)?.uuid;
      if (page.length < 2) break;
    }
    expect(listed).toEqual(names);
  });

  it("stores any text that a packet can contain", async () => {
    const odd = "a\0b \ud800 \u{1f600} \u202e'\"\\";
    const { messages, channel } = await sendMessages([odd], odd);
    const stored = await store.read.messages.get(messages[0]?.uuid ?? 0);
    expect(stored?.content).toHaveLength(odd.length);
    expect(stored?.content.slice(-8)).toBe(odd.slice(-8));
    expect(await store.read.accounts.findCredentialsByName(odd)).toBeDefined();
    expect(await store.longQueries.search({ words: odd, channels: [channel], limit: 1 })).toBeDefined();
  });
});
