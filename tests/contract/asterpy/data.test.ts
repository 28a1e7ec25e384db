// asterpy's Emoji, SyncServer and SyncData, on a real server.

import { Emoji, SyncData, SyncServer } from "@asterite/aster";
import { expect, it } from "vitest";
import { shareChat } from "../../support/shared-chat.ts";

const chat = shareChat();

// Shows asterpy: Emoji Emoji.data Emoji.name Emoji.uuid
it("represents a custom emoji with name, uuid and PNG bytes", async () => {
  const admin = await chat.connect("admin");
  const uuid = await admin.admin.createEmoji("smile", admin.icon);
  const emoji = await admin.fetchEmoji(uuid);
  expect(emoji).toBeInstanceOf(Emoji);
  expect(emoji).toMatchObject({ name: "smile", uuid });
  expect(emoji.data).toEqual(admin.icon);
  const created = new Emoji("smile", uuid, admin.icon);
  expect([created.name, created.uuid, created.data]).toEqual(["smile", uuid, admin.icon]);
});

// Shows asterpy: SyncServer SyncServer.ip SyncServer.port SyncServer.pfp SyncServer.name SyncServer.uuid
// SyncServer.from_json SyncData SyncData.uname SyncData.pfp SyncData.servers SyncData.from_json/0-3,5
it("synchronizes name, picture and server list between the clients of an account", async () => {
  const one = await chat.connect("synchronized");
  const entry = new SyncServer({ ip: "example.org", port: 2345, name: "Example", pfp: one.icon, uuid: 42 });
  const own = new SyncServer({ ip: "127.0.0.1", port: chat.port });
  await one.setSync(new SyncData("Ann", one.icon, [entry, own]));
  await one.setSyncServers([entry, own]);

  const other = await chat.connect("synchronized");
  const value = await other.getResponse({ command: "sync_get" });
  const servers = await other.getResponse({ command: "sync_get_servers" });
  const data = SyncData.fromJson(value, servers);
  expect(data).toBeInstanceOf(SyncData);
  expect([data?.uname, data?.pfp]).toEqual(["Ann", one.icon]);
  const [first, second] = data?.servers ?? [];
  expect([first, second].every((server) => server instanceof SyncServer)).toBe(true);
  expect([first?.ip, first?.port, first?.name, first?.pfp, first?.uuid]).toEqual([
    "example.org",
    2345,
    "Example",
    one.icon,
    42,
  ]);
  expect([second?.ip, second?.port, second?.uuid]).toEqual(["127.0.0.1", chat.port, undefined]);
  const { servers: list } = await other.command("sync_get_servers", {});
  const [raw] = list;
  if (!raw) throw new Error("the list is empty");
  expect(SyncServer.fromJson(raw)).toEqual(first);
  expect(await other.fetchSync()).toEqual(data);
});

// Shows asterpy: SyncData.from_json/4
it("has no sync data while the account has stored none", async () => {
  const server = await chat.connect("stores nothing");
  const value = await server.getResponse({ command: "sync_get" });
  expect(value).toMatchObject({ status: 404 });
  const servers = await server.getResponse({ command: "sync_get_servers" });
  expect(SyncData.fromJson(value, servers)).toBeUndefined();
  expect(await server.fetchSync()).toBeUndefined();
});
