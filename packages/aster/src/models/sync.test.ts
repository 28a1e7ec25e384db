import { describe, expect, it } from "vitest";
import { SyncData, SyncServer } from "./sync.ts";

const entry = { uuid: null, uname: "ann", ip: "chat.example.org", port: 2345, pfp: null, name: null };

describe("SyncServer.fromJson", () => {
  it("reads an entry, with or without its index", () => {
    const server = SyncServer.fromJson({ ...entry, uuid: 7, name: "Home", pfp: "AQI=" });
    expect([server.uuid, server.name, [...server.pfp]]).toEqual([7, "Home", [1, 2]]);
    expect(SyncServer.fromJson({ ...entry, idx: 3 }).toJSON()).toEqual({ ...entry, idx: 0 });
  });

  it.each([
    [{}, /^uname is undefined; allowed: string/],
    [{ ...entry, port: "2345" }, /^port is "2345"; allowed: integer from/],
    [{ ...entry, ip: undefined }, /^ip is undefined/],
    [{ ...entry, name: 5 }, /^name is 5/],
    [null, /^value is null/],
    ["text", /^value is "text"/],
    [[], /./],
  ])("rejects %j with the name of the field", (value, message) => {
    const read = () => SyncServer.fromJson(value as typeof entry);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "ARGUMENT_INVALID" }));
  });
});

describe("SyncData.fromJson", () => {
  const data = { command: "sync_get", status: 200, uname: "ann", pfp: "AQI=" };
  const servers = { command: "sync_get_servers", status: 200, servers: [{ ...entry, idx: 0 }] };

  it("reads both replies, and returns undefined for status 404", () => {
    const sync = SyncData.fromJson(data, servers);
    expect([sync?.uname, sync?.servers.map(({ ip }) => ip)]).toEqual(["ann", ["chat.example.org"]]);
    expect(SyncData.fromJson({ ...data, status: 404 }, servers)).toBeUndefined();
  });

  it.each([
    [{ ...data, uname: 5 }, servers, "PROTOCOL_VIOLATION", /field uname: expected string/],
    [data, { ...servers, servers: [{}] }, "PROTOCOL_VIOLATION", /field servers\.0\.\w+/],
    [{ ...data, status: 401 }, servers, "COMMAND_FAILED", /sync_get failed with status 401/],
    [{}, servers, "ARGUMENT_INVALID", /sync_get\.status is undefined/],
    [data, {}, "ARGUMENT_INVALID", /sync_get_servers\.status is undefined/],
  ])("rejects %j and %j", (value, list, code, message) => {
    const read = () => SyncData.fromJson(value as typeof data, list as typeof servers);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code }));
  });
});
