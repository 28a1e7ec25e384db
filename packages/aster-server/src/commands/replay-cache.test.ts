import { describe, expect, it } from "vitest";
import { Access } from "../access.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { AccessFacts } from "../store/store.ts";
import { ReplayCache, type ReplayVersion } from "./replay-cache.ts";

const noFacts = { channels: [], groups: [], overrides: [], memberships: new Map() } as unknown as AccessFacts;

const moment = (newest: number): ReplayVersion => ({
  newest,
  access: new Access(noFacts),
  identity: { name: "a server", icon: "" },
});

const answer = (text = ""): OutgoingPacket =>
  new OutgoingPacket({ command: "events_after", status: 200, ...{ text } });

describe("answers to clients that catch up", () => {
  it("serve everybody who asks the same at the same moment", () => {
    const kept = new ReplayCache();
    const now = moment(5);
    const one = answer();
    kept.add(now, "1 100 r", one);
    expect(kept.get(now, "1 100 r")).toBe(one);
    expect(kept.get(now, "1 100 -")).toBeUndefined();
    expect(kept.get(now, "2 100 r")).toBeUndefined();
  });

  it.each([
    ["something has happened", { newest: 6 }],
    ["permissions are others", { access: new Access(noFacts) }],
    ["the server is called something else", { identity: { name: "another", icon: "" } }],
  ])("count no more when %s", (_, change) => {
    const kept = new ReplayCache();
    const before = moment(5);
    const after = { ...before, ...change };
    kept.add(before, "q", answer());
    expect(kept.get(after, "q")).toBeUndefined();
    const fresh = answer();
    kept.add(after, "q", fresh);
    expect(kept.get(after, "q")).toBe(fresh);
    expect(kept.get(before, "q")).toBeUndefined();
  });

  it("are not replaced by one that comes late", () => {
    const kept = new ReplayCache();
    const now = moment(5);
    const fresh = answer();
    kept.add(now, "q", fresh);
    kept.add({ ...now, newest: 4 }, "q", answer());
    expect(kept.get(now, "q")).toBe(fresh);
  });

  it("are kept only as long as there is room", () => {
    const kept = new ReplayCache();
    const now = moment(5);
    const large = "x".repeat(3 * 1024 * 1024);
    for (const question of ["a", "b", "c"]) kept.add(now, question, answer(large));
    expect(["a", "b", "c"].map((question) => kept.get(now, question) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
