// Wrong arguments of callers without types: each is refused with an error that names it, none is ignored.

import {
  type Channel,
  Client,
  Emoji,
  fetchEmoji,
  fetchPfp,
  formatMention,
  type Message,
  Permissions,
  parseMentions,
  resolveServerPermissions,
  Server,
  SyncData,
  SyncServer,
} from "@asterite/aster";
import { expect, it, onTestFinished } from "vitest";
import { startServer } from "../support/server.ts";

const wrong = (value: unknown): never => value as never;
const png = new Uint8Array([1]);

interface Scene {
  readonly client: Client;
  readonly server: Server;
  readonly channel: Channel;
  readonly message: Message;
}

async function connect(): Promise<Scene> {
  const { port } = await startServer({ adminUser: { name: "root", password: "secret" } });
  const client = new Client({ username: "root", password: "secret" });
  onTestFinished(() => client.disconnect());
  const server = client.addServer("127.0.0.1", port);
  await client.connect();
  const [channel] = server.channels;
  if (!channel) throw new Error("no channel is visible");
  return { client, server, channel, message: await channel.send("hello") };
}

const group = { permissions: Permissions.none, colour: 0, position: 0 };
const endpoint = { ip: "a", port: 1 };

type Call = (scene: Scene) => unknown;

it("refuses wrong arguments, and names them", async () => {
  const scene = await connect();
  const rows: readonly (readonly [message: string, call: Call])[] = [
    ["handler is null; allowed", ({ client }) => client.event(wrong(null))],
    ["handler is 5; allowed", ({ client }) => client.event(wrong(5))],
    ["handler is {}; allowed", ({ client }) => client.event({})],
    ["onMessage is 5; allowed: a function", ({ client }) => client.event(wrong({ onMessage: 5 }))],
    ["options is null; allowed: an object", ({ client }) => client.addServer("h", 1, wrong(null))],
    ["options is 5; allowed: an object", ({ client }) => client.addServer("h", 1, wrong(5))],
    ["options is []; allowed", () => new Client(wrong([]))],
    ["listener is null; allowed: a function", ({ client }) => client.off("message", wrong(null))],
    ["listener is undefined; allowed", ({ server }) => server.off("message", wrong(undefined))],
    ["limit is null; allowed: a number", ({ server }) => server.events("message", { limit: wrong(null) })],
    ["options of search is ", ({ channel }) => channel.search("x", wrong(new Date()))],
    ["options of reply is ", ({ message }) => message.reply("x", wrong(new Date()))],
    ["overrides is ", ({ channel }) => channel.edit({ overrides: wrong(new Map()) })],
    ["options of waitFor is []", ({ server }) => server.waitFor("message", wrong([]))],
    ["fields is null; allowed", ({ server }) => server.command("get_name", wrong(null))],
    [
      "options of fetchPicture is null",
      ({ server }) => server.fetchPicture(server.selfUuid ?? 0, wrong(null)),
    ],
    ["options of search is 5", ({ server }) => server.search("x", wrong(5))],
    ["limit is NaN; allowed: a number", ({ server }) => server.search("x", { limit: Number.NaN })],
    ["data is null; allowed", ({ server }) => server.setSync(wrong(null))],
    ["uname is 5; allowed: a string", ({ server }) => server.setSync({ uname: wrong(5), pfp: png })],
    ['pfp is "string"; allowed', ({ server }) => server.setSync({ uname: "a", pfp: wrong("x") })],
    ["servers is null; allowed: an array", ({ server }) => server.setSyncServers(wrong(null))],
    ["servers.0 is null; allowed: a SyncServer", ({ server }) => server.setSyncServers(wrong([null]))],
    ["changes is 5; allowed: an object", ({ server }) => server.createChannel("c", wrong(5))],
    ["position is NaN; allowed", ({ server }) => server.createChannel("c", { position: Number.NaN })],
    ["overrides is []; allowed: an object", ({ channel }) => channel.edit({ overrides: wrong([]) })],
    ["slowSeconds is null; allowed", ({ channel }) => channel.edit({ slowSeconds: wrong(null) })],
    [
      "colour is function; allowed",
      ({ server }) => server.createGroup("g", { ...group, colour: wrong(connect) }),
    ],
    ["channel is null; allowed", ({ server }) => server.keepTyping(wrong(null))],
    ["task is 5; allowed: a function", ({ channel }) => channel.withTyping(wrong(5))],
    ["nonce is null; allowed: a string", ({ channel }) => channel.send("x", { nonce: wrong(null) })],
    ["options of search is null", ({ channel }) => channel.search("x", wrong(null))],
    ["count is NaN; allowed", ({ channel }) => channel.fetchHistory({ count: Number.NaN })],
    ["limit is null; allowed", ({ channel }) => channel.history({ limit: wrong(null) }).next()],
    ["options of reply is 5; allowed", ({ message }) => message.reply("x", wrong(5))],
    ["changes is null; allowed", ({ server }) => server.admin.setServer(wrong(null))],
    ['icon is "object"; allowed', ({ server }) => server.admin.setServer({ icon: wrong(null) })],
    ["groups is null; allowed: an array", ({ server }) => server.admin.setUserGroups(1, wrong(null))],
    ["groups.0 is null; allowed", ({ server }) => server.admin.setUserGroups(1, wrong([null]))],
    ["query is 5; allowed", ({ server }) => server.admin.fetchAuditLog(wrong(5))],
    ["action is 5; allowed: a string", ({ server }) => server.admin.fetchAuditLog({ action: wrong(5) })],
    ["options of create is null", ({ server }) => server.admin.invites.create(wrong(null))],
    ["groups is 5; allowed: an array", ({ server }) => server.admin.invites.create({ groups: wrong(5) })],
    [
      "expiresAt is 5; allowed: a valid Date",
      ({ server }) => server.admin.invites.create({ expiresAt: wrong(5) }),
    ],
    ["newPassword is number; allowed", ({ server }) => server.account.changePassword(wrong(5))],
    ["oldPassword is number; allowed", ({ server }) => server.account.delete({ oldPassword: wrong(5) })],
    ["text is null; allowed: a string", () => parseMentions(wrong(null), [])],
    ["users is null; allowed: an iterable", () => parseMentions("@x", wrong(null))],
    ["username is undefined; allowed", () => parseMentions("@x", wrong([{}]))],
    ["username is undefined; allowed", () => formatMention(wrong(null))],
    ["fields is undefined; allowed", () => new SyncServer(wrong(undefined))],
    ["ip is undefined; allowed: a string", () => new SyncServer(wrong({}))],
    ["port is null; allowed: a number", () => new SyncServer({ ...endpoint, port: wrong(null) })],
    ['pfp is "string"; allowed', () => new SyncServer({ ...endpoint, pfp: wrong("x") })],
    ["sync_get.status is undefined; allowed", () => SyncData.fromJson(wrong(null), wrong(null))],
    ["servers is null; allowed: an array", () => new SyncData("a", png, wrong(null))],
    ["uuid is null; allowed: a number", () => new Emoji("a", wrong(null))],
    ["options is null; allowed: an object", () => fetchEmoji("<:h:1:1:>", wrong(null))],
    ["options is null; allowed: an object", () => fetchPfp("h", 1, 1, wrong(null))],
    // Errors are logged: they do not repeat a secret, and an absent one is not the text "undefined".
    ["password is undefined; allowed: a string", () => new Server("h", 1, { username: "a" })],
    ["password is number; allowed", () => new Server("h", 1, { username: "a", password: wrong(5) })],
    ["token is empty; allowed: a token", () => new Server("h", 1, { username: "a", token: "" })],
  ];
  for (const [message, call] of rows) {
    await expect((async () => call(scene))(), message).rejects.toMatchObject({
      name: "AsterError",
      code: "ARGUMENT_INVALID",
      message: expect.stringContaining(message),
    });
  }
});

it.each<readonly [message: string, call: () => unknown]>([
  ["permissions are created with Permissions.of", () => Reflect.construct(Permissions, [{ nope: true }])],
  ["permissions is null; allowed", () => Permissions.of(wrong(null))],
  ["permissions is 5; allowed", () => Permissions.none.with(wrong(5))],
  ["permissions is {}; allowed: an array", () => Permissions.fromBytes(wrong({}))],
  ["permissions is null; allowed: a set", () => Permissions.none.combine(wrong(null))],
  ["permissions is {}; allowed: a set", () => Permissions.none.equals(wrong({}))],
  ["permissions is 5; allowed: a set", () => resolveServerPermissions(wrong(5), [])],
  ["groups is null; allowed", () => resolveServerPermissions(Permissions.none, wrong(null))],
])("permissions refuse wrong arguments: %s", (message, call) => {
  expect(call).toThrow(new RegExp(message.replace(/[{}.]/g, "\\$&")));
  expect(call).toThrow(RangeError);
});

it("emits the cause of each failed attempt to reconnect with the status", async () => {
  const chat = await startServer();
  const server = new Server("127.0.0.1", chat.port, {
    username: "ann",
    password: "secret",
    registerIfMissing: true,
    reconnect: { firstDelayMs: 1, longestDelayMs: 1 },
  });
  onTestFinished(() => server.disconnect());
  await server.connect();
  const failed = server.waitFor("status", {
    filter: (status, _server, error) => status === "waiting" && error?.code === "CONNECT_FAILED",
  });
  await chat.close({ graceMs: 0 });
  const [, , error] = await failed;
  expect(error).toMatchObject({
    message: expect.stringContaining("ECONNREFUSED"),
    cause: { code: "ECONNREFUSED" },
  });
});
