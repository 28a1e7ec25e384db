import { describe, expect, it } from "vitest";
import {
  ask,
  firstChannel,
  framings,
  openClient,
  register,
  registered,
  startServer,
  statusOf,
} from "../support/server.ts";

const names = (packets: readonly { readonly command?: unknown }[]) => packets.map(({ command }) => command);

describe.each(framings)("over %s", (framing) => {
  it("sends the version first, with a major that all deployed clients accept", async () => {
    const { port } = await startServer();
    const client = await openClient(port, framing);
    client.send({ command: "ping" });
    expect(await client.next()).toEqual({ command: "API_version", version: [1, 0, 0], status: 200 });
    expect(await client.next()).toEqual({ command: "ping", status: 200 });
  });

  it("registers with pushes of user and presence before the reply, visible without a login", async () => {
    const { port } = await startServer();
    const anonymous = await openClient(port, framing);
    expect(await statusOf(anonymous, "ping")).toBe(200);
    const client = await openClient(port, framing);
    const uuid = await register(client, "ann");
    expect(names(client.packets)).toEqual(["API_version", "get_metadata", "online", "register"]);
    const ann = { uuid, name: "ann", pfp: expect.stringMatching(/^iVBOR/), groups: [], group_uuid: 0 };
    expect(client.packets[1]).toEqual({ command: "get_metadata", status: 200, data: [ann] });
    expect(client.packets[2]).toEqual({ command: "online", status: 200, data: [uuid] });
    expect((await anonymous.next())["data"]).toEqual([ann]);
    expect((await anonymous.next())["data"]).toEqual([uuid]);
    expect((await ask(anonymous, "get_user", { uuid })).reply["data"]).toEqual(ann);
    expect(await statusOf(anonymous, "get_user", { uuid: uuid + 1 })).toBe(404);
    expect(await statusOf(anonymous, "get_user", { uuid: -1 })).toBe(404);
  });

  it("checks logins in the order of the protocol", async () => {
    const { port } = await startServer();
    const { client, uuid } = await registered(port, "ann", framing);
    expect(await statusOf(client, "login", { uname: "ann", passwd: "secret" })).toBe(405);
    expect(await statusOf(client, "register", { uname: " ", passwd: "" })).toBe(405);
    const other = await openClient(port, framing);
    expect(await statusOf(other, "register", { uname: "ann", passwd: "x" })).toBe(409);
    expect(await statusOf(other, "register", { uname: " \u0085", passwd: "x" })).toBe(400);
    expect(await statusOf(other, "register", { uname: "x".repeat(65), passwd: "x" })).toBe(400);
    expect(await statusOf(other, "login", { passwd: "secret" })).toBe(400);
    expect(await statusOf(other, "login", { uname: null, uuid: null, passwd: "secret" })).toBe(400);
    expect(await statusOf(other, "login", { token: "x" })).toBe(403);
    expect(await statusOf(other, "login", { uname: "Ann", passwd: "secret" })).toBe(404);
    expect(await statusOf(other, "login", { uuid: 5, passwd: "secret" })).toBe(404);
    expect(await statusOf(other, "login", { uname: "ann", passwd: "Secret" })).toBe(403);
    expect(await statusOf(other, "online")).toBe(401);
    const { reply } = await ask(other, "login", { uname: null, uuid, passwd: "secret" });
    expect(reply).toEqual({ command: "login", status: 200, uuid });
  });

  it("answers malformed requests with 400 before other checks, and keeps the connection", async () => {
    const { port } = await startServer();
    const client = await openClient(port, framing);
    client.send('{"command":"send","content":5}');
    client.send("nonsense");
    client.send('["ping"]');
    client.send('{"command":"get_user","uuid":5.0}');
    client.send('{"command":"no_such_thing"}');
    client.send('{"command":"mark_as_read"}');
    client.send('{"command":"online"}');
    client.send('{"command":"ping","id":7}');
    await client.until(({ command }) => command === "ping");
    expect(client.packets.slice(1)).toEqual([
      { command: "send", status: 400, message: 0 },
      { command: "unknown", status: 400 },
      { command: "unknown", status: 400 },
      { command: "get_user", status: 400 },
      { command: "no_such_thing", status: 400 },
      { command: "mark_as_read", status: 400 },
      { command: "online", status: 401 },
      { command: "ping", status: 200 },
    ]);
  });

  it("answers pipelined requests in order, even behind a slow login", async () => {
    const { port } = await startServer();
    await registered(port, "ann", framing);
    const client = await openClient(port, framing);
    const commands = [
      "login",
      "get_metadata",
      "list_channels",
      "online",
      "get_name",
      "get_icon",
      "ping",
      "leave",
    ];
    for (const command of commands) {
      client.send(command === "login" ? { command, uname: "ann", passwd: "secret" } : { command });
    }
    await client.until(({ command }) => command === "leave");
    const pushes = ["API_version", "get_metadata", "online"];
    expect(names(client.packets)).toEqual([...pushes, ...commands]);
    expect(client.packets.every(({ status }) => status === 200)).toBe(true);
    const byName = new Map(client.packets.map((packet) => [packet.command, packet]));
    expect(byName.get("get_name")?.["data"]).toBe("Asterite");
    expect(byName.get("get_icon")?.["data"]).toMatch(/^iVBOR/);
  });

  it("sends messages with the push before the reply, and returns the history oldest first", async () => {
    const { port } = await startServer();
    const { client: ann, uuid } = await registered(port, "ann", framing);
    const { client: bob } = await registered(port, "bob", framing);
    const channel = await firstChannel(ann);
    const { reply, pushes } = await ask(ann, "send", { content: " hi 😀 ", channel });
    const first = reply["message"] as number;
    const message = {
      uuid: first,
      content: " hi 😀 ",
      author_uuid: uuid,
      channel_uuid: channel,
      date: expect.any(Number),
      edited: false,
      reply: null,
    };
    expect(pushes.at(-1)).toEqual({ ...message, command: "content", status: 200 });
    const { packet } = await bob.until(({ command }) => command === "content");
    expect(packet).toEqual({ ...message, command: "content", status: 200 });
    const second = await ask(bob, "send", { content: "ho", channel, reply: first });
    expect(second.pushes.at(-1)?.["reply"]).toBe(first);
    const history = async (fields: object) =>
      (await ask(bob, "history", { channel, ...fields })).reply["data"] as { content: string }[];
    expect(await history({ num: 100 })).toEqual([
      message,
      expect.objectContaining({ content: "ho", reply: first }),
    ]);
    expect(await history({ num: 1 })).toEqual([expect.objectContaining({ content: "ho" })]);
    expect(await history({ num: 0 })).toEqual([]);
    expect(await history({ num: 4_294_967_295, before_message: second.reply["message"] })).toEqual([message]);
    expect(await history({ num: 5, before_message: null })).toHaveLength(2);
  });

  it("checks messages in the order of the protocol, and always replies with a message field", async () => {
    const { port } = await startServer();
    const anonymous = await openClient(port, framing);
    expect((await ask(anonymous, "send", { content: "x", channel: 1 })).reply).toEqual({
      command: "send",
      status: 401,
      message: 0,
    });
    const { client } = await registered(port, "ann", framing);
    const channel = await firstChannel(client);
    expect((await ask(client, "send", { content: "\u2003\n", channel: 1 })).reply).toEqual({
      command: "send",
      status: 400,
      message: 0,
    });
    expect(await statusOf(client, "send", { content: "x".repeat(10_001), channel })).toBe(400);
    expect(await statusOf(client, "send", { content: "x".repeat(10_000), channel })).toBe(200);
    expect(await statusOf(client, "send", { content: "\ufeff", channel })).toBe(200);
    expect(await statusOf(client, "send", { content: "x", channel: 1 })).toBe(404);
    expect(await statusOf(client, "send", { content: "x", channel, reply: 1 })).toBe(404);
    expect(await statusOf(client, "history", { num: 5, channel: 1 })).toBe(404);
    expect(await statusOf(client, "history", { num: 5, channel, before_message: 1 })).toBe(404);
  });

  it("keeps a user online until the last session ends, and publishes the change", async () => {
    const { port } = await startServer();
    const { client: ann, uuid: annUuid } = await registered(port, "ann", framing);
    const { client: bob, uuid: bobUuid } = await registered(port, "bob", framing);
    const second = await openClient(port, framing);
    expect(await statusOf(second, "login", { uname: "bob", passwd: "secret" })).toBe(200);
    const online = async () => ((await ask(ann, "online")).reply["data"] as number[]).toSorted();
    // The pushes of bob's two sessions come first.
    await ann.until(({ command, data }) => command === "online" && Array.isArray(data) && data.length === 2);
    await ann.until(({ command }) => command === "online");
    expect(await online()).toEqual([annUuid, bobUuid].toSorted());
    await bob.close();
    expect(await online()).toEqual([annUuid, bobUuid].toSorted());
    await second.close();
    const { packet } = await ann.until(({ command }) => command === "online");
    expect(packet).toEqual({ command: "online", status: 200, data: [annUuid] });
  });
});
