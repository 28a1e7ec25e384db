import { TrackStartEvent } from "@asterite/andesite";
import type { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { NodeErrorEvent } from "./events.ts";
import { ann, titles, track } from "./queue.test-support.ts";
import { connect, guild, makePlayer, plays, startNode } from "./queue-player.test-support.ts";
import { QueuePlayer } from "./queue-player.ts";

const tracks = (...names: string[]) => names.map((name) => track(name));

/** Ends each track of these names as soon as it was started, as a node does that cannot read it. */
function breakTracks(node: ScriptedNode, broken: (track: string) => boolean): void {
  node.onOperation = ({ op, fields }) => {
    const name = String(fields["track"]);
    if (op !== "play" || !broken(name)) return false;
    setImmediate(() => {
      node.event(guild, { type: "TrackExceptionEvent", track: name, error: "no such file" });
      node.endTrack(guild, "LOAD_FAILED");
    });
    return false;
  };
}

describe("a queue on a node", () => {
  it("plays one track after the other, and then rests", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    expect(player.isBusy).toBe(false);
    player.add(tracks("a", "b"), ann);
    expect(player.isBusy).toBe(true);
    for (const name of ["a", "b"]) {
      await expect.poll(() => told.at(-1)).toBe(`start ${name}`);
      node.endTrack(guild);
    }
    await expect.poll(() => told).toEqual(["start a", "finished a", "start b", "finished b", "idle"]);
    expect([player.isBusy, plays(node)]).toEqual([false, ["a", "b"]]);
    expect(node.operations[0]?.fields).toMatchObject({ radio: true, pause: false, volume: 100 });
    player.add(tracks("c"), ann);
    await expect.poll(() => told.at(-1)).toBe("start c");
  });

  it("does not take the end of the track before for the end of the one that was just asked for", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    player.add(tracks("a", "b", "c"), ann);
    await expect.poll(() => told).toContain("start a");
    // It ends by itself just when the order to play the next one is on its way.
    node.onOperation = ({ op, fields }) => {
      if (op === "play" && fields["track"] === "b") node.endTrack(guild);
      return false;
    };
    player.skip();
    await expect.poll(() => told.at(-1)).toBe("start b");
    expect([plays(node), titles(player.queue.upcoming)]).toEqual([["a", "b"], ["c"]]);
  });

  it("does not either when the same track comes twice", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    player.add(tracks("a", "a", "b"), ann);
    await expect.poll(() => told).toContain("start a");
    node.onOperation = () => {
      node.onOperation = null;
      node.endTrack(guild);
      return false;
    };
    player.skip();
    await expect.poll(() => told).toEqual(["start a", "skipped a", "start a"]);
    expect(titles(player.queue.upcoming)).toEqual(["b"]);
  });

  it("pauses, seeks, changes volume and filters, and says where it is", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    player.add(tracks("a"), ann);
    await expect.poll(() => told).toContain("start a");
    player.seek(60_000);
    player.pause();
    player.setVolume(0.5);
    player.setFilters({ timescale: { speed: 1.25 } });
    await expect.poll(() => node.player(guild)).toMatchObject({ paused: true, volume: 50 });
    await expect.poll(() => node.player(guild)?.filters["timescale"]).toMatchObject({ speed: 1.25 });
    expect(node.player(guild)?.positionMs).toBeGreaterThanOrEqual(60_000);
    expect(player.positionMs).toBeGreaterThanOrEqual(60_000);
    player.setFilters({});
    await expect.poll(() => node.player(guild)?.filters["timescale"]).toMatchObject({ speed: 1 });
    player.seek(10 ** 9);
    expect(player.positionMs).toBe(180_000);
    player.resume();
    await expect.poll(() => node.player(guild)?.paused).toBe(false);
  });

  it("refuses what cannot be", async () => {
    const node = await startNode();
    const client = connect(node);
    const { player } = makePlayer(client);
    const code = (name: string) => expect.objectContaining({ name: "QueueError", code: name });
    for (const act of [
      () => player.pause(),
      () => player.resume(),
      () => player.seek(0),
      () => player.skip(),
    ]) {
      expect(act).toThrow(code("not-playing"));
    }
    expect(player.previous()).toBeNull();
    player.add([track("live", { isSeekable: false, lengthMs: null })], ann);
    expect(() => player.seek(5)).toThrow(code("not-seekable"));
    expect(() => player.seek(-1)).toThrow(code("bad-argument"));
    expect(() => player.setVolume(11)).toThrow("volume is 11; allowed: 0 to 10");
    expect(() => makePlayer(client)).toThrow("already has a queue on this client");
    expect(() => makePlayer(client, { preloadMs: 1 })).toThrow("preloadMs");
    await player.close();
    await makePlayer(client).player.close();
  });

  it("stops, and goes back", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => told).toContain("start a");
    player.skip();
    await expect.poll(() => told).toContain("start b");
    player.previous();
    await expect.poll(() => told.filter((word) => word === "start a")).toHaveLength(2);
    expect(titles(player.queue.upcoming)).toEqual(["b"]);
    player.stop();
    await expect.poll(() => node.player(guild)?.track).toBeNull();
    expect(told.slice(-2)).toEqual(["stopped a", "idle"]);
    expect(player.queue.upcoming).toEqual([]);
  });

  it("reports what cannot be sent, and its listeners' errors do it no harm", async () => {
    const node = await startNode();
    const client = connect(node);
    const { player } = makePlayer(client);
    const errors: unknown[] = [];
    player.on(NodeErrorEvent, ({ error }) => {
      errors.push(error);
      throw new Error("mine");
    });
    await (client as unknown as { close(): Promise<void> }).close();
    player.add(tracks("a"), ann);
    await expect.poll(() => errors.map(String)[0]).toContain("closed");
  });
});

describe("what cannot be played", () => {
  it("is tried again, dropped, and after too many the queue halts", async () => {
    const node = await startNode();
    breakTracks(node, () => true);
    const { player, told } = makePlayer(connect(node), { retries: 1, maxFailures: 3 });
    player.setLoop("queue");
    player.add(tracks("a", "b", "c", "d", "e"), ann);
    await expect.poll(() => told.at(-1)).toBe("halt 3");
    expect(plays(node)).toEqual(["a", "a", "b", "b", "c", "c"]);
    expect(titles(player.queue.upcoming)).toEqual(["d", "e"]);
    expect(player.isBusy).toBe(false);
    node.onOperation = null;
    player.resume();
    await expect.poll(() => told.at(-1)).toBe("start d");
  });

  it("is passed over", async () => {
    const node = await startNode();
    breakTracks(node, (name) => name === "broken");
    const { player, told } = makePlayer(connect(node), { retries: 0 });
    player.add(tracks("broken", "good"), ann);
    await expect.poll(() => told).toEqual(["start broken", "failed broken", "start good"]);
    expect(player.queue.history).toEqual([]);
  });

  it("goes on where it broke off", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node));
    player.add(tracks("a"), ann);
    await expect.poll(() => told).toContain("start a");
    player.seek(90_000);
    await expect.poll(() => node.opsOf(guild)).toContain("seek");
    node.event(guild, { type: "TrackStuckEvent", track: "a", thresholdMs: 10_000 });
    await expect.poll(() => told.at(-1)).toBe("again a");
    const second = node.operations.filter(({ op }) => op === "play")[1];
    expect(Number(second?.fields["start"])).toBeGreaterThanOrEqual(90_000);
    expect(Number(second?.fields["start"])).toBeLessThan(120_000);
  });

  it("does not fill a loop with a track that ends at once", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node), { retries: 2 });
    node.onOperation = ({ op }) => {
      if (op === "play") setImmediate(() => node.endTrack(guild));
      return false;
    };
    player.setLoop("track");
    player.add(tracks("nothing"), ann);
    await expect.poll(() => told.at(-1)).toBe("idle");
    expect(plays(node)).toEqual(["nothing", "nothing", "nothing"]);
  });

  it("is noticed when the node does not even start it", async () => {
    const node = await startNode();
    node.onOperation = ({ op, fields }) => op === "play" && fields["track"] === "x";
    const { player, told } = makePlayer(connect(node), { startTimeoutMs: 20, retries: 1 });
    player.add(tracks("x", "a"), ann);
    await expect.poll(() => told).toEqual(["failed x", "start a"]);
    expect(plays(node)).toEqual(["x", "x", "a"]);
  });

  it("is noticed when it falls silent", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node), { silenceMs: 50 });
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => told).toContain("start a");
    const silent = node.player(guild);
    if (silent) silent.track = null;
    await expect.poll(() => told.at(-1)).toBe("start b");
  });
});

describe("without a gap", () => {
  const gapless = { gapless: true, preloadMs: 1_000_000, crossfadeMs: 2_000 };

  it("the node gets the next track before the end, and nothing is played twice", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node), gapless);
    player.add(tracks("a", "b", "c"), ann);
    await expect.poll(() => node.player(guild)?.next).toBe("b");
    expect(node.operations.at(-1)?.fields).toMatchObject({ next: true, crossfade: 2_000, radio: true });
    node.endTrack(guild);
    await expect.poll(() => told).toEqual(["start a", "finished a", "start b"]);
    await expect.poll(() => node.player(guild)?.next).toBe("c");
    expect(plays(node)).toEqual(["a", "b next", "c next"]);
    expect(player.queue.current?.track.title).toBe("b");
  });

  it("another next one takes the place, and none at all is stopped when it starts", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node), gapless);
    player.add(tracks("a", "b", "c"), ann);
    await expect.poll(() => node.player(guild)?.next).toBe("b");
    player.move(1, 0);
    await expect.poll(() => node.player(guild)?.next).toBe("c");
    player.clear();
    node.endTrack(guild);
    await expect.poll(() => node.player(guild)?.track).toBeNull();
    expect(told).toEqual(["start a", "finished a", "idle"]);
  });

  it("a skip does not play the next one twice", async () => {
    const node = await startNode();
    const { player, told } = makePlayer(connect(node), gapless);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => node.player(guild)?.next).toBe("b");
    player.skip();
    await expect.poll(() => told.at(-1)).toBe("start b");
    expect(node.player(guild)).toMatchObject({ track: "b", next: null });
  });

  it("is off for nodes that would cut the track", async () => {
    const node = await startNode({});
    const { player, told } = makePlayer(connect(node), { ...gapless, gapless: false });
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => told).toContain("start a");
    node.endTrack(guild);
    await expect.poll(() => told.at(-1)).toBe("start b");
    expect(plays(node)).toEqual(["a", "b"]);
  });
});

describe("starting", () => {
  it("waits for what the node tells and forgets nobody's listeners", async () => {
    const node = await startNode();
    const client = connect(node);
    const { player } = makePlayer(client);
    let starts = 0;
    client.eventTarget.on(TrackStartEvent, () => starts++);
    player.start();
    expect(node.operations).toEqual([]);
    player.add(tracks("a"), ann);
    await expect.poll(() => starts).toBe(1);
    await player.close({ destroy: true });
    await expect.poll(() => node.player(guild)).toBeUndefined();
    expect(() => new QueuePlayer(client, guild)).not.toThrow();
  });
});
