import { FakeClock, ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { createPool, State } from "../index.ts";
import {
  closeAfterTest,
  inOrder,
  makeMember,
  makePool,
  startNode,
  waitUntil,
} from "../nodes.test-support.ts";

describe("a member without a connection", () => {
  it("is used when it is unreachable and there is no other one", async () => {
    const member = makeMember(await ScriptedNode.deadUrl());
    const events: string[] = [];
    const pool = makePool([member], { migrateAfterMs: 0, debug: ({ event }) => void events.push(event) });
    await pool.assignClient("5");
    member.connect().catch(() => {});
    await waitUntil(() => events.includes("member-unreachable"));
    expect(await pool.findBestClient("6")).toBe(member);
  });

  it("has its time limit from the first guild that it gets, and none once it is connected", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    await two.connect();
    a.stall();
    const clock = new FakeClock();
    const pool = makePool([one, two], { clock, scoringFunction: inOrder(one, two) });
    expect(clock.pending).toBe(0);
    expect(await pool.assignClient("5")).toBe(one);
    expect(clock.pending).toBe(1);
    pool.scoringFunction = inOrder(two, one);
    expect(await pool.assignClient("6")).toBe(two);
    expect(clock.pending).toBe(1);
    await pool.close();
    expect(clock.pending).toBe(0);
    a.resume();
  });

  it("has no timer left after its guilds were moved", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const clock = new FakeClock();
    const pool = makePool([one, two], { clock, migrateAfterMs: 0, scoringFunction: inOrder(one, two) });
    await pool.ping("5");
    a.refuseWith = 503;
    a.drop();
    await waitUntil(() => pool.getClient("5") === two);
    await pool.ping("5");
    expect(clock.pending).toBe(0);
  });
});

it("createPool takes over a given state, and has one of its own by default", () => {
  const state = new State();
  const given = closeAfterTest(createPool([], [], { userId: "1", state }));
  expect(given.state).toBe(state);
  expect(closeAfterTest(createPool([], [], { userId: "1" })).state).toBeInstanceOf(State);
  for (const options of [undefined, null, 5])
    expect(() => createPool([], [], options as never)).toThrow(expect.objectContaining({ field: "options" }));
});
