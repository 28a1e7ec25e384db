// What the authors of bots use, on the real server.

import { type Channel, type PermissionName, Permissions, permissionNames, Server } from "@asterite/aster";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "../support/server.ts";

let port: number;
let admin: Server;
let bob: Server;

async function logIn(username: string, password = "a long password"): Promise<Server> {
  const server = new Server("127.0.0.1", port, { username, password, tls: false, registerIfMissing: true });
  onTestFinished(() => server.disconnect());
  await server.connect();
  return server;
}

const selfOf = (server: Server) => {
  const { self } = server;
  if (!self) throw new Error("not logged in");
  return self;
};

function firstChannel(server: Server): Channel {
  const [channel] = server.channels;
  if (!channel) throw new Error("no channel");
  return channel;
}

beforeEach(async () => {
  const user = { name: "admin", password: "a long password" };
  ({ port } = await startServer({ tls: "insecure-plaintext", adminUser: user }));
  admin = await logIn("admin");
  bob = await logIn("bob");
});

it("accepts objects and uuids alike, of the same or another connection", async () => {
  const channel = await admin.createChannel("news");
  const uuid = channel.uuid;
  const sent = await admin.sendMessage(uuid, "one");
  const reply = await bob.sendMessage(channel, "two", { replyTo: sent });
  expect([reply.channel.server, reply.replyUuid]).toEqual([bob, sent.uuid]);
  expect((await admin.sendMessage(channel, "three", { replyTo: sent.uuid })).replyUuid).toBe(sent.uuid);
  for (const reference of [channel, uuid]) {
    expect(admin.getChannel(reference)).toBe(channel);
    expect((await admin.fetchHistory(reference)).map(({ content }) => content)).toEqual([
      "one",
      "two",
      "three",
    ]);
    expect(admin.getMessages(reference)).toHaveLength(3);
    expect(await admin.search("two", { channel: reference })).toHaveLength(1);
  }
  for (const reference of [sent, sent.uuid]) {
    expect(admin.getMessage(reference)).toBe(sent);
    expect(await admin.fetchMessage(reference)).toBe(sent);
    expect(await channel.fetchHistory({ before: reference })).toEqual([]);
  }
  const user = selfOf(bob);
  const group = await admin.createGroup("crew", { permissions: Permissions.none, colour: 1, position: 1 });
  if (!group) throw new Error("no group");
  expect([group, admin.getGroup(group.uuid)]).toEqual([admin.getGroup(group), group]);
  for (const groups of [[group], [group.uuid]]) {
    await admin.admin.setUserGroups(user, groups);
    await expect.poll(() => admin.getUser(user)?.groups).toEqual([group.uuid]);
    await admin.admin.setUserGroups(user.uuid, []);
    await expect.poll(() => admin.getUser(user.uuid)?.groups).toEqual([]);
  }
  expect((await admin.search("two", { author: user })).length).toBe(1);
  expect((await admin.fetchUser(user))?.username).toBe("bob");
  await admin.admin.banUser(user);
  expect((await admin.admin.listBans()).map(({ userUuid }) => userUuid)).toEqual([user.uuid]);
  await admin.admin.unbanUser(user);
  expect(() => admin.getUser("5" as unknown as number)).toThrow(/user is "5"/);
});

it("returns a created channel as it is in the cache", async () => {
  const channel = await admin.createChannel("news", { position: 0, slowSeconds: 3 });
  expect(admin.channels[0]).toBe(channel);
  expect([channel.name, channel.slowSeconds]).toEqual(["news", 3]);
  const hidden = Permissions.of({ view_channel: "deny" });
  const secret = await admin.createChannel("secret", { overrides: { [`user:${admin.selfUuid}`]: hidden } });
  expect([secret.name, secret.server]).toEqual(["secret", admin]);
});

describe("permissionsFor", () => {
  const allowed = (channel: Channel, user: Parameters<Channel["permissionsFor"]>[0]): PermissionName[] =>
    permissionNames.filter((name) => channel.permissionsFor(user).allows(name));

  it("follows base permissions, groups by rank and overrides, as they change", async () => {
    const channel = firstChannel(admin);
    const user = selfOf(bob);
    expect(allowed(channel, user)).toEqual(["send_messages", "read_messages", "join_voice", "view_channel"]);
    expect(allowed(channel, user.uuid)).toEqual(allowed(channel, user));
    expect(allowed(channel, selfOf(admin))).toEqual([...permissionNames]);

    const mute = Permissions.of({ send_messages: "deny", manage_messages: "allow" });
    const group = await admin.createGroup("muted", { permissions: mute, colour: 0, position: 1 });
    if (!group) throw new Error("no group");
    await admin.admin.setUserGroups(user, [group]);
    await expect.poll(() => allowed(channel, user)).toContain("manage_messages");
    expect(allowed(channel, user)).not.toContain("send_messages");
    await expect.poll(() => allowed(firstChannel(bob), user)).toEqual(allowed(channel, user));
    await expect(firstChannel(bob).send("x")).rejects.toMatchObject({ status: 403 });

    const speak = { [`group:${group.uuid}`]: Permissions.of({ send_messages: "allow" }) };
    await channel.edit({ overrides: speak });
    await expect.poll(() => allowed(firstChannel(bob), user)).toContain("send_messages");
    await firstChannel(bob).send("x");

    await channel.edit({ overrides: { ...speak, [`user:${user.uuid}`]: mute } });
    await expect.poll(() => allowed(channel, user)).not.toContain("send_messages");
    await expect.poll(() => allowed(firstChannel(bob), user)).not.toContain("send_messages");

    const base = await admin.admin.fetchBasePermissions();
    await admin.admin.setBasePermissions(base.with({ join_voice: "deny" }));
    await expect.poll(() => allowed(firstChannel(bob), user)).not.toContain("join_voice");
    expect(bob.basePermissions?.equals(base.with({ join_voice: "deny" }))).toBe(true);
  });
});

it("names the field and the limit of what the server would refuse, without a request", async () => {
  const { limits } = admin;
  const channel = firstChannel(admin);
  const packets: string[] = [];
  admin.on("packet", ({ command }) => packets.push(command));
  const tooLong = "x".repeat((limits["content"] ?? 0) + 1);
  const message = await channel.send("x".repeat(limits["content"] ?? 0));
  const rejection = {
    code: "ARGUMENT_INVALID",
    message: expect.stringMatching(/content has 10001 .* 10000/),
  };
  await expect(channel.send(tooLong)).rejects.toMatchObject(rejection);
  await expect(message.edit(tooLong)).rejects.toMatchObject(rejection);
  await expect(channel.send(5 as unknown as string)).rejects.toThrow(/content is 5; allowed: a string/);
  const picture = new Uint8Array(((limits["pfp"] ?? 0) / 4) * 3 + 1);
  const pictureRejection = {
    code: "ARGUMENT_INVALID",
    message: expect.stringMatching(/30721 bytes.* 30720/),
  };
  await expect(admin.account.setPicture(picture)).rejects.toMatchObject(pictureRejection);
  await expect(admin.admin.createEmoji("x", picture)).rejects.toMatchObject(pictureRejection);
  await expect(admin.admin.setServer({ icon: picture })).rejects.toMatchObject(pictureRejection);
  const value = "x".repeat(limits["line"] ?? 0);
  await expect(channel.setState("key", value)).rejects.toThrow(/set_channel_state has \d+ bytes.* 4194304/);
  expect(new Set(packets)).toEqual(new Set(["content", "send"]));
  expect(admin.status).toBe("ready");
});

it("caps a search at 100 results, whatever limit is given", async () => {
  const channel = firstChannel(admin);
  await Promise.all(Array.from({ length: 102 }, () => channel.send("needle")));
  const counts: number[] = [];
  for (const limit of [99, 100, 101, 5000]) counts.push((await channel.search("needle", { limit })).length);
  expect(counts).toEqual([99, 100, 100, 100]);
  expect(await channel.search("needle")).toHaveLength(50);
});

it("rejects misspelt options of methods", async () => {
  const channel = firstChannel(admin);
  const wrong = { reply: 5, timeout: 5 } as object;
  await expect(channel.send("x", wrong)).rejects.toThrow(/options of send has no reply; known: .*replyTo/);
  await expect(channel.fetchHistory({ limit: 5 } as object)).rejects.toThrow(
    /has no limit; known: .*count, before/,
  );
  await expect(channel.edit({ slow: 3 } as object)).rejects.toThrow(/changes has no slow/);
  await expect(admin.fetchUser(1, wrong)).rejects.toThrow(/options of get_user has no reply; known: signal/);
  await expect(admin.connect(wrong)).rejects.toThrow(/options of connect has no reply/);
  await expect(admin.getResponse({ command: "ping" }, { timeoutMs: -1 })).rejects.toThrow(/timeoutMs is -1/);
});

it("parses mentions from messages", async () => {
  const next = admin.waitFor("message", { filter: ({ author }) => author.uuid === bob.selfUuid });
  await firstChannel(bob).send("hello @Admin and @nobody");
  const [message] = await next;
  expect(message.mentions).toEqual([admin.self]);
});

it("keeps typing while a task runs", async () => {
  const channel = firstChannel(bob);
  const typing = admin.waitFor("typing");
  const result = await channel.withTyping(async () => (await typing)[0].user.uuid);
  expect(result).toBe(bob.selfUuid);
  await expect(channel.withTyping(() => Promise.reject(new Error("task failed")))).rejects.toThrow(
    "task failed",
  );
});

it("reports a refused typing indicator once and still runs the task", async () => {
  const channel = firstChannel(bob);
  await firstChannel(admin).edit({
    overrides: { [`user:${bob.selfUuid}`]: Permissions.of({ send_messages: "deny" }) },
  });
  const failed = bob.waitFor("error");
  expect(await channel.withTyping(async () => (await failed)[0])).toMatchObject({
    command: "typing",
    status: 403,
  });
});

it("disposes servers and iterators at the end of their block", async () => {
  const channel = firstChannel(bob);
  {
    await using iterator = bob.events("message");
    await channel.send("one");
    expect((await iterator.next()).value?.[0].content).toBe("one");
  }
  {
    await using other = new Server("127.0.0.1", port, {
      username: "bob",
      password: "a long password",
      tls: false,
    });
    await other.connect();
    onTestFinished(() => expect(other.status).toBe("closed"));
  }
});
