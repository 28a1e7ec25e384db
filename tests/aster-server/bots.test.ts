import type { PacketClient } from "@asterite/testkit";
import { expect, it } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { ask, openClient, register, registered, startServer, statusOf } from "../support/server.ts";

async function openWith(port: number, ...extensions: string[]): Promise<PacketClient> {
  const client = await openClient(port);
  await ask(client, "hello", { client: "test/1", extensions });
  return client;
}

const replyTo = async (client: PacketClient, command: string, fields: object = {}) =>
  (await ask(client, command, fields)).reply;

/** The data of an account, in the order of the fields on the wire. */
const wireUser = (uuid: number, name: string, pfp: unknown) => ({
  uuid,
  name,
  pfp,
  groups: [],
  group_uuid: 0,
});

/** Pushes of accounts that a connection has received since the last request. */
const pushedUsers = async (client: PacketClient) =>
  (await ask(client, "get_metadata")).pushes.filter(({ command }) => command === "get_metadata");

it("marks bots for connections with the extension, in replies, pushes and missed events", async () => {
  const { port } = await startServer();
  const bot = await openWith(port, "bots", "cursor");
  const { reply } = await ask(bot, "register", { uname: "bot", passwd: "secret" });
  const uuid = Number(reply["uuid"]);
  const { pfp } = (await replyTo(bot, "get_user", { uuid }))["data"] as { pfp: string };
  const plain = wireUser(uuid, "bot", pfp);
  const marked = { ...plain, is_bot: true };
  const viewer = await openWith(port, "bots");
  await pushedUsers(viewer);

  expect((await replyTo(bot, "get_user", { uuid }))["data"]).toEqual(plain);
  expect(await statusOf(bot, "set_bot", { bot: true })).toBe(200);
  expect(await pushedUsers(viewer)).toMatchObject([{ data: [marked] }]);
  for (const client of [bot, viewer]) {
    expect((await replyTo(client, "get_user", { uuid }))["data"]).toEqual(marked);
    expect((await replyTo(client, "get_metadata"))["data"]).toEqual([marked]);
  }
  const missed = async () =>
    (await replyTo(bot, "events_after", { cursor: reply["cursor"], limit: 100 }))["events"];
  expect(await missed()).toMatchObject([{ command: "get_metadata", data: [marked] }]);
  expect(await statusOf(bot, "nick", { nick: "robot" })).toBe(200);
  expect(await pushedUsers(viewer)).toMatchObject([{ data: [{ ...marked, name: "robot" }] }]);

  expect(await statusOf(bot, "set_bot", { bot: false })).toBe(200);
  const [push] = await pushedUsers(viewer);
  expect(push?.["data"]).toEqual([{ ...plain, name: "robot" }]);
});

it("sends nothing for a declaration that changes nothing", async () => {
  const { port } = await startServer();
  const { client: bot } = await registered(port, "bot");
  const viewer = await openWith(port, "bots", "cursor");
  const { reply } = await ask(viewer, "register", { uname: "ann", passwd: "secret" });
  const cursor = Number(reply["cursor"]);
  for (const declaration of [false, true, true]) {
    expect(await statusOf(bot, "set_bot", { bot: declaration })).toBe(200);
  }
  const page = await replyTo(viewer, "events_after", { cursor, limit: 100 });
  expect(page["cursor"]).toBe(cursor + 1);
});

it("keeps every packet to connections without the extension as before, byte for byte", async () => {
  const { port } = await startServer();
  const watchers = [await openClient(port), await openWith(port, "cursor", "reasons")];
  const { client: bot, uuid } = await registered(port, "bot");
  await ask(bot, "set_bot", { bot: true });
  // A login and a changed name are pushed too.
  await ask(await openClient(port), "login", { uname: "bot", passwd: "secret" });
  await ask(bot, "nick", { nick: "robot" });
  for (const client of watchers) {
    const { pfp } = (await replyTo(client, "get_user", { uuid }))["data"] as { pfp: string };
    const user = wireUser(uuid, "robot", pfp);
    const reply = async (command: string, fields: object = {}) =>
      JSON.stringify(await replyTo(client, command, fields));
    const head = `{"uuid":${uuid},"name":"robot","pfp":${JSON.stringify(pfp)},"groups":[],"group_uuid":0}`;
    expect(JSON.stringify(user)).toBe(head);
    expect(await reply("get_metadata")).toBe(`{"data":[${head}],"command":"get_metadata","status":200}`);
    expect(await reply("get_user", { uuid })).toBe(`{"data":${head},"command":"get_user","status":200}`);
    expect(JSON.stringify(client.packets)).not.toContain("is_bot");
  }
});

it("replays missed events without the field to connections without the extension", async () => {
  const { port } = await startServer();
  const [extended, plain] = [await openWith(port, "cursor", "bots"), await openWith(port, "cursor")];
  await register(extended, "ann");
  const { reply } = await ask(plain, "register", { uname: "bob", passwd: "secret" });
  const replay = async (client: PacketClient) =>
    JSON.stringify(await replyTo(client, "events_after", { cursor: reply["cursor"], limit: 100 }));
  await ask(plain, "nick", { nick: "bert" });
  expect(await replay(plain)).toBe(await replay(extended));
  await ask(extended, "set_bot", { bot: true });
  // The replies are cached: each connection requests them twice.
  for (const client of [extended, plain, extended, plain]) {
    const text = await replay(client);
    expect(text).toContain('"name":"ann"');
    expect(text.includes('"is_bot":true')).toBe(client === extended);
  }
});

it("lets only those declare another account who may change its groups", async () => {
  const { server, admin, adminUuid } = await startAdministered();
  const viewer = await openWith(server.port, "bots", "reasons");
  const uuid = await register(await openClient(server.port), "bot");
  const isBot = async () => {
    const data = (await replyTo(viewer, "get_user", { uuid }))["data"] as { is_bot?: boolean };
    return data.is_bot ?? false;
  };
  await register(viewer, "ann");
  expect(await replyTo(viewer, "set_bot", { bot: true, user: uuid })).toEqual({
    command: "set_bot",
    status: 403,
    reason: "permission:modify_user_groups",
  });
  expect(await isBot()).toBe(false);
  expect(await statusOf(admin, "set_bot", { bot: true, user: uuid })).toBe(200);
  expect(await isBot()).toBe(true);
  // Administrators may declare themselves, too.
  expect(await statusOf(admin, "set_bot", { bot: true, user: adminUuid })).toBe(200);
  await ask(admin, "delete_account", { user: uuid });
  expect(await isBot()).toBe(false);
});
