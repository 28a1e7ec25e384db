import { describe, expect, it } from "vitest";
import { Access } from "../access.ts";
import { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { AccessRules } from "../store/store.ts";
import { type CatchUpMoment, CatchUps } from "./replay-cache.ts";

const noFacts = { channels: [], groups: [], overrides: [], memberships: new Map() } as unknown as AccessRules;

const moment = (newest: number): CatchUpMoment => ({
  newest,
  access: new Access(noFacts),
  identity: { name: "a server", icon: "" },
});

const answer = (text = ""): OutgoingPacket =>
  new OutgoingPacket({ command: "events_after", status: 200, ...{ text } });

describe("answers to clients that catch up", () => {
  it("serve everybody who asks the same at the same moment", () => {
    const kept = new CatchUps();
    const now = moment(5);
    const one = answer();
    kept.keep(now, "1 100 r", one);
    expect(kept.find(now, "1 100 r")).toBe(one);
    expect(kept.find(now, "1 100 -")).toBeUndefined();
    expect(kept.find(now, "2 100 r")).toBeUndefined();
  });

  it.each([
    ["something has happened", { newest: 6 }],
    ["permissions are others", { access: new Access(noFacts) }],
    ["the server is called something else", { identity: { name: "another", icon: "" } }],
  ])("count no more when %s", (_, change) => {
    const kept = new CatchUps();
    const before = moment(5);
    const after = { ...before, ...change };
    kept.keep(before, "q", answer());
    expect(kept.find(after, "q")).toBeUndefined();
    const fresh = answer();
    kept.keep(after, "q", fresh);
    expect(kept.find(after, "q")).toBe(fresh);
    expect(kept.find(before, "q")).toBeUndefined();
  });

  it("are not replaced by one that comes late", () => {
    const kept = new CatchUps();
    const now = moment(5);
    const fresh = answer();
    kept.keep(now, "q", fresh);
    kept.keep({ ...now, newest: 4 }, "q", answer());
    expect(kept.find(now, "q")).toBe(fresh);
  });

  it("are kept only as long as there is room", () => {
    const kept = new CatchUps();
    const now = moment(5);
    const large = "x".repeat(3 * 1024 * 1024);
    for (const question of ["a", "b", "c"]) kept.keep(now, question, answer(large));
    expect(["a", "b", "c"].map((question) => kept.find(now, question) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
