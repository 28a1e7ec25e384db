import { inflateSync } from "node:zlib";
import type { PacketClient, ReceivedPacket } from "@asterite/testkit";
import { expect, it } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { ask, firstChannel, openClient, register, startServer, statusOf } from "../support/server.ts";

// Requests of the deployed clients and the replies that they depend on, as described in the protocol's
// reference. The programs themselves are written in other languages and cannot be installed here.

const icon = async (client: PacketClient) => (await ask(client, "get_icon")).reply["data"] as string;

it("serves asterpy: login by name and by uuid, readiness, messages, sync data, and leave", async () => {
  const { port } = await startServer();
  const owner = await openClient(port);
  const uuid = await register(owner, "bot");
  const picture = await icon(owner);
  await ask(owner, "pfp", { data: picture });
  await ask(owner, "sync_set", { uname: "bot", pfp: picture });
  await ask(owner, "sync_set_servers", {
    servers: [{ uname: "bot", ip: "example.org", port: 2345, idx: 0 }],
  });
  for (const credentials of [{ uname: "bot" }, { uuid }]) {
    const client = await openClient(port);
    client.send({ command: "login", passwd: "secret", ...credentials });
    await client.until(({ command }) => command === "login");
    for (const command of ["get_metadata", "list_channels", "online", "get_name", "get_icon"])
      client.send({ command });
    const { packet, between } = await client.until(({ command }) => command === "get_icon");
    const data = (command: string) => between.findLast((found) => found.command === command)?.["data"];
    // asterpy is ready when name and icon are not empty and a channel exists.
    expect(data("get_name")).not.toBe("");
    expect(Buffer.from(String(packet["data"]), "base64").length).toBeGreaterThan(0);
    const [channel] = data("list_channels") as { uuid: number; name: string }[];
    expect(data("get_metadata")).toContainEqual(expect.objectContaining({ uuid, name: "bot", pfp: picture }));
    const sent = await ask(client, "send", { content: "caf\u00e9", channel: channel?.uuid });
    expect(sent.pushes.at(-1)).toMatchObject({ command: "content", author_uuid: uuid, reply: null });
    const history = await ask(client, "history", { num: 100, channel: channel?.uuid });
    const before = (history.reply["data"] as { uuid: number }[]).at(-1)?.uuid;
    expect(
      await statusOf(client, "history", { num: 100, channel: channel?.uuid, before_message: before }),
    ).toBe(200);
    expect(await statusOf(client, "edit", { message: before, new_content: "x" })).toBe(200);
    expect(await statusOf(client, "delete", { message: before })).toBe(200);
    expect((await ask(client, "get_user", { uuid })).reply["data"]).toMatchObject({ uuid, pfp: picture });
    expect((await ask(client, "sync_get")).reply).toMatchObject({ uname: "bot", pfp: picture });
    const { reply } = await ask(client, "sync_get_servers");
    expect(reply["servers"]).toEqual([
      expect.objectContaining({ ip: "example.org", port: 2345, user_uuid: uuid }),
    ]);
    expect(await statusOf(client, "leave")).toBe(200);
  }
});

it("serves the web client: register after 404, paging by 100, the account dialog, the list of servers", async () => {
  const { port } = await startServer({ connection: { requestsPerSecond: Number.POSITIVE_INFINITY } });
  const client = await openClient(port, "websocket");
  expect(await statusOf(client, "login", { uname: "ann", passwd: "pw" })).toBe(404);
  const second = await openClient(port, "websocket");
  expect(await statusOf(second, "register", { uname: "ann", passwd: "pw" })).toBe(200);
  for (const command of ["get_metadata", "list_channels", "get_name", "get_icon"]) {
    expect((await ask(second, command)).reply).toMatchObject({ status: 200, data: expect.anything() });
  }
  const channel = await firstChannel(second);
  for (let count = 0; count < 250; count++) second.send({ command: "send", content: `${count}`, channel });
  await second.until(({ content }) => content === "249");
  const pages: string[][] = [];
  for (let before: number | undefined; ; ) {
    const { reply } = await ask(second, "history", { channel, num: 100, before_message: before });
    const page = reply["data"] as { uuid: number; content: string }[];
    pages.unshift(page.map(({ content }) => content));
    before = page[0]?.uuid;
    if (page.length < 100) break;
  }
  expect(pages.map((page) => page.length)).toEqual([50, 100, 100]);
  expect(pages.flat()).toEqual(Array.from({ length: 250 }, (_, index) => `${index}`));
  // The dialog sends all three, including unchanged ones.
  second.send({ command: "nick", nick: "ann" });
  second.send({ command: "change_password", new_password: "pw2" });
  second.send({ command: "pfp", data: await icon(await openClient(port)) });
  const { packet, between } = await second.until(({ command }) => command === "pfp");
  const statusIn = (name: string) => between.find(({ command }) => command === name)?.status;
  expect([statusIn("nick"), statusIn("change_password"), packet.status]).toEqual([409, 200, 200]);
  expect((await ask(second, "sync_get_servers")).reply["servers"]).toEqual([]);
  const servers = [{ ip: "a.example", port: 1, idx: 0, uname: "ann" }];
  expect(await statusOf(second, "sync_set_servers", { servers })).toBe(200);
  expect((await ask(second, "sync_get_servers")).reply["servers"]).toMatchObject(servers);
});

type Check = (value: unknown) => boolean;

const integer: Check = (value) => Number.isSafeInteger(value);
const int32: Check = (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 2_147_483_647;
const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check(Reflect.get(value, name)));

/** The CLI, the terminal client `aster-cli`, crashes if it cannot decode the picture of any user. */
const picture: Check = (value) => {
  const png = Buffer.from(String(value), "base64");
  const start = png.indexOf("IDAT");
  return png.subarray(1, 4).toString() === "PNG" && inflateSync(png.subarray(start + 4)).length > 0;
};
const user = shape({ uuid: integer, name: text, pfp: picture, group_uuid: integer });
const messageFields = {
  uuid: integer,
  content: text,
  author_uuid: integer,
  channel_uuid: integer,
  date: int32,
};

/** The packets that the CLI can decode; it crashes on any other. */
const cliPackets: Readonly<Record<string, Check>> = {
  API_version: shape({ version: (value) => list((part) => int32(part) && Number(part) <= 255)(value) }),
  register: shape({ uuid: maybe(integer) }),
  login: shape({ uuid: maybe(integer) }),
  get_metadata: shape({ data: list(user) }),
  get_user: shape({ data: maybe(user) }),
  get_icon: shape({ data: text }),
  get_name: shape({ data: text }),
  list_channels: shape({ data: list(shape({ uuid: integer, name: text })) }),
  online: shape({ data: maybe(list(integer)) }),
  history: shape({ data: maybe(list(shape({ ...messageFields, edited: maybe(flag) }))) }),
  content: shape(messageFields),
  send: shape({ message: integer }),
  edit: shape({}),
  delete: shape({}),
  message_edited: shape({ message: integer, new_content: text }),
  message_deleted: shape({ message: integer }),
  sync_get: (packet) =>
    shape({ status: (status) => status === 404 })(packet) ||
    shape({ uname: text, pfp: text, user_uuid: integer })(packet),
  sync_get_servers: shape({ servers: list(shape({ uname: text, ip: text, port: integer, idx: integer })) }),
};
const cliStatuses: readonly unknown[] = [200, 400, 401, 403, 404, 405, 409, 500];
const cliDecodes = (packet: ReceivedPacket): boolean =>
  cliStatuses.includes(packet.status) && (cliPackets[String(packet.command)]?.(packet) ?? false);

it("sends the CLI only packets that it can decode, whatever other clients do", async () => {
  const { server, admin, adminUuid } = await startAdministered();
  const cli = await openClient(server.port);
  cli.send({ command: "login", uname: "max", uuid: null, passwd: "pw" });
  expect((await cli.until(({ command }) => command === "login")).packet.status).toBe(404);
  await register(cli, "max", "pw");
  for (const command of ["sync_get", "sync_get_servers"]) cli.send({ command });
  for (const command of ["get_icon", "get_name", "get_metadata", "list_channels", "online"])
    cli.send({ command });
  await cli.until(({ command }) => command === "online");
  const channel = await firstChannel(admin);
  // Pushes that an administrator and another client can cause.
  const web = await openClient(server.port, "websocket");
  await ask(web, "hello", {
    client: "web/1",
    extensions: ["tokens", "cursor", "state", "typing", "groups", "admin"],
  });
  const webUuid = await register(web, "web");
  const created = await ask(admin, "create_channel", {
    name: "new",
    permissions: { [`user:${webUuid}`]: [0, 8] },
  });
  await ask(admin, "update_channel", { uuid: created.reply["uuid"], position: 0, slow_seconds: 3 });
  const group = await ask(admin, "create_group", { name: "g", permissions: [1], colour: 1, position: 1 });
  await ask(admin, "update_user_groups", { user: webUuid, groups: [group.reply["uuid"]] });
  await ask(admin, "delete_group", { uuid: group.reply["uuid"] });
  await ask(admin, "set_server", { name: "Renamed" });
  await ask(admin, "create_emoji", { name: "smile", data: await icon(admin) });
  const sent = await ask(web, "send", { content: "hi", channel, nonce: "n" });
  await ask(web, "edit", { message: sent.reply["message"], new_content: "ho" });
  await ask(web, "set_channel_state", { channel, key: "k", value: 1 });
  await ask(web, "typing", { channel });
  await ask(web, "delete", { message: sent.reply["message"] });
  await ask(web, "nick", { nick: "web 2" });
  await ask(web, "pfp", { data: await icon(admin) });
  await ask(admin, "ban_user", { user: webUuid });
  await ask(admin, "delete_account", { user: webUuid });
  await ask(admin, "delete_channel", { channel: created.reply["uuid"] });
  // Requests of the CLI itself, including failing ones.
  cli.send({ command: "history", channel, num: 100, before_message: null });
  cli.send({ command: "history", channel: 1, num: 100, before_message: null });
  cli.send({ command: "send", content: "hello", channel });
  cli.send({ command: "send", content: " ", channel });
  cli.send({ command: "send", channel });
  cli.send({ command: "edit", message: 1, new_content: "x" });
  cli.send({ command: "delete", message: 1 });
  cli.send({ command: "get_user", uuid: adminUuid });
  await cli.until(({ command }) => command === "get_user");
  expect(cli.packets.filter((packet) => !cliDecodes(packet))).toEqual([]);
  expect(new Set(cli.packets.map(({ command }) => command))).toContain("message_deleted");
  // The decoder rejects other packets.
  expect(cliDecodes({ command: "nick", status: 200 })).toBe(false);
  expect(cliDecodes({ command: "send", status: 403 })).toBe(false);
});
