// asterpy's Server and ConnectionMode, on a real server.

import { ConnectionMode, Server, User } from "@asterite/aster";
import { expect, it, onTestFinished } from "vitest";
import { ReferenceServer } from "../../support/reference-server.ts";
import { generalOf, password, shareChat } from "../../support/shared-chat.ts";

const chat = shareChat();
const host = "127.0.0.1";
const pngSignature = [137, 80, 78, 71, 13, 10, 26, 10];

// Shows asterpy: Server Server.__init__ Server.name Server.icon Server.self_uuid
it("is one connection with the server's name, icon and the uuid of its account", async () => {
  const registered = await chat.connect("ann");
  const server = new Server(host, chat.port, { username: "ann", password, tls: false });
  onTestFinished(() => server.disconnect());
  expect([server.name, server.icon, server.selfUuid]).toEqual(["", new Uint8Array(), undefined]);
  await server.connect();
  expect(server.name).toBe("Contract");
  expect([...server.icon.slice(0, 8)]).toEqual(pngSignature);
  expect(server.selfUuid).toBe(registered.selfUuid);
  expect([server.host, server.port]).toEqual([host, chat.port]);
});

// Shows asterpy: ConnectionMode ConnectionMode.LOGIN ConnectionMode.REGISTER ConnectionMode.NEITHER
it("authenticates as the connection mode says", async () => {
  expect([ConnectionMode.Login, ConnectionMode.Register, ConnectionMode.Neither]).toEqual([1, 2, 3]);
  const open = async (connectMode: ConnectionMode) => {
    const server = new Server(host, chat.port, { username: "mode", password, tls: false, connectMode });
    onTestFinished(() => server.disconnect());
    const commands: unknown[] = [];
    server.on("packet", ({ command }) => commands.push(command));
    const outcome = await server.connect().catch(({ command, status }) => ({ command, status }));
    const authentication = commands.filter((command) => command === "login" || command === "register");
    return { server, outcome, authentication };
  };
  expect(await open(ConnectionMode.Login)).toMatchObject({ outcome: { command: "login", status: 404 } });
  const registered = await open(ConnectionMode.Register);
  expect(registered.authentication).toEqual(["register"]);
  const loggedIn = await open(ConnectionMode.Login);
  expect(loggedIn.authentication).toEqual(["login"]);
  expect(loggedIn.server.selfUuid).toBe(registered.server.selfUuid);
  const neither = await open(ConnectionMode.Neither);
  expect([neither.authentication, neither.server.status]).toEqual([[], "ready"]);
  expect(await neither.server.getResponse({ command: "ping" })).toMatchObject({ status: 200 });
});

// Shows asterpy: Server.connect
it("connects, sends the initial packets and receives, until the client disconnects", async () => {
  const client = chat.client();
  const server = client.addServer(host, chat.port);
  const packets: unknown[] = [];
  server.on("packet", ({ command }) => packets.push(command));
  await server.connect({ initCommands: [{ command: "sync_get" }, { command: "sync_get_servers" }] });
  let isOver = false;
  const over = server.closed.then(() => {
    isOver = true;
  });
  const initial = (): unknown[] => packets.filter((name) => String(name).startsWith("sync_get"));
  await expect.poll(initial).toEqual(["sync_get", "sync_get_servers"]);
  const other = await chat.connect("other");
  const received = server.once("message");
  await generalOf(other).send("listened for");
  expect((await received)[0].content).toBe("listened for");
  expect(isOver).toBe(false);
  await client.disconnect();
  await over;
});

// Shows asterpy: Server.connect/1 Server.disconnect
it("connects anew after it was disconnected, and after an attempt failed", async () => {
  await chat.connect("again");
  const server = await chat.connect("again");
  await server.disconnect();
  await server.connect();
  expect(server.status).toBe("ready");
  expect(await server.getResponse({ command: "ping" })).toMatchObject({ status: 200 });
  const missing = new Server(host, chat.port, { username: "comes later", password, tls: false });
  onTestFinished(() => missing.disconnect());
  await expect(missing.connect()).rejects.toMatchObject({ command: "login", status: 404 });
  await chat.connect("comes later");
  await missing.connect();
  expect(missing.self?.username).toBe("comes later");
});

// Shows asterpy: Server.connect/0
it("sends no packets of its own beyond the login without initial packets", async () => {
  const server = await chat.connect("ann", { extensions: [] });
  const packets: unknown[] = [];
  server.on("packet", ({ command }) => packets.push(command));
  await server.getResponse({ command: "ping" });
  expect(packets).toEqual(["ping"]);
});

// Shows asterpy: Server.disconnect
it("disconnects from the server", async () => {
  const [server, other] = [await chat.connect("leaves"), await chat.connect("stays")];
  const uuid = server.selfUuid ?? 0;
  await expect.poll(() => other.online).toContain(uuid);
  await server.disconnect();
  expect(server.status).toBe("closed");
  await expect.poll(() => other.online).not.toContain(uuid);
});

// Shows asterpy: Server.get_channel_by_name intro.naming/1
it("returns cached channels by uuid and name, at once; the uuid survives a change of the name", async () => {
  const admin = await chat.connect("admin");
  const channel = await admin.createChannel("named");
  const { uuid } = channel;
  await expect.poll(() => admin.getChannelByName("named")).toBe(channel);
  await channel.edit({ name: "renamed" });
  await expect.poll(() => channel.name).toBe("renamed");
  expect(admin.getChannelByName("named")).toBeUndefined();
  expect(admin.getChannelByName("renamed")).toBe(channel);
  expect(admin.getChannel(uuid)).toBe(channel);
  await channel.delete();
});

// Shows asterpy: Server.fetch_user/0-5 intro.naming/1
it("fetches a user with a new packet instead of cached data", async () => {
  const [server, other] = [await chat.connect("ann"), await chat.connect("fetched")];
  const uuid = other.selfUuid ?? 0;
  const replies: unknown[] = [];
  server.on("packet", ({ command }) => {
    if (command === "get_user") replies.push(command);
  });
  await expect.poll(() => server.getUser(uuid)?.username).toBe("fetched");
  expect(replies).toEqual([]);
  for (const count of [1, 2]) {
    const user = await server.fetchUser(uuid);
    expect(user).toBeInstanceOf(User);
    expect(user).toMatchObject({ uuid, username: "fetched" });
    expect(replies).toHaveLength(count);
  }
});

// Shows asterpy: Server.fetch_user/6
it("returns no user if there is none, or if the server refuses for another reason", async () => {
  expect(await (await chat.connect("ann")).fetchUser(1)).toBeUndefined();
  // A real server refuses this command for no other reason.
  await using reference = await ReferenceServer.start();
  const server = new Server(host, reference.port, { username: "ann", password: "secret", tls: false });
  onTestFinished(() => server.disconnect());
  await server.connect();
  for (const status of [400, 401, 403, 405, 500]) {
    reference.intercept = (_, { command }) => (command === "get_user" ? status : undefined);
    expect(await server.fetchUser(server.selfUuid ?? 0)).toBeUndefined();
  }
});

// Shows asterpy: intro.naming/2
it("lists several items, from the cache or from the server", async () => {
  const admin = await chat.connect("admin");
  const png = admin.icon;
  const uuids = [await admin.admin.createEmoji("one", png), await admin.admin.createEmoji("two", png)];
  expect((await admin.listEmojis()).map(({ uuid }) => uuid)).toEqual(uuids);
  expect((await admin.listGroups()).map(({ name }) => name)).toContain("admin");
});

// Shows asterpy: Server.send
it("sends a packet, given as an object", async () => {
  const [server, other] = [await chat.connect("ann"), await chat.connect("other")];
  const received = other.once("message");
  const channel = generalOf(server).uuid;
  expect(server.send({ command: "send", channel, content: "raw", reply_to: null })).toBeUndefined();
  expect((await received)[0].content).toBe("raw");
});

// Shows asterpy: Server.get_response
it("sends a packet and returns the server's reply, as objects", async () => {
  const server = await chat.connect("ann");
  expect(await server.getResponse({ command: "get_user", uuid: server.selfUuid })).toMatchObject({
    command: "get_user",
    status: 200,
    data: { uuid: server.selfUuid, name: "ann" },
  });
  expect(await server.getResponse({ command: "get_user", uuid: 1 })).toMatchObject({ status: 404 });
});
