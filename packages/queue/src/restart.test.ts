import { ClientBase, HTTPBase, WebSocketBase, WebSocketPoolBase } from "@asterite/andesite";
import type { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import type { QueuePlayerOptions } from "./player-options.ts";
import { ann, titles, track } from "./queue.test-support.ts";
import { connect, guild, makePlayer, plays, startNode, type Told } from "./queue-player.test-support.ts";
import { type QueueSnapshot, readSnapshot } from "./snapshot.ts";

const tracks = (...names: string[]) => names.map((name) => track(name));

/** Plays "a" from 60 s on and "b" after it, then lets go as a program does that is killed. */
async function leave(node: ScriptedNode, options: QueuePlayerOptions = {}): Promise<QueueSnapshot> {
  const { player, told } = makePlayer(connect(node), options);
  player.setVolume(0.5);
  player.add(tracks("a", "b"), ann);
  await expect.poll(() => told).toContain("start a");
  player.seek(60_000);
  player.setFilters({ tremolo: { frequency: 4, depth: 0.5 } });
  await expect.poll(() => node.player(guild)?.filters["tremolo"]).toMatchObject({ frequency: 4 });
  if (options.gapless) await expect.poll(() => node.player(guild)?.next).toBe("b");
  const stored = JSON.stringify(player.toSnapshot());
  await player.close();
  node.operations.length = 0;
  return readSnapshot(JSON.parse(stored));
}

function comeBack(node: ScriptedNode, snapshot: QueueSnapshot): Told {
  const told = makePlayer(connect(node), { snapshot });
  told.player.start();
  return told;
}

describe("a program that comes back", () => {
  it("leaves a node alone that still plays, and hears of the end", async () => {
    const node = await startNode();
    const snapshot = await leave(node);
    const { player, told } = comeBack(node, snapshot);
    await expect.poll(() => plays(node)).toEqual(["(a)"]);
    expect([player.volume, player.isBusy]).toEqual([0.5, true]);
    node.endTrack(guild);
    await expect.poll(() => told).toEqual(["finished a", "start b"]);
    expect(plays(node)).toEqual(["(a)", "b"]);
  });

  it("starts where it was on a node that was restarted, with volume and filters", async () => {
    const node = await startNode();
    const snapshot = await leave(node);
    await node.die();
    await node.restart();
    const { told } = comeBack(node, snapshot);
    await expect.poll(() => told).toEqual(["again a"]);
    expect(plays(node)).toEqual(["a"]);
    expect(Number(node.operations[0]?.fields["start"])).toBeGreaterThanOrEqual(60_000);
    await expect.poll(() => node.player(guild)).toMatchObject({ volume: 50, radio: true });
    await expect.poll(() => node.player(guild)?.filters["tremolo"]).toMatchObject({ frequency: 4 });
  });

  it("goes on with the next one when the track ended meanwhile", async () => {
    const node = await startNode();
    const snapshot = await leave(node);
    node.endTrack(guild);
    const { told } = comeBack(node, snapshot);
    await expect.poll(() => told).toEqual(["finished a", "start b"]);
  });

  it("finds out that the node went on by itself", async () => {
    const node = await startNode();
    const snapshot = await leave(node, { gapless: true, preloadMs: 1_000_000 });
    node.endTrack(guild);
    const { player, told } = comeBack(node, snapshot);
    await expect.poll(() => told).toEqual(["finished a", "again b"]);
    // Told when it is known, before the node has heard anything.
    await expect.poll(() => plays(node)).toEqual(["(b)"]);
    expect(player.queue.current?.track.title).toBe("b");
    expect(player.positionMs).toBeLessThan(60_000);
    node.endTrack(guild);
    await expect.poll(() => told.at(-1)).toBe("idle");
  });

  it("finds that out also when that one is further on by now", async () => {
    const node = await startNode();
    const snapshot = await leave(node, { gapless: true, preloadMs: 1_000_000 });
    node.endTrack(guild);
    node.player(guild)?.moveTo(100_000);
    const { told } = comeBack(node, { ...snapshot, savedAtMs: snapshot.savedAtMs - 300_000 });
    await expect.poll(() => told).toEqual(["finished a", "again b"]);
  });

  it("stays paused", async () => {
    const node = await startNode();
    const snapshot = await leave(node);
    await node.die();
    await node.restart();
    const { player, told } = comeBack(node, { ...snapshot, paused: true });
    await expect.poll(() => told).toEqual(["again a"]);
    expect(node.player(guild)?.paused).toBe(true);
    expect(player.positionMs).toBeLessThan(70_000);
  });
});

describe("a node that comes back", () => {
  it("plays where it was, and only once", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => told).toContain("start a");
    player.seek(60_000);
    await expect.poll(() => node.opsOf(guild)).toContain("seek");
    await node.die();
    await node.restart();
    await expect.poll(() => node.player(guild)?.track).toBe("a");
    expect(plays(node)).toEqual(["a", "a"]);
    expect(node.player(guild)?.positionMs).toBeGreaterThanOrEqual(60_000);
    expect(node.player(guild)?.positionMs).toBeLessThan(100_000);
    await expect.poll(() => told).toEqual(["start a", "again a"]);
    node.endTrack(guild);
    await expect.poll(() => told.at(-1)).toBe("start b");
  });

  it("goes on undisturbed when only the connection was lost", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => told).toContain("start a");
    node.drop();
    await expect.poll(() => plays(node)).toEqual(["a", "(a)"]);
    node.endTrack(guild);
    await expect.poll(() => told.at(-1)).toBe("start b");
    expect(player.queue.upcoming).toEqual([]);
  });

  it("gets an order again that was lost with the connection", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => told).toContain("start a");
    node.onOperation = ({ op }) => {
      if (op !== "play") return false;
      node.onOperation = null;
      node.drop();
      return true;
    };
    player.skip();
    await expect.poll(() => told.at(-1)).toBe("start b");
    expect(plays(node)).toEqual(["a", "b", "b"]);
  });

  it("is not brought down for ever by one track", async () => {
    const node = await startNode();
    node.onOperation = ({ op, fields }) => {
      if (op === "play" && fields["track"] === "poison") {
        setImmediate(() => void node.die().then(() => node.restart()));
      }
      return false;
    };
    const { player, told } = makePlayer(connect(node), { retries: 2 });
    player.add(tracks("poison", "good"), ann);
    await expect.poll(() => told.at(-1), { timeout: 10_000 }).toBe("start good");
    expect(told).toContain("failed poison");
    expect(plays(node).filter((name) => name === "poison").length).toBeLessThanOrEqual(6);
  });
});

describe("a pool", () => {
  /** Two nodes, and a pool of as many of them as are to be members at first. */
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
    const told = makePlayer(client);
    /** Lets "a" play from 60 s on, and tells which node has it. */
    const play = async () => {
      told.player.add(tracks("a", "b"), ann);
      await expect.poll(() => told.told).toContain("start a");
      told.player.seek(60_000);
      const busy = nodes.find((node) => node.player(guild));
      await expect.poll(() => busy?.opsOf(guild)).toContain("seek");
      return { busy, other: nodes.find((node) => node !== busy) };
    };
    return { nodes, sockets, pool, play, ...told };
  }

  const playsOn = async (node: ScriptedNode | undefined): Promise<void> => {
    await expect.poll(() => node?.player(guild)?.track, { timeout: 10_000 }).toBe("a");
    expect(node?.player(guild)?.radio).toBe(true);
    expect(node?.player(guild)?.positionMs).toBeGreaterThanOrEqual(60_000);
  };

  it("brings the queue to another node when one goes away", async () => {
    const { play, player, told } = await startPool(2);
    const { busy, other } = await play();
    await busy?.die();
    await playsOn(other);
    other?.endTrack(guild);
    await expect.poll(() => told.at(-1)).toBe("start b");
    expect(titles(player.queue.history)).toEqual(["a"]);
  });

  it("brings it there at once when a node is taken out, and ends it where it was", async () => {
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

  it("goes on when a node comes to a pool that had none left", async () => {
    const { pool, nodes, sockets, play, player } = await startPool(1);
    await play();
    const [first, second] = sockets;
    if (first) await pool.pullClient(first);
    await expect.poll(() => nodes[0]?.player(guild)).toBeUndefined();
    const { positionMs } = player;
    if (second) pool.addClient(second);
    await playsOn(nodes[1]);
    // Nobody heard anything meanwhile.
    expect(nodes[1]?.player(guild)?.positionMs).toBeLessThan(positionMs + 1_000);
  });
});

describe("a snapshot", () => {
  const good = {
    ...{ v: 1, current: null, upcoming: [], history: [], loop: "off", positionMs: 0, savedAtMs: 0 },
    ...{ preloadedId: null, paused: false, volume: 1, filters: {} },
  };
  const entry = { id: 1, track: track("a"), requester: ann };

  it("is read again", () => {
    expect(readSnapshot(good)).toEqual(good);
    expect(readSnapshot({ ...good, current: entry })).toMatchObject({ current: entry });
  });

  it.each([
    ["v", { ...good, v: 2 }],
    ["loop", { ...good, loop: "twice" }],
    ["volume", { ...good, volume: 11 }],
    ["current.track.lengthMs", { ...good, current: { ...entry, track: { ...entry.track, lengthMs: -1 } } }],
    ["upcoming.0.requester", { ...good, upcoming: [{ ...entry, requester: "ann" }] }],
    ["same id", { ...good, current: entry, history: [entry] }],
    ["itself", null],
  ])("that is wrong names %s", (words, stored) => {
    expect(() => readSnapshot(stored)).toThrow(words);
    expect(() => readSnapshot(stored)).toThrow(expect.objectContaining({ code: "bad-snapshot" }));
  });
});
