import { describe, expect, it } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { ask, firstChannel, openClient, registered, startServer, statusOf } from "../support/server.ts";

const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

interface ChannelPacket {
  uuid: number;
  name: string;
  position: number;
  permissions: Record<string, number[]>;
}

const namesOf = (data: unknown) => (data as { name: string }[]).map(({ name }) => name);

describe("the user's own account", () => {
  it("changes its name: 400 when blank, 409 when taken or unchanged, and a push to all before the reply", async () => {
    const { port } = await startServer();
    const { client: ann, uuid } = await registered(port, "ann");
    const { client: bob } = await registered(port, "bob");
    expect(await statusOf(ann, "nick", { nick: " " })).toBe(400);
    expect(await statusOf(ann, "nick", { nick: "x".repeat(65) })).toBe(400);
    expect(await statusOf(ann, "nick", { nick: "bob" })).toBe(409);
    expect(await statusOf(ann, "nick", { nick: "ann" })).toBe(409);
    const { reply, pushes } = await ask(ann, "nick", { nick: "anna" });
    expect(reply).toEqual({ command: "nick", status: 200 });
    expect(pushes.at(-1)).toMatchObject({ command: "get_metadata", data: [{ uuid, name: "anna" }] });
    const { packet } = await bob.until(
      ({ command, data }) => command === "get_metadata" && namesOf(data)[0] === "anna",
    );
    expect(packet["data"]).toHaveLength(1);
  });

  it("can change its picture, up to 40 960 bytes", async () => {
    const { port } = await startServer();
    const { client, uuid } = await registered(port, "ann");
    expect(await statusOf(client, "pfp", { data: "A".repeat(40_961) })).toBe(400);
    expect(await statusOf(client, "pfp", { data: png })).toBe(200);
    expect((await ask(client, "get_user", { uuid })).reply["data"]).toMatchObject({ pfp: png });
  });

  it("changes the password without the old one for legacy clients, and 405 without a login", async () => {
    const { port } = await startServer();
    const { client } = await registered(port, "ann");
    const other = await openClient(port);
    expect(await statusOf(other, "change_password", { new_password: "x" })).toBe(405);
    expect(await statusOf(client, "change_password", {})).toBe(400);
    expect(await statusOf(client, "change_password", { new_password: "new" })).toBe(200);
    expect(await statusOf(client, "online")).toBe(200);
    expect(await statusOf(other, "login", { uname: "ann", passwd: "secret" })).toBe(403);
    expect(await statusOf(other, "login", { uname: "ann", passwd: "new" })).toBe(200);
  });
});

describe("messages", () => {
  it("can be edited by their author only, not to a blank text, and the push names the channel", async () => {
    const { port } = await startServer();
    const { client: ann } = await registered(port, "ann");
    const { client: bob } = await registered(port, "bob");
    const anonymous = await openClient(port);
    await ask(anonymous, "ping");
    const channel = await firstChannel(ann);
    const message = (await ask(ann, "send", { content: "hi", channel })).reply["message"] as number;
    expect(await statusOf(ann, "edit", { message: 1, new_content: "x" })).toBe(404);
    expect(await statusOf(bob, "edit", { message, new_content: "x" })).toBe(403);
    expect(await statusOf(ann, "edit", { message, new_content: " " })).toBe(400);
    const { pushes } = await ask(ann, "edit", { message, new_content: "ho" });
    const push = {
      command: "message_edited",
      status: 200,
      message,
      new_content: "ho",
      channel_uuid: channel,
    };
    expect(pushes.at(-1)).toEqual(push);
    expect((await bob.until(({ command }) => command === "message_edited")).packet).toEqual(push);
    const { reply } = await ask(bob, "history", { channel, num: 1 });
    expect(reply["data"]).toMatchObject([{ uuid: message, content: "ho", edited: true }]);
    await ask(anonymous, "ping");
    expect(anonymous.packets.some(({ command }) => command === "message_edited")).toBe(false);
  });

  it("can be deleted by their author or with the permission; replies keep the dangling reference", async () => {
    const { server, admin } = await startAdministered();
    const { client: ann } = await registered(server.port, "ann");
    const { client: bob } = await registered(server.port, "bob");
    const channel = await firstChannel(ann);
    const first = (await ask(ann, "send", { content: "1", channel })).reply["message"] as number;
    const second = (await ask(bob, "send", { content: "2", channel, reply: first })).reply[
      "message"
    ] as number;
    expect(await statusOf(ann, "delete", { message: 1 })).toBe(404);
    expect(await statusOf(ann, "delete", { message: second })).toBe(403);
    const { pushes } = await ask(ann, "delete", { message: first });
    const push = { command: "message_deleted", status: 200, message: first, channel_uuid: channel };
    expect(pushes.at(-1)).toEqual(push);
    expect((await ask(bob, "history", { channel, num: 9 })).reply["data"]).toMatchObject([
      { uuid: second, reply: first },
    ]);
    expect(await statusOf(admin, "delete", { message: second })).toBe(200);
    expect((await ask(bob, "history", { channel, num: 9 })).reply["data"]).toEqual([]);
  });

  it("of a deleted channel can still be edited and marked as read, but not deleted", async () => {
    const { server, admin } = await startAdministered();
    const { client: ann } = await registered(server.port, "ann");
    const channel = (await ask(admin, "create_channel", { name: "short", permissions: {} })).reply["uuid"];
    const message = (await ask(ann, "send", { content: "1", channel })).reply["message"];
    expect(await statusOf(admin, "delete_channel", { channel })).toBe(200);
    expect(await statusOf(ann, "send", { content: "1", channel })).toBe(404);
    expect(await statusOf(ann, "history", { num: 1, channel })).toBe(404);
    expect(await statusOf(ann, "edit", { message, new_content: "x" })).toBe(200);
    expect(await statusOf(ann, "mark_as_read", { message })).toBe(200);
    expect(await statusOf(ann, "delete", { message })).toBe(404);
  });
});

describe("sync data", () => {
  it("stores a profile and an ordered list of servers, returned with the owner's uuid", async () => {
    const { port } = await startServer();
    const { client, uuid } = await registered(port, "ann");
    expect(await statusOf(client, "sync_get")).toBe(404);
    expect((await ask(client, "sync_get_servers")).reply).toEqual({
      command: "sync_get_servers",
      status: 200,
      servers: [],
    });
    expect(await statusOf(client, "sync_set", { uname: "Ann" })).toBe(400);
    expect(await statusOf(client, "sync_set", { uname: "Ann", pfp: png })).toBe(200);
    expect(await statusOf(client, "sync_set", { uname: "Anna", pfp: png })).toBe(200);
    expect((await ask(client, "sync_get")).reply).toEqual({
      command: "sync_get",
      status: 200,
      uname: "Anna",
      pfp: png,
      user_uuid: uuid,
    });
    const entry = (name: string, idx: number) => ({ uname: "ann", ip: "example.org", port: 2345, name, idx });
    expect(await statusOf(client, "sync_set_servers", { servers: [entry("b", 9), entry("a", 9)] })).toBe(200);
    const many = Array.from({ length: 250 }, (_, idx) => entry(`server ${idx}`, 0));
    expect(await statusOf(client, "sync_set_servers", { servers: many })).toBe(200);
    const { reply } = await ask(client, "sync_get_servers");
    expect(namesOf(reply["servers"])).toEqual(many.map(({ name }) => name));
    expect((reply["servers"] as object[])[1]).toEqual({
      uuid: null,
      uname: "ann",
      ip: "example.org",
      port: 2345,
      pfp: null,
      name: "server 1",
      idx: 1,
      user_uuid: uuid,
    });
  });
});

describe("read markers", () => {
  it("count the messages after the marked one, in the same second too, and never move back", async () => {
    const { port } = await startServer();
    const { client } = await registered(port, "ann");
    const channel = await firstChannel(client);
    expect((await ask(client, "get_last_reads")).reply["last_reads"]).toEqual({});
    expect((await ask(client, "get_num_unread", { channel })).reply["num"]).toBe(0);
    const sent: number[] = [];
    for (const content of ["1", "2", "3"]) {
      sent.push((await ask(client, "send", { content, channel })).reply["message"] as number);
    }
    expect((await ask(client, "get_num_unread", { channel })).reply["num"]).toBe(0);
    expect(await statusOf(client, "mark_as_read", { message: 1 })).toBe(404);
    expect(await statusOf(client, "mark_as_read", { message: sent[1] })).toBe(200);
    expect((await ask(client, "get_num_unread", { channel })).reply["num"]).toBe(1);
    expect((await ask(client, "get_last_reads")).reply["last_reads"]).toEqual({
      [String(channel)]: [expect.any(Number), 1],
    });
    expect(await statusOf(client, "mark_as_read", { message: sent[0] })).toBe(200);
    expect((await ask(client, "get_num_unread", { channel })).reply["num"]).toBe(1);
    expect((await ask(client, "get_num_unread", { channel: 1 })).reply["num"]).toBe(0);
  });
});

describe("channels", () => {
  it("are created, moved, renamed and deleted, each with a push of the whole list before the reply", async () => {
    const { server, admin } = await startAdministered();
    const { client: ann } = await registered(server.port, "ann");
    const list = async () => (await ask(ann, "list_channels")).reply["data"] as ChannelPacket[];
    const order = async () => namesOf(await list());
    const create = async (name: string, position?: number | null) =>
      (await ask(admin, "create_channel", { name, permissions: {}, position })).reply;
    expect((await create("end")).status).toBe(200);
    const { uuid } = (await create("middle", 1)) as unknown as { uuid: number };
    expect((await create("top", 0)).status).toBe(200);
    expect((await create("last", null)).status).toBe(200);
    expect(await order()).toEqual(["top", "general", "middle", "end", "last"]);
    expect((await create("far", 6)).status).toBe(400);
    expect((await create(" ")).status).toBe(400);
    expect(await statusOf(admin, "update_channel", { uuid, position: 5 })).toBe(400);
    expect(await statusOf(admin, "update_channel", { uuid: 1, name: "x" })).toBe(404);
    const { pushes } = await ask(admin, "update_channel", { uuid, position: 0, name: "first" });
    expect(pushes.at(-1)).toMatchObject({ command: "list_channels", status: 200 });
    expect(await order()).toEqual(["first", "top", "general", "end", "last"]);
    expect(await statusOf(admin, "delete_channel", { channel: uuid })).toBe(200);
    expect(await statusOf(admin, "delete_channel", { channel: uuid })).toBe(404);
    expect((await list()).map(({ position }) => position)).toEqual([0, 1, 2, 3]);
    expect(await statusOf(ann, "create_channel", { name: "x", permissions: {} })).toBe(403);
    expect(await statusOf(ann, "delete_channel", { channel: 1 })).toBe(403);
    expect(await statusOf(ann, "update_channel", { uuid: 1 })).toBe(403);
    const anonymous = await openClient(server.port);
    expect(await statusOf(anonymous, "create_channel", { name: "x", permissions: {} })).toBe(401);
  });

  it("can be hidden, muted and unreadable through overrides, which are keyed by user or group", async () => {
    const { server, admin } = await startAdministered();
    const { client: ann, uuid: annUuid } = await registered(server.port, "ann");
    const { client: bob } = await registered(server.port, "bob");
    const key = `user:${annUuid}`;
    const create = async (name: string, bytes: number[]) =>
      (await ask(admin, "create_channel", { name, permissions: { [key]: bytes } })).reply["uuid"] as number;
    const hidden = await create("hidden", [0, 0, 8]);
    const muted = await create("muted", [0, 8, 0]);
    const blind = await create("blind", [0, 32, 0]);
    const channels = (await ask(ann, "list_channels")).reply["data"] as ChannelPacket[];
    expect(namesOf(channels)).toEqual(["general", "muted", "blind"]);
    expect(channels[1]?.permissions).toEqual({ [key]: [0, 8, 0] });
    expect(namesOf((await ask(bob, "list_channels")).reply["data"])).toContain("hidden");
    expect(await statusOf(ann, "send", { content: "x", channel: hidden })).toBe(404);
    expect(await statusOf(ann, "history", { num: 1, channel: hidden })).toBe(404);
    expect(await statusOf(ann, "send", { content: "x", channel: muted, reply: 1 })).toBe(403);
    expect(await statusOf(ann, "history", { num: 1, channel: blind })).toBe(403);
    const blindSend = await ask(ann, "send", { content: "x", channel: blind });
    expect([blindSend.reply.status, blindSend.pushes]).toEqual([200, []]);
    const secret = (await ask(bob, "send", { content: "secret", channel: hidden })).reply["message"];
    await ask(bob, "edit", { message: secret, new_content: "more secret" });
    expect(await statusOf(ann, "mark_as_read", { message: secret })).toBe(404);
    expect(await statusOf(ann, "send", { content: "x", channel: channels[0]?.uuid, reply: secret })).toBe(
      404,
    );
    await ask(ann, "ping");
    expect(JSON.stringify(ann.packets)).not.toContain("secret");
    // Without the override the channel appears immediately.
    await ask(admin, "update_channel", { uuid: hidden, permissions: {} });
    await ann.until(({ command, data }) => command === "list_channels" && namesOf(data).includes("hidden"));
    expect(await statusOf(ann, "history", { num: 1, channel: hidden })).toBe(200);
  });
});

describe("groups", () => {
  it("can be changed and assigned only below the user's own rank", async () => {
    const { server, admin, adminGroup } = await startAdministered();
    const { client: ann, uuid: annUuid } = await registered(server.port, "ann");
    const { client: bob, uuid: bobUuid } = await registered(server.port, "bob");
    const create = async (client: typeof admin, name: string, position: number, permissions = [0]) =>
      (await ask(client, "create_group", { name, permissions, colour: 255, position })).reply;
    expect((await create(ann, "x", 1)).status).toBe(403);
    expect((await create(admin, "x", 0)).status).toBe(403);
    expect((await create(admin, "x", 2)).status).toBe(400);
    // modify_groups and modify_user_groups.
    const staff = (await create(admin, "staff", 1, [0b0101_0000]))["uuid"] as number;
    const helpers = (await create(admin, "helpers", 2))["uuid"] as number;
    expect(await statusOf(admin, "update_user_groups", { user: annUuid, groups: [1] })).toBe(404);
    expect(await statusOf(admin, "update_user_groups", { user: 1, groups: [] })).toBe(404);
    const { pushes } = await ask(admin, "update_user_groups", { user: annUuid, groups: [staff, staff] });
    expect(pushes.find(({ command }) => command === "get_metadata")?.["data"]).toMatchObject([
      { uuid: annUuid, groups: [staff] },
    ]);
    let listed = 0;
    const list = async () => {
      listed++;
      return (await ask(bob, "list_groups")).reply["data"] as {
        uuid: number;
        name: string;
        position: number;
      }[];
    };
    expect(namesOf((await list()).toSorted((a, b) => a.position - b.position))).toEqual([
      "admin",
      "staff",
      "helpers",
    ]);
    // Ann can change groups below staff, but not staff or admin.
    expect(await statusOf(ann, "update_user_groups", { user: bobUuid, groups: [helpers] })).toBe(200);
    expect(await statusOf(ann, "update_user_groups", { user: bobUuid, groups: [staff] })).toBe(403);
    expect(await statusOf(ann, "update_user_groups", { user: annUuid, groups: [staff, adminGroup] })).toBe(
      403,
    );
    expect(await statusOf(ann, "update_group", { uuid: staff, name: "x" })).toBe(403);
    expect(await statusOf(ann, "update_group", { uuid: helpers, position: 1 })).toBe(403);
    expect(await statusOf(ann, "update_group", { uuid: helpers, name: "friends", colour: -1 })).toBe(200);
    expect(await statusOf(ann, "update_group", { uuid: 1, name: "x" })).toBe(404);
    expect(await statusOf(ann, "delete_group", { uuid: staff })).toBe(403);
    expect((await create(ann, "new", 2)).status).toBe(200);
    expect(namesOf((await list()).toSorted((a, b) => a.position - b.position))).toEqual([
      "admin",
      "staff",
      "new",
      "friends",
    ]);
    expect(await statusOf(ann, "delete_group", { uuid: helpers })).toBe(200);
    expect((await ask(bob, "get_user", { uuid: bobUuid })).reply["data"]).toMatchObject({ groups: [] });
    expect((await list()).map(({ position }) => position).toSorted()).toEqual([0, 1, 2]);
    // Legacy clients crash on an unknown packet: bob received only the replies to his requests.
    await ask(bob, "ping");
    expect(bob.packets.filter(({ command }) => command === "list_groups")).toHaveLength(listed);
  });

  it("reject an invalid permission value first, whoever sends it, and keep working", async () => {
    const { server, admin } = await startAdministered();
    const anonymous = await openClient(server.port);
    const fields = { name: "x", colour: 0, position: 1, permissions: [3] };
    expect(await statusOf(anonymous, "create_group", fields)).toBe(400);
    expect(await statusOf(admin, "create_group", fields)).toBe(400);
    expect(await statusOf(admin, "nick", { nick: "root" })).toBe(200);
    expect(await statusOf(anonymous, "ping")).toBe(200);
  });

  it("change the permissions of their members immediately", async () => {
    const { server, admin } = await startAdministered();
    const { client: ann, uuid } = await registered(server.port, "ann");
    const channel = await firstChannel(ann);
    const silence = { name: "silenced", permissions: [0, 8, 0], colour: 0, position: 1 };
    const group = (await ask(admin, "create_group", silence)).reply["uuid"] as number;
    expect(await statusOf(ann, "send", { content: "1", channel })).toBe(200);
    await ask(admin, "update_user_groups", { user: uuid, groups: [group] });
    expect(await statusOf(ann, "send", { content: "2", channel })).toBe(403);
    await ask(admin, "update_group", { uuid: group, permissions: [0, 4, 0] });
    expect(await statusOf(ann, "send", { content: "3", channel })).toBe(200);
    await ask(admin, "delete_group", { uuid: group });
    expect(await statusOf(ann, "send", { content: "4", channel })).toBe(200);
  });
});

it("answers requests without a login with the statuses of the protocol", async () => {
  const { port } = await startServer();
  const anonymous = await openClient(port);
  const requests: [command: string, fields: object, status: number][] = [
    ["get_name", {}, 200],
    ["get_icon", {}, 200],
    ["get_metadata", {}, 200],
    ["get_user", { uuid: 1 }, 404],
    ["get_emoji", { uuid: 1 }, 404],
    ["list_emoji", {}, 200],
    ["ping", {}, 200],
    ["leave", {}, 200],
    ["online", {}, 401],
    ["nick", { nick: "x" }, 401],
    ["pfp", { data: png }, 401],
    ["change_password", { new_password: "x" }, 405],
    ["list_channels", {}, 401],
    ["send", { content: "x", channel: 1 }, 401],
    ["history", { num: 1, channel: 1 }, 401],
    ["edit", { message: 1, new_content: "x" }, 401],
    ["delete", { message: 1 }, 401],
    ["sync_set", { uname: "x", pfp: png }, 401],
    ["sync_get", {}, 401],
    ["sync_set_servers", { servers: [] }, 401],
    ["sync_get_servers", {}, 401],
    ["get_last_reads", {}, 401],
    ["mark_as_read", { message: 1 }, 401],
    ["get_num_unread", { channel: 1 }, 401],
    ["create_channel", { name: "x", permissions: {} }, 401],
    ["delete_channel", { channel: 1 }, 401],
    ["update_channel", { uuid: 1 }, 401],
    ["list_groups", {}, 401],
    ["create_group", { permissions: [], name: "x", colour: 0, position: 1 }, 401],
    ["delete_group", { uuid: 1 }, 401],
    ["update_group", { uuid: 1 }, 401],
    ["update_user_groups", { user: 1, groups: [] }, 401],
  ];
  for (const [command, fields, status] of requests) {
    expect([command, await statusOf(anonymous, command, fields)]).toEqual([command, status]);
  }
});
