// asterpy's Client, on a real server.

import { ConnectionMode, Message } from "@asterite/aster";
import { expect, it } from "vitest";
import { generalOf, password, shareChat } from "../../support/shared-chat.ts";

const chat = shareChat();
const host = "127.0.0.1";

// Shows asterpy: Client Client.add_server/1 Client.connect/1
it("connects to several servers", async () => {
  await chat.connect("several");
  const client = chat.client({ username: "several", password });
  const servers = [client.addServer(host, chat.port), client.addServer(host, chat.port)];
  expect(client.servers).toEqual(servers);
  await client.connect();
  expect(servers.map(({ status }) => status)).toEqual(["ready", "ready"]);
});

// Shows asterpy: Client.__init__ Client.add_server/6-9
it("logs in with the name and password of the client, unless a server has its own", async () => {
  for (const name of ["default", "own"]) await chat.connect(name);
  const client = chat.client({ username: "default", password });
  const [plain, named] = [
    client.addServer(host, chat.port),
    client.addServer(host, chat.port, { username: "own" }),
  ];
  const wrong = client.addServer(host, chat.port, { password: "wrong" });
  await Promise.all([plain.connect(), named.connect()]);
  expect([plain.self?.username, named.self?.username]).toEqual(["default", "own"]);
  await expect(wrong.connect()).rejects.toMatchObject({ command: "login", status: 403 });
});

// Shows asterpy: Client.add_server/0,2-5
it("logs in with a uuid, which stays valid when the name changes", async () => {
  const account = await chat.connect("before");
  await account.account.rename("after");
  const client = chat.client({ username: "before", password });
  const byUuid = client.addServer(host, chat.port, { uuid: account.selfUuid });
  await byUuid.connect();
  expect([byUuid.host, byUuid.port, byUuid.self?.username]).toEqual([host, chat.port, "after"]);
  const byName = client.addServer(host, chat.port);
  await expect(byName.connect()).rejects.toMatchObject({ command: "login", status: 404 });
});

// Shows asterpy: Client.add_server/10-11
it("logs in by default, registers, or does neither, as the connection mode says", async () => {
  const client = chat.client({ username: "modes", password });
  const registers = client.addServer(host, chat.port, { connectMode: ConnectionMode.Register });
  await registers.connect();
  const logsIn = client.addServer(host, chat.port);
  await logsIn.connect();
  expect(logsIn.selfUuid).toBe(registers.selfUuid);
  const neither = client.addServer(host, chat.port, { connectMode: ConnectionMode.Neither });
  await neither.connect();
  expect(neither.selfUuid).toBeUndefined();
});

// Shows asterpy: Client.connect/0
it("sends the initial commands to each server after the login", async () => {
  await chat.connect("client");
  const client = chat.client();
  client.addServer(host, chat.port);
  client.addServer(host, chat.port);
  const replies: unknown[] = [];
  client.on("packet", ({ command, status }, server) => {
    if (command === "sync_get") replies.push([status, client.servers.indexOf(server)]);
  });
  await client.connect({ initCommands: [{ command: "sync_get" }] });
  await expect.poll(() => replies.length).toBe(2);
  expect(replies.toSorted()).toEqual([
    [404, 0],
    [404, 1],
  ]);
});

// Shows asterpy: Client.event/0-3
it("registers handlers by their name and returns them, as a decorator does", () => {
  const client = chat.client();
  const onReady = (): void => {};
  expect(client.event(onReady)).toBe(onReady);
  for (const name of ["on_message", "on_packet", "on_ready", "onMessage", "onPacket", "onReady"]) {
    const handler = { [name]: () => {} }[name] ?? onReady;
    expect(client.event(handler)).toBe(handler);
  }
  expect(() => client.event(function onUnknown() {})).toThrow(/on_message, onPacket/);
});

// Shows asterpy: Client.event/4-6
it("calls the handlers for messages in any channel, for packets of any kind, and once when ready", async () => {
  const admin = await chat.connect("admin");
  const other = await admin.createChannel("other");
  await chat.connect("client");
  const client = chat.client();
  const calls: { handler: string; args: unknown[] }[] = [];
  client.event(function on_message(...args: [Message]) {
    calls.push({ handler: "message", args });
  });
  client.event(function on_packet(...args: [object]) {
    calls.push({ handler: "packet", args });
  });
  client.event(function on_ready(...args: []) {
    calls.push({ handler: "ready", args });
  });
  const server = client.addServer(host, chat.port);
  const second = client.addServer(host, chat.port);
  await second.connect();
  expect(calls.filter(({ handler }) => handler === "ready")).toEqual([]);
  await server.connect();
  await generalOf(server).send("in general");
  await other.send("in the other");
  const of = (name: string) => calls.filter(({ handler }) => handler === name).map(({ args }) => args);
  // Each of the two servers receives them.
  await expect.poll(() => of("message").length).toBe(4);
  const messages = of("message").map(([message]) => message);
  expect(messages.every((message) => message instanceof Message)).toBe(true);
  expect(messages.map((message) => (message as Message).content)).toEqual(
    expect.arrayContaining(["in general", "in the other"]),
  );
  expect(of("ready")).toEqual([[]]);
  const commands = of("packet").map(([packet]) => (packet as { command?: unknown }).command);
  // Replies and pushes alike.
  expect(commands).toEqual(expect.arrayContaining(["login", "list_channels", "content", "send"]));
  await other.delete();
});

// Shows asterpy: Client.get_user Client.get_channel Client.get_channel_by_name
it("looks up users and channels of its servers, as the server itself does", async () => {
  const client = chat.client();
  const server = client.addServer(host, chat.port);
  await client.connect();
  const general = generalOf(server);
  expect(client.getUser(server.selfUuid ?? 0)).toBe(server.self);
  expect(client.getUser(server.selfUuid ?? 0)).toBe(server.getUser(server.selfUuid ?? 0));
  expect(client.getUser(1)).toBeUndefined();
  expect(client.getChannel(general.uuid)).toBe(general);
  expect(client.getChannel(general.uuid)).toBe(server.getChannel(general.uuid));
  expect(client.getChannel(1)).toBeUndefined();
  expect(client.getChannelByName("general")).toBe(general);
  expect(client.getChannelByName("general")).toBe(server.getChannelByName("general"));
  expect(client.getChannelByName("no such channel")).toBeUndefined();
});
