import { FakeClock, type ScriptedNode, settled } from "@asterite/testkit";
import type { DebugEntry } from "@asterite/util";
import { describe, expect, it } from "vitest";
import { EntryEndEvent, EntryStartEvent, QueueHaltEvent, QueueIdleEvent } from "./events.ts";
import { ann, encoded, titleOf, titles, track } from "./queue.test-support.ts";
import {
  connect,
  guild,
  makePlayer,
  nextOf,
  playing,
  plays,
  startNode,
} from "./queue-player.test-support.ts";
import type { QueuePlayer } from "./queue-player.ts";

const tracks = (...names: string[]) => names.map((name) => track(name));
const damaged = (name: string) => track(name, { track: "QAAA" });

/** Ends each broken track as soon as it was started, like a node that cannot read it. */
function breakTracks(node: ScriptedNode, broken: (track: string) => boolean): void {
  node.onOperation = ({ op, fields }) => {
    if (op !== "play" || !broken(String(titleOf(fields["track"])))) return false;
    setImmediate(() => {
      node.event(guild, { type: "TrackExceptionEvent", track: fields["track"], error: "no such file" });
      node.endTrack(guild, "LOAD_FAILED");
    });
    return false;
  };
}

/** Collects the failures of entries, as `title CODE message`. */
function collectFailures(player: QueuePlayer): string[] {
  const failures: string[] = [];
  player.on(EntryEndEvent, ({ entry, failure }) => {
    if (failure) failures.push(`${entry.track.title} ${failure.code} ${failure.message}`);
  });
  return failures;
}

describe("tracks that the node cannot play", () => {
  it("skips an entry that cannot be loaded, without a retry", async () => {
    const node = await startNode();
    breakTracks(node, (name) => name === "broken");
    const { player, log } = makePlayer(connect(node), { retryDelayMs: 60_000 });
    const failures = collectFailures(player);
    player.add(tracks("broken", "good"), ann);
    await expect.poll(() => log).toEqual(["start broken", "failed broken", "start good"]);
    expect(plays(node)).toEqual(["broken", "good"]);
    expect(failures).toEqual(["broken LOAD_FAILED no such file"]);
    expect(player.queue.history).toEqual([]);
  });

  it("skips an entry whose load fails before it has started", async () => {
    const node = await startNode();
    node.onOperation = ({ op, fields }) => {
      if (op !== "play" || titleOf(fields["track"]) !== "broken") return false;
      node.event(guild, {
        type: "TrackEndEvent",
        track: fields["track"],
        reason: "LOAD_FAILED",
        mayStartNext: true,
      });
      return false;
    };
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("first", "broken", "good"), ann);
    await expect.poll(() => log).toContain("start first");
    player.skip();
    await expect.poll(() => log.at(-1)).toBe("start good");
    expect(log).toContain("failed broken");
  });

  it("skips damaged tracks, which it does not send", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    const failures = collectFailures(player);
    const entries = player.add([damaged("x"), damaged("y"), track("good")], ann);
    expect([titles(entries), log]).toEqual([["x", "y", "good"], []]);
    await expect.poll(() => log).toEqual(["failed x", "failed y", "start good"]);
    expect(plays(node)).toEqual(["good"]);
    expect(failures[0]).toMatch(/^x TRACK_MALFORMED the track is damaged: header: /);
  });

  it("skips a track that the node does not accept as soon as the node has processed it", async () => {
    const node = await startNode();
    node.onOperation = ({ op, fields }) => op === "play" && titleOf(fields["track"]) === "x";
    const { player, log } = makePlayer(connect(node), { retryDelayMs: 60_000 });
    const failures = collectFailures(player);
    player.add(tracks("x", "a"), ann);
    await expect.poll(() => log).toEqual(["failed x", "start a"]);
    expect([plays(node), failures]).toEqual([
      ["x", "a"],
      ["x TRACK_REJECTED the node did not accept the track"],
    ]);
  });

  it("retries a track whose start the node does not report, then drops it", async () => {
    const node = await startNode();
    node.onOperation = ({ op, fields }) => {
      if (op === "play") node.muteEvents = titleOf(fields["track"]) === "x";
      return false;
    };
    const { player, log } = makePlayer(connect(node), { startTimeoutMs: 20, retries: 1 });
    const failures = collectFailures(player);
    player.add(tracks("x", "a"), ann);
    await expect.poll(() => log).toEqual(["failed x", "start a"]);
    expect(plays(node)).toEqual(["x", "x", "a"]);
    expect(failures).toEqual(["x START_TIMED_OUT the node did not report the start of the track"]);
  });

  it("does not restart a track that starts late, during the delay of a retry", async () => {
    const node = await startNode();
    node.muteEvents = true;
    const entries: DebugEntry[] = [];
    const { player, log } = makePlayer(connect(node), {
      startTimeoutMs: 20,
      retryDelayMs: 300,
      debug: (entry) => entries.push(entry),
    });
    player.add(tracks("a"), ann);
    await expect.poll(() => entries.map(({ event }) => event)).toContain("retry-scheduled");
    node.muteEvents = false;
    node.event(guild, { type: "TrackStartEvent", track: encoded("a") });
    await expect.poll(() => log).toEqual(["start a"]);
    // The retry would have taken place by then.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([plays(node), log]).toEqual([["a"], ["start a"]]);
  });

  it("resumes a stuck track at its position, and drops it when it gets stuck again and again", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), { retries: 1 });
    const failures = collectFailures(player);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toContain("start a");
    player.seek(90_000);
    await expect.poll(() => node.opsOf(guild)).toContain("seek");
    node.event(guild, { type: "TrackStuckEvent", track: encoded("a", 91_000), thresholdMs: 10_000 });
    await expect.poll(() => log.at(-1)).toBe("again a");
    expect(node.operations.filter(({ op }) => op === "play")[1]?.fields).toMatchObject({ start: 91_000 });
    node.event(guild, { type: "TrackStuckEvent", track: encoded("a", 91_000), thresholdMs: 10_000 });
    await expect.poll(() => log.at(-1)).toBe("start b");
    expect(failures).toEqual(["a TRACK_STUCK the node gets no more audio of this track"]);
  });

  it("starts a stuck live stream anew, not at a position", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add([track("live", { isSeekable: false, lengthMs: null })], ann);
    await expect.poll(() => log).toEqual(["start live"]);
    node.event(guild, { type: "TrackStuckEvent", track: encoded("live", 91_000), thresholdMs: 10_000 });
    await expect.poll(() => log).toEqual(["start live", "again live"]);
    expect(node.operations.filter(({ op }) => op === "play")[1]?.fields).not.toHaveProperty("start");
  });

  it("forgets earlier failures of a track that has played for a while since", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), { retries: 1, healthyMs: 5_000 });
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    for (const [round, positionMs] of [20_000, 40_000, 60_000, 80_000].entries()) {
      node.event(guild, { type: "TrackStuckEvent", track: encoded("a", positionMs), thresholdMs: 10_000 });
      await expect.poll(() => log).toHaveLength(round + 2);
    }
    expect(log).toEqual(["start a", "again a", "again a", "again a", "again a"]);
  });

  it("drops a looped track that ends immediately", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), { retries: 2 });
    const failures = collectFailures(player);
    node.onOperation = ({ op }) => {
      if (op === "play") setImmediate(() => node.endTrack(guild));
      return false;
    };
    player.setLoop("track");
    player.add(tracks("empty"), ann);
    await expect.poll(() => log.at(-1)).toBe("idle");
    expect(plays(node)).toEqual(["empty", "empty", "empty"]);
    expect(failures).toEqual(["empty PLAYBACK_FAILED the track ended immediately"]);
  });

  it("restores a player that another client has destroyed", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    node.players.delete(`1:${guild}`);
    for (const session of node.sessions) {
      session.send({ op: "event", userId: "1", guildId: guild, type: "PlayerDestroyedEvent", cleanup: true });
    }
    await expect.poll(() => playing(node)).toBe("a");
    await expect.poll(() => log).toEqual(["start a", "again a"]);
  });
});

describe("halting", () => {
  it("halts after too many failures in a row, and continues on request", async () => {
    const node = await startNode();
    breakTracks(node, () => true);
    const { player, log } = makePlayer(connect(node), { maxFailures: 3 });
    player.setLoop("queue");
    player.add(tracks("a", "b", "c", "d", "e"), ann);
    await expect.poll(() => log.at(-1)).toBe("halt 3");
    expect(plays(node)).toEqual(["a", "b", "c"]);
    expect(titles(player.queue.upcoming)).toEqual(["d", "e"]);
    expect(player.isBusy).toBe(false);
    node.onOperation = null;
    player.resume();
    await expect.poll(() => log.at(-1)).toBe("start d");
  });

  it("does not halt when tracks fail and play in turn", async () => {
    const node = await startNode();
    breakTracks(node, (name) => name.startsWith("bad"));
    const { player, log } = makePlayer(connect(node), { maxFailures: 2 });
    player.add(tracks("bad 1", "good 1", "bad 2", "good 2", "bad 3", "good 3"), ann);
    for (const number of [1, 2, 3]) {
      await expect.poll(() => log.at(-1)).toBe(`start good ${number}`);
      node.endTrack(guild);
    }
    await expect.poll(() => log.at(-1)).toBe("idle");
    expect(log.filter((line) => line.startsWith("failed"))).toHaveLength(3);
    expect(log.some((line) => line.startsWith("halt"))).toBe(false);
  });

  it.each([
    ["a skip", (player: QueuePlayer) => player.skip()],
    ["an added track", (player: QueuePlayer) => player.add(tracks("more"), ann)],
    ["a resume", (player: QueuePlayer) => player.resume()],
  ])("resets the count of failures after %s", async (_, act) => {
    const node = await startNode();
    breakTracks(node, () => true);
    const { player, log } = makePlayer(connect(node), { maxFailures: 2 });
    player.add(tracks("a", "b", "c", "d", "e", "f", "g"), ann);
    await expect.poll(() => log.at(-1)).toBe("halt 2");
    log.length = 0;
    act(player);
    await expect.poll(() => log.at(-1)).toBe("halt 2");
    expect(log.filter((line) => line.startsWith("failed"))).toHaveLength(2);
  });

  it("becomes idle when the last tracks failed", async () => {
    const node = await startNode();
    breakTracks(node, () => true);
    const { player, log } = makePlayer(connect(node), { maxFailures: 1 });
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toEqual(["start a", "failed a", "idle"]);
  });
});

describe("listeners that change the queue", () => {
  it("plays the entry that skip returned to a listener of an end", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    let returned: string | undefined;
    player.on(EntryEndEvent, ({ reason }) => {
      if (reason === "finished") returned ??= player.skip()?.track.title;
    });
    player.add(tracks("a", "b", "c", "d"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    node.endTrack(guild);
    await expect.poll(() => log).toEqual(["start a", "finished a", "skipped b", "start c"]);
    expect([returned, player.queue.current?.track.title]).toEqual(["c", "c"]);
    expect(titles(player.queue.upcoming)).toEqual(["d"]);
  });

  it("does not become idle when a listener adds a track at the end of the last one", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node));
    player.once(EntryEndEvent, () => void player.add(tracks("b"), ann));
    player.add(tracks("a"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    node.endTrack(guild);
    await expect.poll(() => log).toEqual(["start a", "finished a", "start b"]);
  });

  it("does not report a halt that a listener has ended", async () => {
    const node = await startNode();
    breakTracks(node, (name) => name === "a");
    const { player, log } = makePlayer(connect(node), { maxFailures: 1 });
    player.once(EntryEndEvent, () => player.resume());
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a", "failed a", "start b"]);
  });

  it("reports idle and halt after the end that caused them", async () => {
    const node = await startNode();
    const { player } = makePlayer(connect(node));
    const order: string[] = [];
    player.on([EntryStartEvent, EntryEndEvent, QueueIdleEvent, QueueHaltEvent], (event) =>
      order.push(event.constructor.name),
    );
    player.add(tracks("a"), ann);
    await expect.poll(() => order).toEqual(["EntryStartEvent"]);
    player.stop();
    expect(order).toEqual(["EntryStartEvent", "EntryEndEvent", "QueueIdleEvent"]);
    player.stop();
    expect(await settled(() => order.length)).toBe(3);
  });
});

describe("death of the node", () => {
  /** Kills the node and waits until the player plays there again. */
  async function killNode(node: ScriptedNode): Promise<void> {
    const count = plays(node).length;
    await node.die();
    await node.restart();
    await expect.poll(() => plays(node).length, { timeout: 10_000 }).toBeGreaterThan(count);
  }

  it.each([
    ["seekable", false],
    ["live", false],
    ["paused", true],
  ])("survives any number of deaths hours apart: %s track", async (kind, isPaused) => {
    const node = await startNode();
    const clock = new FakeClock();
    // Without queries for silence, which the clock would cause by the hundred.
    const options = { clock, retries: 1, silenceMs: 2 ** 31 - 1 };
    const { player, log } = makePlayer(connect(node), options);
    const isSeekable = kind !== "live";
    player.add([track("a", { isSeekable, lengthMs: isSeekable ? 360_000_000 : null }), track("b")], ann);
    await expect.poll(() => log).toEqual(["start a"]);
    if (isPaused) player.pause();
    for (let death = 0; death < 5; death++) {
      await clock.advance(1_000);
      await clock.advance(3_600_000);
      await killNode(node);
      await expect.poll(() => log).toHaveLength(death + 2);
    }
    expect(new Set(log)).toEqual(new Set(["start a", "again a"]));
    expect(player.paused).toBe(isPaused);
  });

  it("drops a track during which the node died too often", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), { clock: new FakeClock(), retries: 2 });
    const failures = collectFailures(player);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => log).toEqual(["start a"]);
    for (const length of [2, 3, 5]) {
      await killNode(node);
      await expect.poll(() => log).toHaveLength(length);
    }
    expect(log).toEqual(["start a", "again a", "again a", "failed a", "start b"]);
    expect(failures).toEqual(["a PLAYER_LOST the node lost its player repeatedly during this track"]);
  });

  it("drops a track that crashes the node before it has started", async () => {
    const node = await startNode();
    node.onOperation = ({ op, fields }) => {
      if (op !== "play" || titleOf(fields["track"]) !== "poison") return false;
      // At once, before it answers the query that follows.
      void node.die().then(() => node.restart());
      return true;
    };
    const { player, log } = makePlayer(connect(node), { retries: 2 });
    const failures = collectFailures(player);
    player.add(tracks("poison", "good"), ann);
    await expect.poll(() => log.at(-1), { timeout: 10_000 }).toBe("start good");
    expect(log).toEqual(["failed poison", "start good"]);
    expect(failures[0]).toMatch(/^poison PLAYER_LOST/);
  });
});

describe("preloaded entries that the node does not play", () => {
  const gapless = { gapless: true, preloadMs: 1_000_000 };

  it("plays an entry whose preload was lost when its turn comes", async () => {
    const node = await startNode();
    node.onOperation = ({ op, fields }) => op === "play" && fields["next"] === true;
    const { player, log } = makePlayer(connect(node), gapless);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => plays(node)).toEqual(["a", "b next"]);
    node.endTrack(guild);
    await expect.poll(() => log).toEqual(["start a", "finished a", "start b"]);
    expect(plays(node)).toEqual(["a", "b next", "b"]);
  });

  it("does not preload a damaged track", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), gapless);
    player.add([track("a"), damaged("x"), track("b")], ann);
    await expect.poll(() => log).toEqual(["start a"]);
    expect(await settled(() => plays(node).length)).toBe(1);
    node.endTrack(guild);
    await expect.poll(() => log).toEqual(["start a", "finished a", "failed x", "start b"]);
  });

  it("continues with the preloaded entry when the current one breaks off", async () => {
    const node = await startNode();
    const { player, log } = makePlayer(connect(node), gapless);
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => nextOf(node)).toBe("b");
    node.event(guild, { type: "TrackExceptionEvent", track: encoded("a"), error: "broken pipe" });
    node.endTrack(guild);
    await expect.poll(() => log).toEqual(["start a", "failed a", "start b"]);
    expect(plays(node)).toEqual(["a", "b next"]);
  });

  it("preloads again after the node was restarted", async () => {
    const node = await startNode();
    const { player } = makePlayer(connect(node), { ...gapless, crossfadeMs: 3_000, normalize: true });
    player.add(tracks("a", "b"), ann);
    await expect.poll(() => nextOf(node)).toBe("b");
    await node.die();
    await node.restart();
    await expect.poll(() => nextOf(node)).toBe("b");
    expect(node.operations.at(-1)?.fields).toMatchObject({ crossfade: 3_000, normalize: true, radio: true });
  });
});

describe("debug log", () => {
  it("has an entry for each operation, query, change of state and failure", async () => {
    const node = await startNode();
    const entries: DebugEntry[] = [];
    const { player, log } = makePlayer(connect(node), { debug: (entry) => entries.push(entry) });
    player.add([damaged("x"), track("a")], ann);
    await expect.poll(() => log).toEqual(["failed x", "start a"]);
    await expect.poll(() => entries.map(({ event }) => event)).toContain("query-answered");
    expect(entries.every(({ source, details }) => source === "queue" && details["guildId"] === guild)).toBe(
      true,
    );
    expect(entries).toContainEqual({
      source: "queue",
      event: "entry-failed",
      details: expect.objectContaining({ entry: 1, code: "TRACK_MALFORMED" }),
    });
    expect(entries).toContainEqual({
      source: "queue",
      event: "state-changed",
      details: { guildId: guild, from: "starting", to: "playing", entry: 2, attempt: 1 },
    });
    expect(entries).toContainEqual({
      source: "queue",
      event: "operation-sent",
      details: { guildId: guild, op: "play" },
    });
  });
});
