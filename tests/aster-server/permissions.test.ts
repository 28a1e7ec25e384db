import { Permissions } from "@asterite/aster-protocol";
import type { PacketClient, ReceivedPacket } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { type AdministeredServer, startAdministered } from "../support/admin.ts";
import { ask, firstChannel, openClient, register, startServer, statusOf } from "../support/server.ts";

const replyTo = async (client: PacketClient, command: string, fields: object = {}): Promise<ReceivedPacket> =>
  (await ask(client, command, fields)).reply;

async function openAccount(port: number, name: string): Promise<{ client: PacketClient; uuid: number }> {
  const client = await openClient(port);
  await ask(client, "hello", { client: "test/1", extensions: ["reasons"] });
  return { client, uuid: await register(client, name) };
}

/** Status and reason of a reply. */
const outcomeOf = async (client: PacketClient, command: string, fields: object = {}): Promise<unknown[]> => {
  const { status, reason } = await replyTo(client, command, fields);
  return reason === undefined ? [status] : [status, reason];
};

const rights = Permissions.of({
  modify_groups: "allow",
  modify_user_groups: "allow",
  modify_channels: "allow",
  ban_users: "allow",
});

interface Moderated extends AdministeredServer {
  readonly port: number;
  readonly moderator: PacketClient;
  readonly moderatorUuid: number;
  readonly moderators: number;
  readonly low: number;
}

/** Starts a server with a moderator, who ranks between the administrator and an empty group. */
async function startModerated(): Promise<Moderated> {
  const administered = await startAdministered();
  const { server, admin } = administered;
  const { client: moderator, uuid: moderatorUuid } = await openAccount(server.port, "moderator");
  const create = async (name: string, position: number, permissions: Permissions): Promise<number> => {
    const reply = await replyTo(admin, "create_group", { name, colour: 0, position, permissions });
    return reply["uuid"] as number;
  };
  const moderators = await create("moderators", 1, rights);
  const low = await create("low", 2, Permissions.none);
  await ask(admin, "update_user_groups", { user: moderatorUuid, groups: [moderators] });
  return { ...administered, port: server.port, moderator, moderatorUuid, moderators, low };
}

describe("a user without the top rank or all permissions", () => {
  it("changes no base permissions", async () => {
    const { moderator, admin } = await startModerated();
    const permissions = Permissions.initialBase;
    expect(await outcomeOf(moderator, "set_base_permissions", { permissions })).toEqual([403, "rank"]);
    expect(await statusOf(admin, "set_base_permissions", { permissions: Permissions.all })).toBe(200);
  });

  it("grants no permission that they lack through a group", async () => {
    const { moderator, moderatorUuid, moderators, low } = await startModerated();
    const group = { name: "new", colour: 0, position: 2 };
    const escalation = [403, "permission:modify_icon_name"];
    expect(await outcomeOf(moderator, "create_group", { ...group, permissions: Permissions.all })).toEqual(
      escalation,
    );
    expect(await outcomeOf(moderator, "update_group", { uuid: low, permissions: Permissions.all })).toEqual(
      escalation,
    );
    const created = await replyTo(moderator, "create_group", { ...group, permissions: rights });
    expect(created.status).toBe(200);
    const groups = [moderators, created["uuid"]];
    expect(await outcomeOf(moderator, "update_user_groups", { user: moderatorUuid, groups })).toEqual([200]);
  });

  it("neither joins a group with more permissions nor removes or reorders one that denies them", async () => {
    const { admin, moderator, moderators, moderatorUuid } = await startModerated();
    const create = async (permissions: Permissions): Promise<unknown> =>
      (await replyTo(admin, "create_group", { name: "x", colour: 0, position: 2, permissions }))["uuid"];
    const helpers = await create(Permissions.of({ manage_messages: "allow" }));
    const muted = await create(Permissions.of({ manage_messages: "deny" }));
    const escalation = [403, "permission:manage_messages"];
    const join = { user: moderatorUuid, groups: [moderators, helpers] };
    expect(await outcomeOf(moderator, "update_user_groups", join)).toEqual(escalation);
    expect(await outcomeOf(moderator, "update_group", { uuid: helpers, position: 2 })).toEqual(escalation);
    expect(await outcomeOf(moderator, "delete_group", { uuid: muted })).toEqual(escalation);
    expect(await outcomeOf(moderator, "delete_group", { uuid: helpers })).toEqual([200]);
  });

  it("bans, unbans and deletes accounts of lower rank only", async () => {
    const { port, admin, moderator, moderators, adminUuid } = await startModerated();
    const { uuid: equal } = await openAccount(port, "equal");
    const { uuid: below } = await openAccount(port, "below");
    await ask(admin, "update_user_groups", { user: equal, groups: [moderators] });
    for (const command of ["delete_account", "ban_user"]) {
      for (const user of [adminUuid, equal]) {
        expect(await outcomeOf(moderator, command, { user })).toEqual([403, "rank"]);
      }
    }
    await ask(admin, "ban_user", { user: equal });
    expect(await outcomeOf(moderator, "unban_user", { user: equal })).toEqual([403, "rank"]);
    expect((await replyTo(admin, "list_bans"))["data"]).toEqual([{ user: equal, date: expect.any(Number) }]);
    expect(await outcomeOf(moderator, "delete_account", { user: below })).toEqual([200]);
  });
});

it("the top rank appoints others of its rank, who cannot be removed by it", async () => {
  const { port, admin, adminGroup, moderator, moderatorUuid } = await startModerated();
  const { uuid, client } = await openAccount(port, "second");
  const promote = { user: uuid, groups: [adminGroup] };
  expect(await outcomeOf(moderator, "update_user_groups", promote)).toEqual([403, "rank"]);
  expect(await statusOf(admin, "update_user_groups", promote)).toBe(200);
  expect(await outcomeOf(client, "set_server", { name: "renamed" })).toEqual([200]);
  expect(await statusOf(admin, "update_user_groups", { user: uuid, groups: [] })).toBe(403);
  const second = { user: moderatorUuid, groups: [adminGroup] };
  expect(await outcomeOf(client, "update_user_groups", { ...second, groups: [] })).toEqual([200]);
});

describe("channels", () => {
  it("that a user cannot see can be neither changed nor deleted nor opened by them", async () => {
    const { admin, moderator, moderatorUuid, moderators, low } = await startModerated();
    const hide = Permissions.of({ view_channel: "deny" });
    const { uuid } = await replyTo(admin, "create_channel", {
      name: "hidden",
      permissions: {
        [`group:${moderators}`]: hide,
        [`group:${low}`]: Permissions.of({ view_channel: "allow" }),
      },
    });
    const message = (await replyTo(admin, "send", { channel: uuid, content: "secret" }))["message"];
    const open = { [`user:${moderatorUuid}`]: Permissions.of({ view_channel: "allow" }) };
    expect(await outcomeOf(moderator, "update_channel", { uuid, permissions: open })).toEqual([
      404,
      "unknown:uuid",
    ]);
    expect(await outcomeOf(moderator, "delete_channel", { channel: uuid })).toEqual([404, "unknown:channel"]);
    // A lower group whose override opens the channel is no way in either.
    const join = { user: moderatorUuid, groups: [moderators, low] };
    expect(await outcomeOf(moderator, "update_user_groups", join)).toEqual([403, "permission:view_channel"]);
    expect(await outcomeOf(moderator, "history", { channel: uuid, num: 1 })).toEqual([
      404,
      "unknown:channel",
    ]);
    expect(await outcomeOf(moderator, "delete", { message })).toEqual([404, "unknown:message"]);
    expect(await statusOf(admin, "update_channel", { uuid, permissions: open })).toBe(200);
    expect(await outcomeOf(moderator, "update_channel", { uuid, name: "seen" })).toEqual([200]);
  });

  it("get overrides that grant no more than their author has, and deny nothing to a higher rank", async () => {
    const { moderator, moderatorUuid, adminUuid, adminGroup, low } = await startModerated();
    const uuid = await firstChannel(moderator);
    const set = (key: string, permissions: Permissions) =>
      outcomeOf(moderator, "update_channel", { uuid, permissions: { [key]: permissions } });
    const manage = Permissions.of({ manage_messages: "allow" });
    for (const key of [`user:${moderatorUuid}`, `group:${low}`]) {
      expect(await set(key, manage)).toEqual([403, "permission:manage_messages"]);
    }
    const name = { name: "x", permissions: { [`user:${moderatorUuid}`]: manage } };
    expect(await outcomeOf(moderator, "create_channel", name)).toEqual([403, "permission:manage_messages"]);
    const hide = Permissions.of({ view_channel: "deny" });
    for (const key of [`user:${adminUuid}`, `group:${adminGroup}`]) {
      expect(await set(key, hide)).toEqual([403, "rank"]);
    }
    expect(await set(`group:${low}`, hide)).toEqual([200]);
  });
});

it("an edit needs what sending needs", async () => {
  const { server, admin } = await startAdministered();
  const { client: ann, uuid } = await openAccount(server.port, "ann");
  const channel = await firstChannel(ann);
  const message = (await replyTo(ann, "send", { content: "hi", channel }))["message"];
  const edit = (new_content: string) => outcomeOf(ann, "edit", { message, new_content });
  expect(await edit("\u2003\n")).toEqual([400, "empty:new_content"]);
  expect(await edit("x".repeat(10_001))).toEqual([400, "too_long:new_content:10000"]);
  const deny = (permission: "send_messages" | "view_channel") =>
    ask(admin, "update_channel", {
      uuid: channel,
      permissions: { [`user:${uuid}`]: Permissions.of({ [permission]: "deny" }) },
    });
  await deny("send_messages");
  expect(await edit("muted")).toEqual([403, "permission:send_messages"]);
  await deny("view_channel");
  expect(await edit("hidden")).toEqual([404, "unknown:message"]);
  const { data } = await replyTo(admin, "history", { channel, num: 1 });
  expect(data).toMatchObject([{ content: "hi", edited: false }]);
});

it("two registrations of one name at the same time create one account", async () => {
  const { port } = await startServer();
  const clients = await Promise.all([openClient(port), openClient(port)]);
  const statuses = await Promise.all(
    clients.map((client) => statusOf(client, "register", { uname: "ann", passwd: "secret" })),
  );
  expect(statuses.sort()).toEqual([200, 409]);
  expect((await replyTo(await openClient(port), "get_metadata"))["data"]).toHaveLength(1);
});

it("a catch-up from the same event returns to each account only what it can see", async () => {
  const { server, admin } = await startAdministered();
  const { client: ann } = await openAccount(server.port, "ann");
  const { client: bob, uuid } = await openAccount(server.port, "bob");
  const [start] = [(await replyTo(admin, "hello", { client: "x", extensions: ["cursor"] }))["cursor"]];
  const { uuid: channel } = await replyTo(admin, "create_channel", {
    name: "not for bob",
    permissions: { [`user:${uuid}`]: Permissions.of({ view_channel: "deny" }) },
  });
  await ask(admin, "send", { channel, content: "secret" });
  const caughtUp = async (client: PacketClient): Promise<string> =>
    JSON.stringify((await replyTo(client, "events_after", { cursor: start, limit: 100 }))["events"]);
  // Both orders: the reply to the first account is shared with accounts that see the same.
  for (const [first, second] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const [one, other] = [await caughtUp(first), await caughtUp(second)];
    const [annSees, bobSees] = first === ann ? [one, other] : [other, one];
    expect(annSees).toContain("secret");
    expect(annSees).toContain("not for bob");
    expect(bobSees).not.toContain("secret");
    expect(bobSees).not.toContain("not for bob");
    // A new event invalidates the shared replies.
    await ask(admin, "send", { channel, content: "secret" });
  }
});

describe("channel states", () => {
  const openBot = async (port: number, name: string) => {
    const client = await openClient(port);
    await ask(client, "hello", { client: "test/1", extensions: ["reasons", "state"] });
    return { client, uuid: await register(client, name) };
  };

  it("under a reserved key need manage_messages", async () => {
    const { server, admin } = await startAdministered({ reservedStateKeys: ["music"] });
    const { client: ann } = await openBot(server.port, "ann");
    const channel = await firstChannel(ann);
    const state = { channel, key: "music", value: "x" };
    expect(await outcomeOf(ann, "set_channel_state", state)).toEqual([403, "permission:manage_messages"]);
    expect(await outcomeOf(ann, "set_channel_state", { ...state, key: "song" })).toEqual([200]);
    expect(await statusOf(admin, "set_channel_state", state)).toBe(200);
  });

  it("are cleared and taken over by users with manage_messages, and readers see by whom", async () => {
    const { server, admin, adminUuid } = await startAdministered();
    const { client: ann, uuid } = await openBot(server.port, "ann");
    const { client: bob } = await openBot(server.port, "bob");
    const channel = await firstChannel(ann);
    const state = { channel, key: "music", value: "x" };
    await ask(ann, "set_channel_state", state);
    expect(await outcomeOf(bob, "set_channel_state", { ...state, value: null })).toEqual([409, "taken:key"]);
    expect(await statusOf(admin, "set_channel_state", { ...state, value: "y" })).toBe(200);
    expect((await replyTo(bob, "list_channel_state", { channel }))["data"]).toEqual([
      { ...state, value: "y", author_uuid: adminUuid },
    ]);
    expect(await outcomeOf(ann, "set_channel_state", state)).toEqual([409, "taken:key"]);
    expect(await statusOf(admin, "set_channel_state", { ...state, value: null })).toBe(200);
    expect(await outcomeOf(ann, "set_channel_state", state)).toEqual([200]);
    await ask(bob, "ping");
    const authors = bob.packets
      .filter(({ command, value }) => command === "channel_state" && value !== undefined)
      .map((packet) => [packet["value"], packet["author_uuid"]]);
    expect(authors).toEqual([
      ["x", uuid],
      ["y", adminUuid],
      [null, adminUuid],
      ["x", uuid],
    ]);
  });

  it("end when their author is muted, in that channel only", async () => {
    const { server, admin } = await startAdministered();
    const { client: ann, uuid } = await openBot(server.port, "ann");
    const { client: bob } = await openBot(server.port, "bob");
    const channel = await firstChannel(ann);
    const other = (await replyTo(admin, "create_channel", { name: "other", permissions: {} }))["uuid"];
    for (const each of [channel, other]) {
      await ask(ann, "set_channel_state", { channel: each, key: "music", value: "x" });
    }
    const permissions = { [`user:${uuid}`]: Permissions.of({ send_messages: "deny" }) };
    await ask(admin, "update_channel", { uuid: channel, permissions });
    const { packet } = await bob.until(({ command, value }) => command === "channel_state" && value === null);
    expect(packet).toMatchObject({ channel, key: "music", author_uuid: uuid });
    expect((await replyTo(bob, "list_channel_state", { channel }))["data"]).toEqual([]);
    expect((await replyTo(bob, "list_channel_state", { channel: other }))["data"]).toHaveLength(1);
  });
});
