// asterpy's Channel, User and Message, on a real server.

import { Message, User } from "@asterite/aster";
import { expect, it } from "vitest";
import { generalOf, shareChat } from "../../support/shared-chat.ts";

const chat = shareChat();
const contents = (messages: readonly Message[]): string[] => messages.map(({ content }) => content);

// Shows asterpy: Channel Channel.name Channel.uuid
it("represents a channel with its server, name and uuid", async () => {
  const server = await chat.connect("ann");
  const { data } = await server.command("list_channels", {});
  const [onWire] = data;
  const channel = generalOf(server);
  expect(channel).toMatchObject({ name: "general", uuid: onWire?.uuid });
  expect(channel.server).toBe(server);
});

// Shows asterpy: Channel.send
it("sends a text, with or without a message to reply to, and returns the message", async () => {
  const [server, other] = [await chat.connect("ann"), await chat.connect("bob")];
  const channel = generalOf(server);
  const events = other.events("message");
  const first = await channel.send("no reply");
  expect(first).toBeInstanceOf(Message);
  expect(first).toMatchObject({ content: "no reply", replyUuid: undefined });
  const second = await channel.send("a reply", { replyTo: first.uuid });
  expect(second).toMatchObject({ content: "a reply", replyUuid: first.uuid });
  for (const sent of [first, second]) {
    const { uuid, content, replyUuid } = sent;
    expect((await events.next()).value?.[0]).toMatchObject({ uuid, content, replyUuid });
  }
  expect((await channel.fetchHistory({ count: 2 })).map(({ uuid }) => uuid)).toEqual([
    first.uuid,
    second.uuid,
  ]);
});

// Shows asterpy: Channel.fetch_history
it("fetches the last 100 messages, a number of them, or those before a message", async () => {
  const admin = await chat.connect("admin");
  const channel = await admin.createChannel("history");
  const all = Array.from({ length: 105 }, (_, index) => `message ${index}`);
  for (const content of all) await channel.send(content);
  const messages = await channel.fetchHistory();
  expect(contents(messages)).toEqual(all.slice(-100));
  expect(messages.every((message) => message instanceof Message && message.channel === channel)).toBe(true);
  expect(contents(await channel.fetchHistory({ count: 3 }))).toEqual(all.slice(-3));
  const [initial] = messages;
  if (!initial) throw new Error("no message");
  expect(contents(await channel.fetchHistory({ count: 4, before: initial }))).toEqual(all.slice(1, 5));
  expect(contents(await channel.fetchHistory({ before: initial }))).toEqual(all.slice(0, 5));
  await channel.delete();
});

// Shows asterpy: User User.uuid User.username User.pfp
it("represents a user with uuid, name and a PNG picture", async () => {
  const [server, bob] = [await chat.connect("ann"), await chat.connect("bob")];
  await bob.account.setPicture(bob.icon);
  const user = await server.fetchUser(bob.selfUuid ?? 0);
  expect(user).toBeInstanceOf(User);
  expect(user).toMatchObject({ uuid: bob.selfUuid, username: "bob" });
  expect(user?.pfp).toEqual(bob.icon);
});

// Shows asterpy: Message Message.content Message.author Message.channel Message.date Message.reply_uuid
it("represents a message with content, author, channel, server, Unix time and the message it replies to", async () => {
  const [server, bob] = [await chat.connect("ann"), await chat.connect("bob")];
  const events = server.events("message");
  const before = Math.floor(Date.now() / 1_000);
  const sent = await generalOf(bob).send("first");
  await generalOf(bob).send("second", { replyTo: sent.uuid });
  const [first, second] = [(await events.next()).value?.[0], (await events.next()).value?.[0]];
  expect(first).toMatchObject({ uuid: sent.uuid, content: "first", replyUuid: undefined });
  expect(first?.author).toBe(server.getUser(bob.selfUuid ?? 0));
  expect(first?.channel).toBe(generalOf(server));
  expect(first?.server).toBe(server);
  expect(first?.date).toBeGreaterThanOrEqual(before);
  expect(first?.date).toBeLessThanOrEqual(Math.ceil(Date.now() / 1_000));
  expect(second?.replyUuid).toBe(sent.uuid);
});

// Shows asterpy: Message.edit
it("edits a message of its own account only", async () => {
  const [server, bob] = [await chat.connect("ann"), await chat.connect("bob")];
  const received = bob.once("message");
  const sent = await generalOf(server).send("before");
  await sent.edit("after");
  expect(sent.content).toBe("after");
  expect(contents(await generalOf(bob).fetchHistory({ count: 1 }))).toEqual(["after"]);
  const [foreign] = await received;
  await expect(foreign.edit("mine")).rejects.toMatchObject({ command: "edit", status: 403 });
  expect(contents(await generalOf(bob).fetchHistory({ count: 1 }))).toEqual(["after"]);
});

// Shows asterpy: Message.delete
it("deletes a message of its own account only", async () => {
  const [server, bob] = [await chat.connect("ann"), await chat.connect("bob")];
  const kept = await generalOf(server).send("kept");
  const received = bob.once("message");
  const sent = await generalOf(server).send("deleted");
  const [foreign] = await received;
  await expect(foreign.delete()).rejects.toMatchObject({ command: "delete", status: 403 });
  await sent.delete();
  expect((await generalOf(bob).fetchHistory({ count: 1 })).map(({ uuid }) => uuid)).toEqual([kept.uuid]);
});

// Shows asterpy: Message.reply
it("replies as if it sent a message with the uuid to reply to", async () => {
  const server = await chat.connect("ann");
  const channel = generalOf(server);
  const question = await channel.send("question");
  const reply = await question.reply("answer");
  expect(reply).toBeInstanceOf(Message);
  const equivalent = await channel.send("answer", { replyTo: question.uuid });
  const stored = await channel.fetchHistory({ count: 2 });
  expect(stored.map(({ uuid }) => uuid)).toEqual([reply.uuid, equivalent.uuid]);
  for (const message of stored) {
    expect(message).toMatchObject({ content: "answer", replyUuid: question.uuid, channel });
  }
});
