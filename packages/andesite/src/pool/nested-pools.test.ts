import { FakeClock } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  PoolEmptyError,
  PoolGuildMoveEvent,
  ProblemEvent,
  State,
  WebSocketDisconnectEvent,
  type WebSocketPool,
} from "../index.ts";
import { encoded, makeMember, makePool, nextEvent, startNode, waitUntil } from "../nodes.test-support.ts";

/** Starts two nodes, each behind a pool of its own, and a pool of both pools that prefers the first. */
async function startNested(options: { readonly state?: boolean | State } = {}) {
  const nodes = [await startNode(), await startNode()] as const;
  const members = nodes.map((node) => makeMember(node));
  const [one, two] = members.map((member) => makePool([member], { state: false })) as [
    WebSocketPool,
    WebSocketPool,
  ];
  const outer = makePool([one, two], {
    ...options,
    scoringFunction: ({ client }) => (client === one ? 1 : 0),
  });
  return { nodes, one, two, outer };
}

const play = async (pool: WebSocketPool) => {
  await pool.voiceServerUpdate("5", "s", { endpoint: "e", guild_id: "5", token: "t" });
  await pool.play("5", encoded("a"), { volume: 0.5 });
  await pool.ping("5");
};

describe("a pool that leaves a pool of pools", () => {
  it("gives its players with their settings to the next one, and destroys them on its node", async () => {
    const { nodes, one, two, outer } = await startNested();
    const [a, b] = nodes;
    const moves: PoolGuildMoveEvent[] = [];
    outer.on(PoolGuildMoveEvent, (event) => void moves.push(event));
    await play(outer);
    expect([outer.getClient("5") === one, a.player("5")?.track]).toEqual([true, encoded("a")]);
    await outer.pullClient(one);
    await outer.ping("5");
    expect(b.player("5")).toMatchObject({ track: encoded("a"), volume: 50 });
    expect(b.opsOf("5").slice(0, 2)).toEqual(["voice-server-update", "play"]);
    await waitUntil(() => a.players.size === 0);
    expect([outer.size, outer.getClient("5") === two]).toEqual([1, true]);
    expect(moves).toHaveLength(1);
    expect(moves[0]).toMatchObject({ guildId: "5" });
    expect([moves[0]?.pool === outer, moves[0]?.client === two]).toEqual([true, true]);
  });

  it("leaves no player behind without a state, nor without a player", async () => {
    const { nodes, one, outer } = await startNested({ state: false });
    await play(outer);
    await outer.pullClient(one);
    await outer.ping("5");
    expect([nodes[1].players.size, nodes[1].opsOf("5")]).toEqual([0, []]);
    await waitUntil(() => nodes[0].players.size === 0);
  });

  it("is reported when the state cannot be read, and its guild moves without the player", async () => {
    class Unreadable extends State {
      isBroken = false;

      override get(guildId: string) {
        return this.isBroken ? Promise.reject(new Error("no database")) : super.get(guildId);
      }
    }
    const state = new Unreadable();
    const { nodes, one, two, outer } = await startNested({ state });
    const problems: string[] = [];
    outer.on(ProblemEvent, ({ error }) => void problems.push(String(error)));
    await play(outer);
    state.isBroken = true;
    const moved = outer.subscribe(PoolGuildMoveEvent).first();
    await outer.pullClient(one);
    await moved;
    await outer.volume("5", 2);
    await outer.ping("5");
    expect([outer.getClient("5") === two, nodes[1].opsOf("5"), problems]).toEqual([
      true,
      ["volume"],
      ["Error: no database"],
    ]);
  });
});

describe("the last member of a pool", () => {
  it("takes the guilds along when it is pulled: messages are rejected, and the move names no client", async () => {
    const member = makeMember("ws://127.0.0.1:9/");
    const entries: object[] = [];
    const pool = makePool([member], {
      migrateAfterMs: Number.POSITIVE_INFINITY,
      debug: ({ source, event, details }) => void entries.push({ source, event, details }),
    });
    const sent = pool.stop("5");
    await pool.assignClient("5");
    const moved = pool.subscribe(PoolGuildMoveEvent).first();
    await pool.pullClient(member);
    await expect(sent).rejects.toThrow(PoolEmptyError);
    expect(await moved).toMatchObject({ guildId: "5", client: null });
    expect(pool.getClient("5")).toBeNull();
    const client = String(member);
    expect(entries).toEqual([
      { source: "pool", event: "member-added", details: { client } },
      {
        source: "pool",
        event: "member-scored",
        details: { guildId: "5", client, nodeRegion: null, score: [0, 0, -0] },
      },
      { source: "pool", event: "guild-assigned", details: { guildId: "5", client } },
      { source: "pool", event: "migration-started", details: { client, reason: "removed", guilds: 1 } },
      { source: "pool", event: "member-removed", details: { client, isClosed: false } },
      { source: "pool", event: "guild-assigned", details: { guildId: "5", client: null } },
      { source: "pool", event: "guild-moved", details: { guildId: "5", client: null, messages: 1 } },
    ]);
  });
});

describe("a lost connection", () => {
  it("moves the guilds while the next attempt is neither accepted nor refused", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const clock = new FakeClock();
    const pool = makePool([one, two], { clock, scoringFunction: ({ client }) => (client === one ? 1 : 0) });
    await play(pool);
    const lost = nextEvent(one, WebSocketDisconnectEvent);
    a.drop();
    a.stall();
    await lost;
    expect(clock.pending).toBe(1);
    await clock.advance(30);
    await waitUntil(() => pool.getClient("5") === two);
    a.resume();
  });

  it("moves no guild when the program has disconnected the member itself", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], {
      migrateAfterMs: 0,
      scoringFunction: ({ client }) => (client === one ? 1 : 0),
    });
    await play(pool);
    await two.connect();
    await one.disconnect();
    expect(await pool.assignClient("5")).toBe(one);
  });
});

it("moves guilds that wait for an unreachable member to one that is added", async () => {
  const b = await startNode();
  const one = makeMember("ws://127.0.0.1:9/");
  const pool = makePool([one], { migrateAfterMs: 0 });
  const sent = pool.stop("5");
  await pool.assignClient("5");
  await waitUntil(() => pool.getClient("5") === one);
  const two = makeMember(b);
  await two.connect();
  pool.addClient(two);
  await sent;
  expect(pool.getClient("5")).toBe(two);
});
