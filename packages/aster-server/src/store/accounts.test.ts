import { type Message, Permissions } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { skeletonOf } from "../auth/names.ts";
import { maxTokensPerUser } from "./limits.ts";
import { describeStores } from "./stores.test-support.ts";

describeStores("accounts", (db) => {
  const { write, addUser, sendMessages } = db;

  it("returns the credentials of the oldest account with a name", async () => {
    const oldest = await addUser("twin");
    await addUser("twin");
    expect((await db.store.read.accounts.findCredentialsByName("twin"))?.uuid).toBe(oldest);
    expect(await db.store.read.accounts.findCredentialsByName("Twin")).toBeUndefined();
    expect((await db.store.read.accounts.list()).map(({ name }) => name)).toEqual(["twin", "twin"]);
  });

  it("finds names that look alike, and follows renames and deletions", async () => {
    const ann = await addUser("ann");
    const find = (name: string, except?: number) =>
      db.store.read.accounts.findLookalike(skeletonOf(name), except);
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
    expect(await db.store.read.invites.find(hash)).toEqual({ ...invite, id });
    expect(await db.store.read.invites.find(new Uint8Array([9]))).toBeUndefined();
    await write((tx) => tx.invites.use(id));
    expect((await db.store.read.invites.list()).map(({ usesLeft }) => usesLeft)).toEqual([1, 2]);
    await write((tx) => tx.invites.use(id));
    expect((await db.store.read.invites.list()).map((found) => found.id)).toEqual([other]);
    await write((tx) => tx.invites.removeExpired(199));
    expect(await db.store.read.invites.list()).toHaveLength(1);
    expect(await write((tx) => tx.invites.remove(id))).toBe(false);
    expect(await write((tx) => tx.invites.remove(other))).toBe(true);
    await write((tx) => tx.invites.add({ ...invite, hash }));
    await write((tx) => tx.invites.removeExpired(100));
    expect(await db.store.read.invites.list()).toEqual([]);
  });

  it("stores session tokens, up to the limit of each account", async () => {
    const user = await addUser("ann");
    const hashOf = (index: number) => new Uint8Array([index, 1]);
    await write(async (tx) => {
      for (let index = 0; index < maxTokensPerUser; index++) {
        await tx.tokens.add({ hash: hashOf(index), user, client: `c${index}`, date: 100 + index });
      }
    });
    const owner = { user: await db.store.read.accounts.get(user), isBanned: false };
    const [oldest] = await db.store.read.tokens.list(user);
    const found = { ...owner, token: oldest?.id, lastUsed: 100 };
    expect(await db.store.read.tokens.findOwner(hashOf(0))).toEqual(found);
    await write((tx) => tx.tokens.recordUses([{ hash: hashOf(0), date: 1000 }]));
    await write((tx) => tx.tokens.add({ hash: hashOf(99), user, client: "newest", date: 500 }));
    const tokens = await db.store.read.tokens.list(user);
    expect(tokens).toHaveLength(maxTokensPerUser);
    expect(tokens[0]).toEqual({ id: expect.any(Number), client: "c0", created: 100, last_used: 1000 });
    await write((tx) => tx.tokens.recordUses([{ hash: hashOf(1), date: 1001 }]));
    expect(await db.store.read.tokens.findOwner(hashOf(1))).toBeUndefined();
    const id = tokens[0]?.id ?? 0;
    expect(await write((tx) => tx.tokens.revoke(user + 1, id))).toBe(false);
    expect(await write((tx) => tx.tokens.revoke(user, id))).toBe(true);
    expect(await write((tx) => tx.tokens.revoke(user, id))).toBe(false);
    await write((tx) => tx.tokens.removeUnused(user, 500));
    expect((await db.store.read.tokens.list(user)).map(({ last_used }) => last_used)).toEqual([500]);
    await write((tx) => tx.tokens.revokeAll(user));
    expect(await db.store.read.tokens.list(user)).toEqual([]);
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
    expect(await db.store.read.accounts.get(author)).toEqual({
      uuid: author,
      name: "deleted user",
      pfp: "p",
      groups: [],
      isBot: false,
    });
    expect((await db.store.read.accounts.findCredentialsByUuid(author))?.password).toBe("!");
    expect(await db.store.read.tokens.list(author)).toEqual([]);
    expect(await db.store.read.sync.profile(author)).toBeUndefined();
    expect(await db.store.longQueries.readMarkers(author)).toEqual([]);
    expect((await db.store.read.readAccessRules()).overrides).toEqual([]);
    expect(await db.store.read.messages.get(messages[0]?.uuid ?? 0)).toEqual(messages[0]);
  });

  it("stores which accounts are bots", async () => {
    const [ann, bot] = [await addUser("ann"), await addUser("bot")];
    const hash = new Uint8Array([1]);
    await write((tx) => tx.tokens.add({ hash, user: bot, client: "", date: 1 }));
    const declared = async () => [
      (await db.store.read.accounts.list()).map(({ uuid, isBot }) => [uuid, isBot]),
      (await db.store.read.accounts.get(bot))?.isBot,
      (await db.store.read.tokens.findOwner(hash))?.user.isBot,
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
    await db.reopen();
    expect(await declared()).toEqual(expected(true));
  });

  it("stores bans until they are removed", async () => {
    const user = await addUser("ann");
    await write((tx) => tx.accounts.ban(user, 10));
    await write((tx) => tx.accounts.ban(user, 20));
    expect(await db.store.read.accounts.listBans()).toEqual([{ user, date: 10 }]);
    expect((await db.store.read.accounts.findCredentialsByUuid(user))?.isBanned).toBe(true);
    expect(await write((tx) => tx.accounts.unban(user))).toBe(true);
    expect(await write((tx) => tx.accounts.unban(user))).toBe(false);
    expect((await db.store.read.accounts.findCredentialsByName("ann"))?.isBanned).toBe(false);
  });

  it("stores sync data, with the server list in order", async () => {
    const user = await addUser("ann");
    await write((tx) => tx.sync.setProfile(user, { uname: "a", pfp: "b" }));
    await write((tx) => tx.sync.setProfile(user, { uname: "c", pfp: "d" }));
    expect(await db.store.read.sync.profile(user)).toEqual({ uname: "c", pfp: "d" });
    const serverAt = (port: number) => {
      return { user_uuid: user, uuid: null, uname: "u", ip: "host", port, pfp: null, name: "n", idx: 0 };
    };
    const servers = Array.from({ length: 120 }, (_, index) => serverAt(65_000 - index));
    await write((tx) => tx.sync.setServers(user, servers));
    expect(await db.store.read.sync.servers(user)).toEqual(
      servers.map((server, idx) => ({ ...server, idx })),
    );
    await write((tx) => tx.sync.setServers(user, [serverAt(1)]));
    expect(await db.store.read.sync.servers(user)).toEqual([serverAt(1)]);
  });

  it("lists accounts in pages, in order of creation", async () => {
    const names = ["a", "b", "c", "d", "e"];
    await write(async (tx) => {
      for (const name of names) await tx.accounts.add({ name, pfp: "", password: "" });
    });
    const listed: string[] = [];
    for (let after: number | undefined; ; ) {
      const page = await db.store.read.accounts.list({ after, limit: 2 });
      listed.push(...page.map(({ name }) => name));
      after = page.at(-1)?.uuid;
      if (page.length < 2) break;
    }
    expect(listed).toEqual(names);
  });
});
