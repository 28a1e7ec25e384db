import { ClientBase, HTTPBase, WebSocketBase } from "@asterite/andesite";
import { WebSocketPoolBase } from "@asterite/andesite/advanced";
import { FakeClock, type ScriptedNode } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { NodeErrorEvent } from "./events.ts";
import type { QueuePlayerOptions } from "./player-options.ts";
import { ann, titleOf, titles, track } from "./queue.test-support.ts";
import {
  connect,
  guild,
  type LoggedPlayer,
  makePlayer,
  nextOf,
  playing,
  plays,
  startNode,
} from "./queue-player.test-support.ts";
import { QueuePlayer } from "./queue-player.ts";
import { type QueueSnapshot, readSnapshot } from "./snapshot.ts";

const tracks = (...names: string[]) => names.map((name) => track(name));

/** Plays "a" from 60 s on with "b" queued, then detaches like a killed process. Returns the snapshot. */
async function playAndDetach(node: ScriptedNode, options: QueuePlayerOptions = {}): Promise<QueueSnapshot> {
  const { player, log } = makePlayer(connect(node), options);
  player.setVolume(0.5);
  player.add(tracks("a", "b"), ann);
  await expect.poll(() => log).toContain("start a");
  player.seek(60_000);
  player.setFilters({ tremolo: { frequency: 4, depth: 0.5 } });
  await expect.poll(() => node.player(guild)?.filters["tremolo"]).toMatchObject({ frequency: 4 });
  if (options.gapless) await expect.poll(() => nextOf(node)).toBe("b");
  const stored = JSON.stringify(player.toSnapshot());
  await player.close();
  node.operations.length = 0;
  return readSnapshot(JSON.parse(stored));
}

/** Starts a new player from a snapshot. */
function restore(node: ScriptedNode, snapshot: QueueSnapshot): LoggedPlayer {
  const restored = makePlayer(connect(node), { snapshot });
  restored.player.start();
  return restored;
}

describe("restart of the program", () => {
  it("does not interrupt a node that still plays, and advances at the end of the track", async () => {
    const node = await startNode();
    const snapshot = await playAndDetach(node);
    const { player, log } = restore(node, snapshot);
    await expect.poll(() => plays(node)).toEqual(["(a)"]);
    expect([player.volume, player.isBusy]).toEqual([0.5, true]);
    node.endTrack(guild);
    await expect.poll(() => log).toEqual(["finished a", "start b"]);
    expect(plays(node)).toEqual(["(a)", "b"]);
  });

  it("resumes on a restarted node with position, volume and filters", async () => {
    const node = await startNode();
    const snapshot = await playAndDetach(node);
    await node.die();
    await node.restart();
    const { log } = restore(node, snapshot);
    await expect.poll(() => log).toEqual(["again a"]);
    expect(plays(node)).toEqual(["a"]);
    expect(Number(node.operations[0]?.fields["start"])).toBeGreaterThanOrEqual(60_000);
    await expect.poll(() => node.player(guild)).toMatchObject({ volume: 50, radio: true });
    await expect.poll(() => node.player(guild)?.filters["tremolo"]).toMatchObject({ frequency: 4 });
  });

  it("plays the next track when the current one has ended in the meantime", async () => {
    const node = await startNode();
    const snapshot = await playAndDetach(node);
    node.endTrack(guild);
    const { log } = restore(node, snapshot);
    await expect.poll(() => log).toEqual(["finished a", "start b"]);
  });

  it("detects that the node has started the preloaded track", async () => {
    const node = await startNode();
    const snapshot = await playAndDetach(node, { gapless: true, preloadMs: 1_000_000 });
    node.endTrack(guild);
    const { player, log } = restore(node, snapshot);
    await expect.poll(() => log).toEqual(["finished a", "again b"]);
    // Emitted as soon as it is known, before the operation has reached the node.
    await expect.poll(() => plays(node)).toEqual(["(b)"]);
    expect(player.queue.current?.track.title).toBe("b");
    expect(player.positionMs).toBeLessThan(60_000);
    node.endTrack(guild);
    await expect.poll(() => log.at(-1)).toBe("idle");
  });

  it("detects it also when that track is past the saved position", async () => {
    const node = await startNode();
    const snapshot = await playAndDetach(node, { gapless: true, preloadMs: 1_000_000 });
    node.endTrack(guild);
    node.player(guild)?.moveTo(100_000);
    const { log } = restore(node, { ...snapshot, savedAtMs: snapshot.savedAtMs - 300_000 });
    await expect.poll(() => log).toEqual(["finished a", "again b"]);
  });

  it("keeps radio, gapless, crossfade and normalization, unless they are given again", async () => {
    const node = await startNode();
    const client = connect(node);
    const options = { radio: true, gapless: true, crossfadeMs: 4_000, normalize: true, preloadMs: 1_000_000 };
    const before = makePlayer(client, options).player;
    before.add(tracks("a", "b"), ann);
    await expect.poll(() => nextOf(node)).toBe("b");
    const snapshot = readSnapshot(JSON.parse(JSON.stringify(before.toSnapshot())));
    await before.close();
    await node.die();
    await node.restart();
    node.operations.length = 0;
    const player = new QueuePlayer(client, guild, { snapshot, normalize: false, preloadMs: 1_000_000 });
    onTestFinished(() => player.close());
    player.start();
    await expect.poll(() => nextOf(node)).toBe("b");
    const next = node.operations.find(({ fields }) => fields["next"] === true);
    expect(next?.fields).toMatchObject({ radio: true, crossfade: 4_000 });
    expect(next?.fields).not.toHaveProperty("normalize");
  });

  it("rejects a snapshot that was not validated", async () => {
    const node = await startNode();
    const snapshot = { ...(await playAndDetach(node)), positionMs: -5 };
    expect(() => new QueuePlayer(connect(node), guild, { snapshot })).toThrow("invalid field positionMs");
  });

  it("stays paused on a restarted node", async () => {
    const node = await startNode();
    const snapshot = await playAndDetach(node);
    await node.die();
    await node.restart();
    const { player, log } = restore(node, { ...snapshot, paused: true });
    await expect.poll(() => log).toEqual(["again a"]);
    expect(node.player(guild)?.paused).toBe(true);
    expect(player.positionMs).toBeLessThan(70_000);
  });
});

describe("restart of the node or the connection", () => {
  it("resumes at the position, and plays the track once", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toContain("start a");
    player.seek(60_000);
    await expect.poll(() => node.opsOf(guild)).toContain("seek");
    await node.die();
    await node.restart();
    await expect.poll(() => playing(node)).toBe("a");
    expect(plays(node)).toEqual(["a", "a"]);
    expect(node.player(guild)?.positionMs).toBeGreaterThanOrEqual(60_000);
    expect(node.player(guild)?.positionMs).toBeLessThan(100_000);
    await expect.poll(() => log).toEqual(["start a", "again a"]);
    node.endTrack(guild);
    await expect.poll(() => log.at(-1)).toBe("start b");
  });

  it("does not interrupt the track when only the connection was lost", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toContain("start a");
    node.drop();
    await expect.poll(() => plays(node)).toEqual(["a", "(a)"]);
    node.endTrack(guild);
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect(player.queue.upcoming).toEqual([]);
  });

  it("detects that the preloaded track started during the loss, also when it is past the lost position", async () => {
    const node = await startNode();
    const clock = new FakeClock();
    const { player, log } = makePlayer(connect(node), {
      clock,
      gapless: true,
      preloadMs: 1_000_000,
      queryTimeoutMs: 90_000,
    });
    const errors: unknown[] = [];
    player.on(NodeErrorEvent, ({ error }) => errors.push(error));
    player.add([track("a", { lengthMs: 60_000 }), track("b")], ann);
    await expect.poll(() => log).toEqual(["start a"]);
    await clock.advance(1);
    await expect.poll(() => nextOf(node)).toBe("b");
    // The first query after the loss gets no reply; the next one follows after its time limit.
    let queries = 0;
    node.onPing = ({ asteriteQueue }) => asteriteQueue !== undefined && queries++ === 0;
    node.drop();
    node.endTrack(guild);
    node.player(guild)?.moveTo(30_000);
    await expect.poll(() => queries).toBe(1);
    await clock.advance(90_000);
    expect(errors).toMatchObject([{ code: "QUERY_TIMED_OUT" }]);
    await expect.poll(() => log).toEqual(["start a", "finished a", "again b"]);
    expect(player.queue.current?.track.title).toBe("b");
    await expect.poll(() => plays(node).at(-1)).toBe("(b)");
  });

  it("goes on when the connection is lost between a query and its reply", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toContain("start a");
    // The first loss makes the queue query the player; the second one comes before the reply.
    let open = 0;
    node.onPing = ({ asteriteQueue }) => {
      if (asteriteQueue === undefined || open++ > 0) return false;
      node.drop();
      return true;
    };
    node.drop();
    await expect.poll(() => open).toBeGreaterThan(1);
    await expect.poll(() => plays(node).at(-1)).toBe("(a)");
    node.endTrack(guild);
    await expect.poll(() => log.at(-1)).toBe("start b");
  });

  it("resends a play command that was lost with the connection", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toContain("start a");
    node.onOperation = ({ op }) => {
      if (op !== "play") return false;
      node.onOperation = null;
      node.drop();
      return true;
    };
    player.skip();
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect(plays(node)).toEqual(["a", "b", "b"]);
  });

  it("drops a track that crashes the node repeatedly", async () => {
    const node = await startNode();
    node.onOperation = ({ op, fields }) => {
      if (op === "play" && titleOf(fields["track"]) === "poison") {
        setImmediate(() => void node.die().then(() => node.restart()));
      }
      return false;
    };
    const { player, log } = makePlayer(connect(node), { retries: 2 });
    player.add(tracks("poison", "good"), ann);
    await expect.poll(() => log.at(-1), { timeout: 10_000 }).toBe("start good");
    expect(log).toContain("failed poison");
    expect(plays(node).filter((name) => name === "poison").length).toBeLessThanOrEqual(6);
  });
});

describe("pool of nodes", () => {
  /** Starts two nodes, and a pool of the first `members` of them. */
  async function startPool(members: number) {
    const nodes = [
      await startNode({ nodeId: "1", additions: true }),
      await startNode({ nodeId: "2", additions: true }),
    ];
    const sockets = nodes.map(
      ({ webSocketUrl }) => new WebSocketBase(webSocketUrl, "1", null, { backoff: { capMs: 10 } }),
    );
    const pool = new WebSocketPoolBase(sockets.slice(0, members), { state: false, migrateAfterMs: 10 });
    const client = new ClientBase(new HTTPBase(nodes[0]?.httpUrl ?? "", null), pool);
    onTestFinished(async () => {
      await client.close();
      for (const socket of sockets) await socket.close();
    });
    const logged = makePlayer(client);
    /** Plays "a" from 60 s on. Returns the node that plays it, and the other one. */
    const play = async () => {
      logged.player.add(tracks("a", "b"), ann);
      await expect.poll(() => logged.log).toContain("start a");
      logged.player.seek(60_000);
      const busy = nodes.find((node) => node.player(guild));
      await expect.poll(() => busy?.opsOf(guild)).toContain("seek");
      return { busy, other: nodes.find((node) => node !== busy) };
    };
    return { nodes, sockets, pool, play, ...logged };
  }

  const playsOn = async (node: ScriptedNode | undefined): Promise<void> => {
    await expect.poll(() => titleOf(node?.player(guild)?.track), { timeout: 10_000 }).toBe("a");
    expect(node?.player(guild)?.radio).toBe(true);
    expect(node?.player(guild)?.positionMs).toBeGreaterThanOrEqual(60_000);
  };

  it("continues on another node when one dies", async () => {
    const { play, player, log } = await startPool(2);
    const { busy, other } = await play();
    await busy?.die();
    await playsOn(other);
    other?.endTrack(guild);
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect(titles(player.queue.history)).toEqual(["a"]);
  });

  it("continues on another node when one is removed, and destroys the old player", async () => {
    const { pool, play, player } = await startPool(2);
    const { busy, other } = await play();
    player.setVolume(0.5);
    player.setFilters({ tremolo: { frequency: 4, depth: 0.5 } });
    const client = pool.getClient(guild);
    if (client) await pool.pullClient(client);
    await playsOn(other);
    await expect
      .poll(() => other?.player(guild))
      .toMatchObject({
        volume: 50,
        filters: { tremolo: { frequency: 4, depth: 0.5 } },
      });
    await expect.poll(() => busy?.player(guild)).toBeUndefined();
    expect(plays(other ?? ({} as ScriptedNode))).toEqual(["a"]);
  });

  it("continues when a node is added to an empty pool", async () => {
    const { pool, nodes, sockets, play, player } = await startPool(1);
    await play();
    const [first, second] = sockets;
    if (first) await pool.pullClient(first);
    await expect.poll(() => nodes[0]?.player(guild)).toBeUndefined();
    const { positionMs } = player;
    if (second) pool.addClient(second);
    await playsOn(nodes[1]);
    // The position must not advance while no node plays.
    expect(nodes[1]?.player(guild)?.positionMs).toBeLessThan(positionMs + 1_000);
  });
});

describe("readSnapshot", () => {
  const good = {
    v: 1,
    current: null,
    upcoming: [],
    history: [],
    loop: "off",
    positionMs: 0,
    savedAtMs: 0,
    preloadedId: null,
    paused: false,
    volume: 1,
    filters: {},
  };
  const entry = { id: 1, track: track("a"), requester: ann };

  it("accepts a valid snapshot", () => {
    expect(readSnapshot(good)).toEqual(good);
    expect(readSnapshot({ ...good, current: entry })).toMatchObject({ current: entry });
  });

  it("keeps user data, and validates it if asked to", () => {
    const snapshot = {
      ...good,
      current: { ...entry, userData: { room: 5 } },
      history: [{ ...entry, id: 2 }],
    };
    expect(readSnapshot(JSON.parse(JSON.stringify(snapshot))).current?.userData).toEqual({ room: 5 });
    const readRoom = (value: unknown): string => {
      const { room } = value as { room: unknown };
      if (typeof room !== "string") throw new Error("no room");
      return room;
    };
    expect(() => readSnapshot(snapshot, readRoom)).toThrow("invalid userData of entry 1: Error: no room");
    const valid = {
      ...good,
      upcoming: [{ ...entry, userData: { room: "x" } }],
      history: [{ ...entry, id: 2 }],
    };
    const { upcoming, history } = readSnapshot(valid, readRoom);
    expect([upcoming[0]?.userData, history[0]?.userData]).toEqual(["x", undefined]);
  });

  it.each([
    ["v", { ...good, v: 2 }],
    ["loop", { ...good, loop: "twice" }],
    ["volume", { ...good, volume: 11 }],
    ["positionMs", { ...good, positionMs: -1 }],
    ["filters", { ...good, filters: { timescale: { speed: 0 } } }],
    ["crossfadeMs", { ...good, crossfadeMs: 15_001 }],
    ["current.track.lengthMs", { ...good, current: { ...entry, track: { ...entry.track, lengthMs: -1 } } }],
    ["upcoming.0.requester", { ...good, upcoming: [{ ...entry, requester: "ann" }] }],
    ["same id", { ...good, current: entry, history: [entry] }],
    ["not an object", null],
  ])("names %s when it is invalid", (text, stored) => {
    expect(() => readSnapshot(stored)).toThrow(text);
    expect(() => readSnapshot(stored)).toThrow(expect.objectContaining({ code: "BAD_SNAPSHOT" }));
  });
});
