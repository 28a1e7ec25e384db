import { describe, expect, it } from "vitest";
import { Access } from "../access.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { AccessRules } from "../store/store.ts";
import { ReplayCache, type ReplayVersion } from "./replay-cache.ts";

const noFacts = { channels: [], groups: [], overrides: [], memberships: new Map() } as unknown as AccessRules;

const versionAt = (newest: number): ReplayVersion => ({
  newest,
  access: new Access(noFacts),
  identity: { name: "a server", icon: "" },
});

const replyOf = (text = ""): OutgoingPacket =>
  new OutgoingPacket(JSON.stringify({ command: "events_after", status: 200, text }));

describe("cached replies", () => {
  it("are returned for the same key and version", () => {
    const cache = new ReplayCache();
    const version = versionAt(5);
    const one = replyOf();
    cache.add(version, "1 100 r", one);
    expect(cache.get(version, "1 100 r")).toBe(one);
    expect(cache.get(version, "1 100 -")).toBeUndefined();
    expect(cache.get(version, "2 100 r")).toBeUndefined();
  });

  it.each([
    ["there is a newer event", { newest: 6 }],
    ["permissions change", { access: new Access(noFacts) }],
    ["the server is renamed", { identity: { name: "another", icon: "" } }],
  ])("are invalid when %s", (_, change) => {
    const cache = new ReplayCache();
    const before = versionAt(5);
    const after = { ...before, ...change };
    cache.add(before, "q", replyOf());
    expect(cache.get(after, "q")).toBeUndefined();
    const fresh = replyOf();
    cache.add(after, "q", fresh);
    expect(cache.get(after, "q")).toBe(fresh);
    expect(cache.get(before, "q")).toBeUndefined();
  });

  it("are not replaced by a reply of an older version", () => {
    const cache = new ReplayCache();
    const version = versionAt(5);
    const fresh = replyOf();
    cache.add(version, "q", fresh);
    cache.add({ ...version, newest: 4 }, "q", replyOf());
    expect(cache.get(version, "q")).toBe(fresh);
  });

  it("are limited in total size", () => {
    const cache = new ReplayCache();
    const version = versionAt(5);
    const large = "x".repeat(3 * 1024 * 1024);
    for (const key of ["a", "b", "c"]) cache.add(version, key, replyOf(large));
    expect(["a", "b", "c"].map((key) => cache.get(version, key) !== undefined)).toEqual([true, true, false]);
  });
});
