import { TrackStartEvent } from "@asterite/andesite";
import { ListenerError } from "@asterite/observable";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { NodeErrorEvent, QueueChangeEvent } from "./events.ts";
import { ann, titleOf, titles, track } from "./queue.test-support.ts";
import {
  connect,
  guild,
  makePlayer,
  nextOf,
  playing,
  plays,
  startNode,
} from "./queue-player.test-support.ts";
import { QueuePlayer } from "./queue-player.ts";

const tracks = (...names: string[]) => names.map((name) => track(name));

describe("playback", () => {
  it("plays the tracks in order and then becomes idle", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    expect(player.isBusy).toBe(false);
    player.add(tracks("a", "b"), ann);
    expect(player.isBusy).toBe(true);
    for (const name of ["a", "b"]) {
      await expect.poll(() => log.at(-1)).toBe(`start ${name}`);
      node.endTrack(guild);
    }
    await expect.poll(() => log).toEqual(["start a", "finished a", "start b", "finished b", "idle"]);
    expect([player.isBusy, plays(node)]).toEqual([false, ["a", "b"]]);
    expect(node.operations[0]?.fields).toMatchObject({ radio: true, pause: false, volume: 100 });
    player.add(tracks("c"), ann);
    await expect.poll(() => log.at(-1)).toBe("start c");
  });

  it("ignores the end of the previous track while the next one starts", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a", "b", "c"), ann);
    await expect.poll(() => log).toContain("start a");
    // The track ends while the command to play the next one is in transit.
    node.onOperation = ({ op, fields }) => {
      if (op === "play" && titleOf(fields["track"]) === "b") node.endTrack(guild);
      return false;
    };
    player.skip();
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect([plays(node), titles(player.queue.upcoming)]).toEqual([["a", "b"], ["c"]]);
  });

  it("ignores the end of the previous track when the next one is the same track", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a", "a", "b"), ann);
    await expect.poll(() => log).toContain("start a");
    node.onOperation = () => {
      node.onOperation = null;
      node.endTrack(guild);
      return false;
    };
    player.skip();
    await expect.poll(() => log).toEqual(["start a", "skipped a", "start a"]);
    expect(titles(player.queue.upcoming)).toEqual(["b"]);
  });

  it("pauses, seeks, changes volume and filters, and reports the position", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toContain("start a");
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

  it("throws a QueueError for invalid calls", async () => {
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
      expect(act).toThrow(code("NOT_PLAYING"));
    }
    expect(player.previous()).toBeNull();
    player.add([track("live", { isSeekable: false, lengthMs: null })], ann);
    expect(() => player.seek(5)).toThrow(code("NOT_SEEKABLE"));
    expect(() => player.seek(-1)).toThrow(code("BAD_ARGUMENT"));
    expect(() => player.setVolume(11)).toThrow("volume is 11; allowed: a number from 0 to 10");
    expect(() => makePlayer(client)).toThrow(code("QUEUE_EXISTS"));
    for (const act of [
      () => new QueuePlayer({} as never, "7"),
      () => new QueuePlayer(null as never, "7"),
      () => new QueuePlayer(client, "7", null as never),
      () => player.setFilters(null as never),
      () => player.sort(null as never),
      () => player.shuffle(5 as never),
      () => player.removeWhere("x" as never),
      () => player.addEntries(5 as never),
      () => player.addEntries([null] as never),
    ]) {
      expect(act).toThrow(code("BAD_ARGUMENT"));
    }
    expect(() => makePlayer(client, { preloadMs: 1 })).toThrow("preloadMs");
    await player.close();
    await makePlayer(client).player.close();
  });

  it("keeps the type of volume and position, so that a text from a user is not sent to the node", async () => {
    const { player } = makePlayer(connect(await startNode()));
    expect(() => player.setVolume("1" as never)).toThrow("volume is 1; allowed: a number from 0 to 10");
    player.add([track("one")], ann);
    expect(() => player.seek("5" as never)).toThrow("positionMs is 5; allowed: a number of at least 0");
    expect(player.volume).toBe(1);
  });

  it("refuses a guild whose events would never reach the queue", async () => {
    const client = connect(await startNode());
    for (const guildId of ["general", "", "007", 5 as never]) {
      expect(() => new QueuePlayer(client, guildId)).toThrow("allowed: an id, as a string of digits");
    }
  });

  it("refuses tracks that it would never play: a single one without an array, and any after close()", async () => {
    const { player } = makePlayer(connect(await startNode()));
    expect(() => player.add(track("one") as never, ann)).toThrow(
      "tracks is object; allowed: an array of tracks",
    );
    await player.close();
    const closed = expect.objectContaining({ code: "CLOSED" });
    expect(() => player.add([track("one")], ann)).toThrow(closed);
    expect(() => player.addEntries([{ track: track("one"), requester: ann }])).toThrow(closed);
  });

  it("returns to the previous track, and stops", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toContain("start a");
    player.skip();
    await expect.poll(() => log).toContain("start b");
    player.previous();
    await expect.poll(() => log.filter((line) => line === "start a")).toHaveLength(2);
    expect(titles(player.queue.upcoming)).toEqual(["b"]);
    player.stop();
    await expect.poll(() => playing(node)).toBeNull();
    expect(log.slice(-2)).toEqual(["stopped a", "idle"]);
    expect(player.queue.upcoming).toEqual([]);
  });

  it("emits NodeErrorEvent when sending fails, and reports a listener that throws", async () => {
    const node = await startNode();
    const client = connect(node);
    const { player } = makePlayer(client);
    const errors: unknown[] = [];
    const failure = new Error("mine");
    player.on(NodeErrorEvent, ({ error }) => {
      errors.push(error);
      throw failure;
    });
    const reported: unknown[] = [];
    player.on(ListenerError, ({ error, event }) => reported.push(error, event.constructor));
    await (client as unknown as { close(): Promise<void> }).close();
    player.add(tracks("a"), ann);
    await expect.poll(() => errors.map(String)[0]).toContain("closed");
    expect(reported.slice(0, 2)).toEqual([failure, NodeErrorEvent]);
  });

  it("prints a failure to send when nothing listens for NodeErrorEvent", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const client = connect(await startNode());
    const { player } = makePlayer(client);
    await (client as unknown as { close(): Promise<void> }).close();
    player.add(tracks("a"), ann);
    await expect.poll(() => String(warned.mock.calls[0]?.[0])).toContain("NodeErrorEvent without a listener");
  });

  it("prints the stack of a failing listener when nothing listens for ListenerError", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const node = await startNode();
    const { player } = makePlayer(connect(node));
    const failure = new Error("mine");
    player.on(QueueChangeEvent, () => Promise.reject(failure));
    player.setVolume(0.5);
    await expect.poll(() => warned.mock.calls.length).toBe(1);
    expect(warned.mock.calls[0]?.[0]).toMatchObject({ detail: failure.stack });
  });

  it("reports an error of the debug hook, and continues", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const failure = new Error("mine");
    const debug = () => {
      throw failure;
    };
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), { debug });
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    expect(warned.mock.calls[0]?.[0]).toMatchObject({ detail: failure.stack });
  });
});

it("advances when the node reports nothing about a track that ended", async () => {
  const node = await startNode();
  const { player, log } = makePlayer(connect(node), { silenceMs: 50 });
  player.add(tracks("a", "b"), ann);
  await expect.poll(() => log).toContain("start a");
  const silent = node.player(guild);
  if (silent) silent.track = null;
  await expect.poll(() => log.at(-1)).toBe("start b");
});

describe("gapless playback", () => {
  const gapless = { gapless: true, preloadMs: 1_000_000, crossfadeMs: 2_000 };

  it("preloads the next track and plays each track once", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), gapless);
    player.add(tracks("a", "b", "c"), ann);
    await expect.poll(() => nextOf(node)).toBe("b");
    expect(node.operations.at(-1)?.fields).toMatchObject({ next: true, crossfade: 2_000, radio: true });
    node.endTrack(guild);
    await expect.poll(() => log).toEqual(["start a", "finished a", "start b"]);
    await expect.poll(() => nextOf(node)).toBe("c");
    expect(plays(node)).toEqual(["a", "b next", "c next"]);
    expect(player.queue.current?.track.title).toBe("b");
  });

  it("replaces the preloaded track, and stops it when the queue was cleared", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), gapless);
    player.add(tracks("a", "b", "c"), ann);
    await expect.poll(() => nextOf(node)).toBe("b");
    player.move(1, 0);
    await expect.poll(() => nextOf(node)).toBe("c");
    player.clear();
    node.endTrack(guild);
    await expect.poll(() => playing(node)).toBeNull();
    expect(log).toEqual(["start a", "finished a", "idle"]);
  });

  it("plays the preloaded track once after a skip", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), gapless);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => nextOf(node)).toBe("b");
    player.skip();
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect([playing(node), nextOf(node)]).toEqual(["b", null]);
  });

  it("preloads nothing when it is off", async () => {
    const node = await startNode({});
    const { player, log } = makePlayer(connect(node), { ...gapless, gapless: false });
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toContain("start a");
    node.endTrack(guild);
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect(plays(node)).toEqual(["a", "b"]);
  });
});

describe("start and close", () => {
  it("does nothing for an empty queue, keeps other listeners, and frees the guild on close", async () => {
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
