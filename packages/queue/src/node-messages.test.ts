import { FakeClock, type ScriptedNode, settled } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { NodeErrorEvent } from "./events.ts";
import { ann, encoded, titleOf, track } from "./queue.test-support.ts";
import {
  connect,
  guild,
  makePlayer,
  nextOf,
  playing,
  plays,
  startNode,
} from "./queue-player.test-support.ts";

const tracks = (...names: string[]) => names.map((name) => track(name));
/** Options without queries for silence, on a clock that stands still. */
const still = () => ({ clock: new FakeClock(), silenceMs: 2 ** 31 - 1 });

/** Sends the state of the player to all clients, as nodes do every few seconds. */
function sendUpdate(node: ScriptedNode): void {
  const state = node.player(guild)?.toJson("documented") ?? null;
  for (const session of node.sessions)
    session.send({ op: "player-update", userId: "1", guildId: guild, state });
}

describe("updates without a track", () => {
  it("advance the queue when the end of the track does not arrive within two seconds", async () => {
    const node = await startNode();
    const options = still();
    const { player, log } = makePlayer(connect(node), options);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    const state = node.player(guild);
    if (state) state.track = null;
    const pending = await settled(() => options.clock.pending);
    sendUpdate(node);
    await expect.poll(() => options.clock.pending).toBe(pending + 1);
    await options.clock.advance(1_999);
    sendUpdate(node);
    expect(await settled(() => log.length)).toBe(1);
    await options.clock.advance(1);
    await expect.poll(() => log.at(-1)).toBe("start b");
  });

  it("are ignored when the next one has a track again", async () => {
    const node = await startNode();
    const options = still();
    const { player, log } = makePlayer(connect(node), options);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    const pending = await settled(() => options.clock.pending);
    const state = node.player(guild);
    if (!state) throw new Error("no player");
    state.track = null;
    sendUpdate(node);
    await expect.poll(() => options.clock.pending).toBe(pending + 1);
    state.track = encoded("a");
    sendUpdate(node);
    await expect.poll(() => options.clock.pending).toBe(pending);
    await options.clock.advance(5_000);
    expect(await settled(() => plays(node).length)).toBe(1);
  });
});

describe("updates with a position", () => {
  it("correct the position, except one that was in transit during a seek", async () => {
    const node = await startNode();
    const options = still();
    const { player, log } = makePlayer(connect(node), options);
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    node.player(guild)?.moveTo(50_000);
    sendUpdate(node);
    await expect.poll(() => player.positionMs).toBeGreaterThanOrEqual(50_000);
    player.seek(100_000);
    await expect.poll(() => node.opsOf(guild)).toContain("seek");
    node.player(guild)?.moveTo(50_000);
    sendUpdate(node);
    expect(await settled(() => player.positionMs)).toBeGreaterThanOrEqual(100_000);
    await options.clock.advance(2_000);
    sendUpdate(node);
    await expect.poll(() => player.positionMs).toBeLessThan(60_000);
  });

  it("stop the position while the node is paused by another client", async () => {
    const node = await startNode();
    const options = still();
    const { player, log } = makePlayer(connect(node), options);
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    node.player(guild)?.setPaused(true);
    node.player(guild)?.moveTo(30_000);
    sendUpdate(node);
    await expect.poll(() => player.positionMs).toBe(30_000);
    await options.clock.advance(10_000);
    expect(player.positionMs).toBe(30_000);
  });
});

describe("events that do not belong to the playback", () => {
  it("stops a track that starts while the queue is idle", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    player.stop();
    await expect.poll(() => playing(node)).toBeNull();
    node.event(guild, { type: "TrackStartEvent", track: encoded("b") });
    await expect.poll(() => node.opsOf(guild).filter((op) => op === "stop")).toHaveLength(2);
  });

  it("ignores ends after which the bot must not start the next track", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), still());
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    node.event(guild, {
      type: "TrackEndEvent",
      track: encoded("a"),
      reason: "REPLACED",
      mayStartNext: false,
    });
    expect(await settled(() => log.length)).toBe(1);
  });
});

describe("a lost connection", () => {
  it("resets the count of failures when the track has finished in the meantime", async () => {
    const node = await startNode();
    const damaged = track("x", { track: "QAAA" });
    const { player, log } = makePlayer(connect(node), {
      maxFailures: 2,
      gapless: true,
      preloadMs: 1_000_000,
    });
    player.add([damaged, ...tracks("a", "b", "c")], ann);
    await expect.poll(() => log).toEqual(["failed x", "start a"]);
    await expect.poll(() => nextOf(node)).toBe("b");
    node.player(guild)?.moveTo(60_000);
    sendUpdate(node);
    await expect.poll(() => player.positionMs).toBeGreaterThanOrEqual(60_000);
    node.muteEvents = true;
    node.endTrack(guild);
    node.muteEvents = false;
    node.drop();
    await expect.poll(() => log.at(-1)).toMatch(/b$/);
    await expect.poll(() => nextOf(node)).toBe("c");
    // The second failure, but not in a row.
    node.endTrack(guild, "LOAD_FAILED");
    await expect.poll(() => log.at(-1)).toBe("start c");
    expect(log).toContain("failed b");
    expect(log.some((line) => line.startsWith("halt"))).toBe(false);
  });

  it("sends the filters again to a node that has lost the player, and once to one that has not", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.setFilters({ tremolo: { depth: 0.75 } });
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    const updates = () => node.operations.filter(({ op }) => op === "update").length;
    await expect.poll(updates).toBe(1);
    player.skip();
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect(updates()).toBe(1);
    await node.die();
    await node.restart();
    await expect.poll(() => log.at(-1)).toBe("again b");
    await expect.poll(() => node.player(guild)?.filters["tremolo"]).toMatchObject({ depth: 0.75 });
    player.stop();
    player.release();
    await expect.poll(() => node.player(guild)).toBeUndefined();
    player.add(tracks("c"), ann);
    await expect.poll(() => node.player(guild)?.filters["tremolo"]).toMatchObject({ depth: 0.75 });
  });

  it("keeps settings that change while the queue is idle for the next track", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.setVolume(0.3);
    expect(await settled(() => node.operations.length)).toBe(0);
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    player.stop();
    player.setFilters({ tremolo: { depth: 0.75 } });
    expect(await settled(() => node.opsOf(guild).filter((op) => op === "update").length)).toBe(1);
    player.add(tracks("b"), ann);
    await expect.poll(() => node.player(guild)?.filters["tremolo"]).toMatchObject({ depth: 0.75 });
    expect(node.player(guild)?.volume).toBe(30);
  });
});

describe("gapless playback", () => {
  it("preloads early enough for the crossfade and the speed, and not while paused", async () => {
    const node = await startNode();
    const options = { ...still(), gapless: true, preloadMs: 10_000, crossfadeMs: 5_000 };
    const { player, log } = makePlayer(connect(node), options);
    player.setFilters({ timescale: { speed: 2 } });
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    player.seek(100_000);
    await expect.poll(() => node.opsOf(guild)).toContain("seek");
    // 80 s are left, which last 40 s at double speed; 15 s before the end the next track is sent.
    player.pause();
    await options.clock.advance(30_000);
    await settled(() => node.operations.length);
    expect(nextOf(node)).toBeNull();
    player.resume();
    await expect.poll(() => node.player(guild)?.paused).toBe(false);
    // Until the reply has corrected the position.
    await settled(() => player.positionMs);
    await options.clock.advance(20_000);
    await settled(() => node.operations.length);
    expect(nextOf(node)).toBeNull();
    await options.clock.advance(5_000);
    await expect.poll(() => nextOf(node)).toBe("b");
  });
});

describe("a query that the node does not answer", () => {
  it("is reported after its time limit and repeated, until the node answers", async () => {
    const node = await startNode();
    const clock = new FakeClock();
    const { player, log } = makePlayer(connect(node), { clock, silenceMs: 1_000, queryTimeoutMs: 5_000 });
    const errors: unknown[] = [];
    player.on(NodeErrorEvent, ({ error }) => errors.push(error));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    await settled(() => clock.pending);
    node.stall();
    // The end of the track is not reported, and the query finds out.
    const state = node.player(guild);
    if (state) state.track = null;
    const waiting = clock.pending;
    await clock.advance(1_000);
    // The silence has fired, and the time limit of the query has begun.
    await expect.poll(() => clock.pending).toBe(waiting);
    await clock.advance(4_999);
    expect(errors).toEqual([]);
    for (const count of [1, 2]) {
      await clock.advance(count === 1 ? 1 : 5_000);
      await expect.poll(() => errors.length).toBe(count);
      await expect.poll(() => clock.pending).toBe(waiting);
    }
    expect(errors[1]).toMatchObject({
      name: "QueueError",
      code: "QUERY_TIMED_OUT",
      message: "the node did not answer a query for the player within 5000 ms",
    });
    node.resume();
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect(errors).toHaveLength(2);
  });
});

describe("close", () => {
  it("leaves no timer behind, and detaches once", async () => {
    const node = await startNode();
    const options = { ...still(), gapless: true };
    const client = connect(node);
    const { player, log } = makePlayer(client, options);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    player.seek(5_000);
    expect(options.clock.pending).toBeGreaterThan(0);
    await player.close();
    expect(options.clock.pending).toBe(0);
    const other = makePlayer(client);
    await player.close({ destroy: true });
    node.event(guild, { type: "TrackEndEvent", track: encoded("a"), reason: "FINISHED", mayStartNext: true });
    expect(await settled(() => log.length)).toBe(1);
    expect(node.opsOf(guild)).not.toContain("destroy");
    other.player.add(tracks("c"), ann);
    await expect.poll(() => other.log).toEqual(["start c"]);
    expect(titleOf(node.player(guild)?.track)).toBe("c");
  });
});
