import { PoolGuildMoveEvent } from "@asterite/andesite";
import { FakeClock, settled } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { EntryEndEvent, ListenerError, NodeErrorEvent, QueueChangeEvent } from "./index.ts";
import { ann, encoded, titleOf, titles, track } from "./queue.test-support.ts";
import { connect, guild, makePlayer, nextOf, plays, startNode } from "./queue-player.test-support.ts";
import { readSnapshot } from "./snapshot.ts";

const tracks = (...names: string[]) => names.map((name) => track(name));

/** Plays "a" with "b" queued on a clock that stands still. */
async function playing(options: object = {}) {
  const node = await startNode();
  const clock = new FakeClock();
  const client = connect(node);
  const made = makePlayer(client, { clock, silenceMs: 2 ** 31 - 1, ...options });
  made.player.add(tracks("a", "b"), ann);
  await expect.poll(() => made.log).toEqual(["start a"]);
  return { node, clock, client, ...made };
}

it("advances the position by the clock, except while paused", async () => {
  const { player, clock, node } = await playing();
  await settled(() => player.positionMs);
  // No report of the node changes the position from now on.
  node.stall();
  const before = player.positionMs;
  await clock.advance(5_000);
  expect(player.positionMs).toBe(before + 5_000);
  player.pause();
  await clock.advance(5_000);
  expect(player.positionMs).toBe(before + 5_000);
  player.resume();
  await clock.advance(1_000);
  expect(player.positionMs).toBe(before + 6_000);
});

it("ends a pause with a skip, and with the end of the queue", async () => {
  const { player, node, log } = await playing();
  player.pause();
  player.skip();
  await expect.poll(() => log.at(-1)).toBe("start b");
  expect([player.paused, node.player(guild)?.paused]).toEqual([false, false]);
  player.pause();
  player.stop();
  expect(player.paused).toBe(false);
});

it("seeks in a track that has not started by playing it from there", async () => {
  const node = await startNode();
  const { player, log } = makePlayer(connect(node), { startTimeoutMs: 2 ** 31 - 1 });
  node.muteEvents = true;
  player.add(tracks("a"), ann);
  await expect.poll(() => plays(node)).toEqual(["a"]);
  player.seek(60_000);
  await expect.poll(() => plays(node)).toEqual(["a", "a"]);
  expect([node.operations.at(-1)?.fields["start"], node.opsOf(guild).includes("seek")]).toEqual([
    60_000,
    false,
  ]);
  node.muteEvents = false;
  node.event(guild, { type: "TrackStartEvent", track: encoded("a", 60_000) });
  await expect.poll(() => log).toEqual(["start a"]);
  player.seek(90_000);
  await expect.poll(() => node.opsOf(guild).at(-1)).toBe("seek");
});

describe("events of another track", () => {
  it("neither end nor fail the current one", async () => {
    const { node, log, player } = await playing();
    const other = encoded("other");
    node.event(guild, { type: "TrackEndEvent", track: other, reason: "FINISHED", mayStartNext: true });
    node.event(guild, { type: "TrackEndEvent", track: other, reason: "LOAD_FAILED", mayStartNext: true });
    node.event(guild, { type: "TrackStuckEvent", track: other, thresholdMs: 10_000 });
    expect(await settled(() => log.length)).toBe(1);
    expect([player.queue.current?.track.title, plays(node)]).toEqual(["a", ["a"]]);
  });

  it("do not stop the retry of the one that failed", async () => {
    const { node, log, clock } = await playing({ retryDelayMs: 1_000 });
    node.event(guild, { type: "TrackStuckEvent", track: encoded("a"), thresholdMs: 10_000 });
    await settled(() => log.length);
    node.event(guild, {
      type: "TrackEndEvent",
      track: encoded("a"),
      reason: "LOAD_FAILED",
      mayStartNext: true,
    });
    expect(await settled(() => log.length)).toBe(1);
    await clock.advance(1_000);
    await expect.poll(() => plays(node)).toEqual(["a", "a"]);
  });

  it("count as the end of the current one if it was preloaded", async () => {
    const { node, log, clock } = await playing({ gapless: true, preloadMs: 1_000_000 });
    await clock.advance(0);
    await expect.poll(() => nextOf(node)).toBe("b");
    const player = node.player(guild);
    if (player) [player.track, player.next] = [player.next, null];
    node.event(guild, { type: "TrackStartEvent", track: encoded("b") });
    await expect.poll(() => log).toEqual(["start a", "finished a", "start b"]);
    expect(plays(node)).toEqual(["a", "b next"]);
  });
});

it("preloads when gapless playback is turned on during a track, and reports the change", async () => {
  const { node, player, clock } = await playing({ preloadMs: 1_000_000 });
  await clock.advance(1_000);
  expect(plays(node)).toEqual(["a"]);
  player.gapless = true;
  expect([player.gapless, player.toSnapshot().gapless]).toEqual([true, true]);
  const changed = player.subscribe(QueueChangeEvent).first();
  await clock.advance(0);
  await changed;
  expect(player.toSnapshot().preloadedId).toBe(player.queue.upcoming[0]?.id);
  await expect.poll(() => nextOf(node)).toBe("b");
});

it("plays the next entry when a restart finds another track than the preloaded one next in the queue", async () => {
  const { node, player, log, clock } = await playing({ gapless: true, preloadMs: 1_000_000 });
  await clock.advance(0);
  await expect.poll(() => nextOf(node)).toBe("b");
  player.seek(100_000);
  await expect.poll(() => node.opsOf(guild)).toContain("seek");
  const stored = JSON.parse(JSON.stringify(player.toSnapshot()));
  await player.close();
  node.endTrack(guild);
  const [b] = stored.upcoming;
  const c = { ...b, id: 99, track: track("c") };
  const snapshot = readSnapshot({ ...stored, upcoming: [c, b] });
  const restored = makePlayer(connect(node), { snapshot });
  restored.player.start();
  await expect.poll(() => restored.log).toEqual(["finished a", "start c"]);
  expect([log, titles(restored.player.queue.upcoming)]).toEqual([["start a"], ["b"]]);
});

it("does not become idle when a listener adds an entry at the end of the last one", async () => {
  const { node, player, log } = await playing();
  player.skip();
  await expect.poll(() => log.at(-1)).toBe("start b");
  player.once(EntryEndEvent, () => void player.add(tracks("c"), ann));
  node.endTrack(guild);
  await expect.poll(() => log.at(-1)).toBe("start c");
  expect(log).not.toContain("idle");
});

it("reports nothing after it was closed", async () => {
  const { player, log } = await playing();
  const events: unknown[] = [];
  player.on(QueueChangeEvent, (event) => void events.push(event));
  await player.close();
  player.setVolume(0.5);
  player.clear();
  expect([events, log]).toEqual([[], ["start a"]]);
});

it("ignores moves of guilds without a queue", async () => {
  const { client } = await playing();
  const errors: unknown[] = [];
  client.eventTarget.on(ListenerError, ({ error }) => void errors.push(error));
  await client.eventTarget.emit(new PoolGuildMoveEvent(client as never, "77", null));
  expect(errors).toEqual([]);
});

it("reports a play command that the connection rejects as an error of the node, not of the track", async () => {
  const node = await startNode();
  const client = connect(node);
  const { player, log } = makePlayer(client);
  const errors: unknown[] = [];
  player.on(NodeErrorEvent, ({ error }) => void errors.push(error));
  await (client as unknown as AsyncDisposable & { close(): Promise<void> }).close();
  player.add(tracks("a"), ann);
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  expect(new Set(errors.map(String))).toEqual(new Set(["ClientClosedError: the client is closed"]));
  expect([log, titleOf(player.queue.current?.track.track)]).toEqual([[], "a"]);
});
