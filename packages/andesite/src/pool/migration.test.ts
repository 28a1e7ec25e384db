import { FakeClock, ScriptedNode, settled } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { QueueFullError } from "../advanced.ts";
import {
  PoolEmptyError,
  ProblemEvent,
  TrackStartEvent,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
  type WebSocketPool,
} from "../index.ts";
import {
  encoded,
  inOrder,
  makeMember,
  makePool,
  nextEvent,
  startNode,
  waitUntil,
} from "../nodes.test-support.ts";

const play = async (pool: WebSocketPool, guilds: readonly string[]) => {
  await Promise.all(
    guilds.map(async (guild) => {
      await pool.voiceServerUpdate(guild, "s", { endpoint: "e", guild_id: guild, token: "t" });
      await pool.play(guild, encoded(`track ${guild}`), { volume: 0.5 });
      await pool.ping(guild);
    }),
  );
  // Unacknowledged operations would be sent again after a lost connection.
  for (const guild of guilds) await pool.ping(guild);
};
const guilds = ["5", "6", "7"];

describe("migration", () => {
  it("moves the players of a pulled node that is reachable", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, guilds);
    await pool.pullClient(one);
    await pool.ping("7");
    expect(guilds.map((guild) => b.player(guild))).toMatchObject(
      guilds.map((guild) => ({ track: encoded(`track ${guild}`), volume: 50 })),
    );
    await one.connect();
    await waitUntil(() => a.players.size === 0);
    expect(b.opsOf("5")).toEqual(["voice-server-update", "play"]);
    expect([pool.size, pool.getGuildIds(two).size]).toEqual([1, 3]);
  });

  it("moves players of a dead node with their unacknowledged operations", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, guilds);
    a.onOperation = () => true;
    await pool.pause("5", true);
    await pool.play("6", encoded("another"));
    await a.die();
    const late = pool.volume("7", 2);
    await waitUntil(() => pool.getClient("5") === two);
    await late;
    await Promise.all(guilds.map((guild) => pool.ping(guild)));
    expect(b.player("5")).toMatchObject({ track: encoded("track 5"), paused: true, volume: 50 });
    expect(b.player("6")).toMatchObject({ track: encoded("another"), volume: 50 });
    expect(b.player("7")).toMatchObject({ track: encoded("track 7"), volume: 200 });
    expect(pool.has(one)).toBe(true);
  });

  it("destroys moved players on a node that comes back, and ignores its messages about them", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two), migrateAfterMs: 0 });
    await play(pool, guilds);
    const starts: string[] = [];
    pool.on(TrackStartEvent, ({ guildId }) => starts.push(guildId));
    a.refuseWith = 503;
    a.drop();
    await waitUntil(() => guilds.every((guild) => pool.getClient(guild) === two));
    a.event("5", { type: "TrackStartEvent", track: encoded("late") });
    const back = one.eventTarget.subscribe(WebSocketConnectEvent).first();
    a.refuseWith = null;
    await back;
    await waitUntil(() => a.players.size === 0);
    await pool.ping("5");
    expect(starts.sort()).toEqual(guilds);
    const player = await (await pool.state?.get("5"))?.getTrack();
    expect(player).toBe(encoded("track 5"));
  });

  it("removes a member that gives up, and moves its guilds", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a, { maxConnectAttempts: 1 }), makeMember(b)];
    const pool = makePool([one, two], {
      scoringFunction: inOrder(one, two),
      migrateAfterMs: Number.POSITIVE_INFINITY,
    });
    await play(pool, guilds);
    await a.die();
    const sent = pool.pause("5", true);
    await sent;
    await pool.ping("5");
    expect(one.closed).toBe(true);
    expect(pool.has(one)).toBe(false);
    expect(b.player("5")).toMatchObject({ track: encoded("track 5"), paused: true });
  });

  it("waits for the only node", async () => {
    const a = await startNode();
    const pool = makePool([makeMember(a)], { migrateAfterMs: 0 });
    await play(pool, ["5"]);
    await a.die();
    const sent = pool.volume("5", 2);
    await a.restart();
    await sent;
    await pool.ping("5");
    expect(a.player("5")).toMatchObject({ track: encoded("track 5"), volume: 200 });
  });

  it("moves queued messages, but no players, without a state", async () => {
    const b = await startNode();
    const [one, two] = [makeMember(await ScriptedNode.deadUrl()), makeMember(b)];
    const pool = makePool([one, two], {
      scoringFunction: inOrder(one, two),
      state: false,
      migrateAfterMs: Number.POSITIVE_INFINITY,
    });
    const sent = [pool.volume("5", 1), pool.pause("5", true)];
    await waitUntil(() => pool.getClient("5") === one);
    await pool.pullClient(one);
    await Promise.all(sent);
    await pool.ping("5");
    expect(b.opsOf("5")).toEqual(["volume", "pause"]);
    await pool.pullClient(two);
    expect(pool.getClient("5")).toBeNull();
    await expect(pool.stop("5")).rejects.toThrow(PoolEmptyError);
    expect(await settled(() => pool.size)).toBe(0);
  });
});

describe("migrateAfterMs of 0", () => {
  // The clock of these pools does not advance: no step may depend on a timer.
  const atOnce = () => ({ migrateAfterMs: 0, clock: new FakeClock() });

  it("moves players immediately when the connection is lost", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { ...atOnce(), scoringFunction: inOrder(one, two) });
    await play(pool, guilds);
    await a.die();
    await waitUntil(() => guilds.every((guild) => b.player(guild)?.track === encoded(`track ${guild}`)));
    expect(guilds.map((guild) => pool.getClient(guild))).toEqual(guilds.map(() => two));
  });

  it("moves guilds when the first connection of their node fails", async () => {
    const b = await startNode();
    const [one, two] = [makeMember(await ScriptedNode.deadUrl()), makeMember(b)];
    const pool = makePool([one, two], { ...atOnce(), scoringFunction: inOrder(one, two) });
    await pool.play("5", encoded("A"));
    await pool.ping("5");
    expect(b.player("5")?.track).toBe(encoded("A"));
    expect(pool.getClient("5")).toBe(two);
  });

  it("moves guilds to the first reachable member when there was none", async () => {
    const a = await startNode();
    const pool = makePool([makeMember(a)], atOnce());
    await play(pool, ["5"]);
    await a.die();
    const sent = pool.volume("5", 2);
    const b = await startNode();
    pool.addClient(makeMember(b));
    await sent;
    await pool.ping("5");
    expect(b.player("5")).toMatchObject({ track: encoded("track 5"), volume: 200 });
  });

  it("does not treat a slow first connection as a lost one", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    a.stall();
    const clock = new FakeClock();
    const pool = makePool([one, two], { migrateAfterMs: 0, clock, scoringFunction: inOrder(one, two) });
    const sent = pool.play("5", encoded("A"));
    await pool.assignClient("5");
    expect(pool.getClient("5")).toBe(one);
    await clock.advance(1_999);
    expect(pool.getClient("5")).toBe(one);
    await clock.advance(1);
    await sent;
    expect(pool.getClient("5")).toBe(two);
    a.resume();
  });
});

describe("migrateAfterMs", () => {
  it("counts from the loss of the connection, and from the first use of an unreachable member", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const clock = new FakeClock();
    const pool = makePool([one, two], { migrateAfterMs: 5_000, clock, scoringFunction: inOrder(one, two) });
    await play(pool, ["5"]);
    const lost = nextEvent(one, WebSocketDisconnectEvent);
    await a.die();
    await lost;
    await clock.advance(4_999);
    expect(pool.getClient("5")).toBe(one);
    await clock.advance(1);
    await waitUntil(() => pool.getClient("5") === two);
  });

  it("counts again after the pool was closed and reset", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const clock = new FakeClock();
    const pool = makePool([one, two], { migrateAfterMs: 5_000, clock, scoringFunction: inOrder(one, two) });
    await play(pool, ["5"]);
    const lost = nextEvent(one, WebSocketDisconnectEvent);
    await a.die();
    await lost;
    await pool.close();
    expect(clock.pending).toBe(0);
    await pool.reset();
    const sent = pool.volume("5", 2);
    await waitUntil(() => clock.pending === 1);
    await clock.advance(5_000);
    await sent;
    await pool.ping("5");
    expect(pool.getClient("5")).toBe(two);
  });

  it("never moves guilds when infinite", async () => {
    const clock = new FakeClock();
    const one = makeMember(await ScriptedNode.deadUrl());
    const pool = makePool([one, makeMember("ws://127.0.0.1:9/")], {
      migrateAfterMs: Number.POSITIVE_INFINITY,
      clock,
      scoringFunction: inOrder(one),
    });
    const sent = pool.stop("5").catch(() => {});
    await pool.assignClient("5");
    expect(clock.pending).toBe(0);
    await pool.close();
    await sent;
  });
});

describe("a pool that is closed during a move", () => {
  it("rejects messages with ClientClosedError", async () => {
    const [one, two] = [makeMember("ws://127.0.0.1:9/"), makeMember("ws://127.0.0.1:9/")];
    const pool = makePool([one, two], { migrateAfterMs: Number.POSITIVE_INFINITY });
    const sent = pool.stop("5");
    await pool.assignClient("5");
    const first = pool.getClient("5") === one ? one : two;
    const pulled = pool.pullClient(first);
    const closed = pool.close();
    await expect(sent).rejects.toThrow("closed");
    await Promise.all([pulled, closed]);
  });
});

describe("a moved player", () => {
  it("keeps its settings without a track", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await pool.volume("5", 0.25);
    await pool.filters("5", { tremolo: { frequency: 4, depth: 0.5 } });
    await pool.ping("5");
    await pool.ping("5");
    await a.die();
    await waitUntil(() => pool.getClient("5") === two);
    await pool.play("5", encoded("A"));
    await pool.ping("5");
    expect(b.player("5")).toMatchObject({
      track: encoded("A"),
      volume: 25,
      filters: { tremolo: { frequency: 4 } },
    });
  });

  it("is created from the current state once its new node is reachable", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, ["5"]);
    b.refuseWith = 503;
    await a.die();
    await waitUntil(() => pool.getClient("5") === two);
    await waitUntil(() => b.handshakes.length > 3);
    b.refuseWith = null;
    await pool.pause("5", true);
    await pool.ping("5");
    expect(b.opsOf("5")).toEqual(["voice-server-update", "play", "pause"]);
    expect(b.player("5")).toMatchObject({ track: encoded("track 5"), volume: 50, paused: true });
  });

  it("may bring more messages than the queue limit of its new member", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const one = makeMember(a);
    const two = makeMember(b, { maxQueuedMessages: 2 });
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, ["5"]);
    await one.disconnect();
    a.refuseWith = 503;
    b.refuseWith = 503;
    const sent = [0.1, 0.2, 0.3, 0.4].map((volume) => pool.volume("5", volume));
    await waitUntil(() => a.handshakes.length > 2);
    await pool.pullClient(one);
    await expect(pool.volume("5", 1)).rejects.toThrow(QueueFullError);
    b.refuseWith = null;
    await Promise.all(sent);
    await pool.ping("5");
    expect(b.player("5")).toMatchObject({ track: encoded("track 5"), volume: 40 });
  });

  it("is not created when its destroy is unacknowledged", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two) });
    await play(pool, ["5"]);
    a.onPing = () => true;
    await pool.destroy("5");
    await a.die();
    await waitUntil(() => pool.getClient("5") === two);
    await pool.ping("5");
    expect(b.opsOf("5")).toEqual(["destroy"]);
  });

  it("is destroyed on its old node even if the connection is lost during the destroy", async () => {
    const [a, b] = [await startNode(), await startNode()];
    const [one, two] = [makeMember(a), makeMember(b)];
    const pool = makePool([one, two], { scoringFunction: inOrder(one, two), migrateAfterMs: 0 });
    const problems: unknown[] = [];
    pool.on(ProblemEvent, ({ error }) => problems.push(error));
    await play(pool, ["5", "9"]);
    // Guild 9 finds no other member, so the first member has a player to restore when it is back.
    pool.scoringFunction = (data) => {
      if (data.guildId === "9" && data.client !== one) throw new Error("no other place");
      return inOrder(one, two)(data);
    };
    a.refuseWith = 503;
    a.drop();
    await waitUntil(() => pool.getClient("5") === two);
    let cuts = 0;
    a.onOperation = ({ op }) => {
      if (op !== "destroy" || ++cuts > 1) return false;
      a.drop();
      return true;
    };
    a.refuseWith = null;
    await waitUntil(() => a.player("5") === undefined);
    await pool.ping("9");
    expect(pool.getClient("9")).toBe(one);
    expect(problems.map(String)).toContain("Error: no other place");
    // The member gets the guild again.
    pool.scoringFunction = ({ client }) => (client === one ? 1 : 0);
    await pool.pullClient(two);
    const received = pool
      .subscribe(TrackStartEvent)
      .first({ predicate: ({ track }) => track === encoded("back") });
    await pool.play("5", encoded("back"));
    expect((await received).track).toBe(encoded("back"));
  });
});
