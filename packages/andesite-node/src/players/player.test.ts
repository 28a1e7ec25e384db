import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { decodeTrack } from "@asterite/lavaplayer-track";
import { FakeClock, mediaFolder } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileTrack, mediaTrack, TestPlayers } from "./players.test-support.ts";

const tones = mediaTrack("tones.opus");
const started = "TrackStartEvent";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-players-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a track", () => {
  test("starts and ends, with an update after each event", async () => {
    await using players = new TestPlayers();
    const report = players.play(tones, { end: 200 });
    expect(report).toMatchObject({ position: 0, paused: false, volume: 100 });
    await players.told("TrackEndEvent FINISHED");
    await players.until(() => players.words.length === 4);
    expect(players.words).toEqual([started, "update", "TrackEndEvent FINISHED", "update"]);
    const [start, , end] = players.messages;
    expect(start?.content).toMatchObject({ fields: { track: tones } });
    expect(end?.content).toMatchObject({ fields: { mayStartNext: true } });
    expect(players.report?.position).toBeNull();
  });

  test("is replaced: the reply first, then the end, then the start", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    await players.told(started, "update");
    players.words.length = 0;
    players.play(mediaTrack("tones.flac"), { start: 1_500 });
    expect(players.words).toEqual([]);
    expect(players.report?.position).toBe(1_500);
    await players.until(() => players.words.length === 4);
    expect(players.words).toEqual(["TrackEndEvent REPLACED", "update", started, "update"]);
  });

  test("is kept where the new one asks for that", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    players.perform("pause", { pause: true });
    players.play(mediaTrack("tones.flac"), { noReplace: true, volume: 10 });
    await players.told("update");
    expect(players.words).toEqual([started, "update"]);
    expect(players.report?.volume).toBe(100);
  });

  test("stops", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    const report = players.perform("stop");
    expect(report?.position).toBeNull();
    await players.told("TrackEndEvent STOPPED");
    expect(players.messages.at(-2)?.content).toMatchObject({ fields: { mayStartNext: false } });
    players.perform("stop");
    await players.until(() => players.words.length === 4);
  });

  test("of a source that is off stops what plays, and text that is no track changes nothing", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    expect(() => players.play("no track")).toThrow();
    expect(players.report?.position).not.toBeNull();
    players.play(fileTrack("x", 1_000, "off"));
    expect(players.report?.position).toBeNull();
    await players.told("TrackEndEvent STOPPED");
  });

  test("carries its position in events", async () => {
    await using players = new TestPlayers();
    players.play(tones, { start: 1_000 });
    await players.hear(10);
    players.perform("stop");
    await players.told("TrackEndEvent STOPPED");
    const end = players.messages.find(
      ({ content }) => content.type === "event" && content.name === "TrackEndEvent",
    );
    const { positionMs } = decodeTrack(
      String(end?.content.type === "event" ? end.content.fields["track"] : ""),
    );
    expect(Number(positionMs)).toBeGreaterThan(1_100);
    expect(Number(positionMs)).toBeLessThan(3_000);
  });
});

describe("the end marker", () => {
  test.each([500, 1_000])("at %i ms, where or before the track starts, ends it at once", async (end) => {
    await using players = new TestPlayers();
    players.play(tones, { start: 1_000, end });
    await players.told("TrackEndEvent FINISHED");
    expect(players.words.filter((word) => word !== "update")).toEqual([started, "TrackEndEvent FINISHED"]);
    expect(players.report?.position).toBeNull();
  });

  test("ends the track where it stands", async () => {
    await using players = new TestPlayers();
    players.play(tones, { start: 1_000, end: 1_500 });
    const [left] = await players.hear(players.told("TrackEndEvent FINISHED"));
    expect(left.length / 48_000).toBeGreaterThan(0.4);
    expect(left.length / 48_000).toBeLessThan(0.7);
  });

  test("fires for a seek that goes beyond it", async () => {
    await using players = new TestPlayers();
    players.play(tones, { end: 2_000 });
    players.perform("seek", { position: 2_000 });
    await players.told("TrackEndEvent FINISHED");
  });
});

describe("a player", () => {
  test("stands still while it is paused, and goes on where it was", async () => {
    await using players = new TestPlayers();
    players.play(tones, { pause: true });
    await players.pass(10);
    expect(players.report).toMatchObject({ position: 0, paused: true });
    players.perform("pause");
    await players.hear(10);
    expect(players.report?.position).toBeGreaterThan(0);
    expect(players.report?.position).toBeLessThan(1_000);
  });

  test("says where a seek leads before it has got there", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    expect(players.perform("seek", { position: 2_500 })?.position).toBe(2_500);
    await players.told("TrackEndEvent FINISHED");
  });

  test("does not seek what has no end", async () => {
    await using players = new TestPlayers();
    players.play(fileTrack(join(mediaFolder, "tones.opus"), null));
    expect(players.perform("seek", { position: 2_500 })?.position).toBeLessThan(1_000);
  });

  test("clamps its volume", async () => {
    await using players = new TestPlayers();
    expect(players.perform("volume", { volume: 2_000 })?.volume).toBe(1_000);
    expect(players.perform("volume", { volume: -5 })?.volume).toBe(0);
    expect(players.perform("volume")?.volume).toBe(100);
  });

  test("applies an update up to the step that fails", async () => {
    await using players = new TestPlayers();
    const update = { pause: true, volume: 50, filters: { tremolo: { depth: 2 } } };
    expect(() => players.perform("update", update)).toThrow(/tremolo.depth/);
    expect(players.report).toMatchObject({ paused: true, volume: 50 });
  });

  test("has no more of its kind than the user may have", async () => {
    await using players = new TestPlayers();
    const create = (guild: number) =>
      players.players.perform("1", String(guild), { op: "stop", fields: {}, payload: {} });
    for (let guild = 0; guild < 20; guild++) create(guild);
    expect(() => create(20)).toThrow(/limit/);
    players.players.perform("1", "0", { op: "destroy", fields: {}, payload: {} });
    create(20);
    expect(players.players.counts()).toEqual({ total: 20, playing: 0 });
  });

  test("is destroyed: that it is gone first, then that its track stopped", async () => {
    await using players = new TestPlayers();
    expect(players.perform("destroy")).toBeNull();
    players.play(tones);
    await players.told("update");
    players.words.length = 0;
    expect(players.perform("destroy")).toMatchObject({ destroyed: true });
    await players.until(() => players.words.length === 4);
    expect(players.words).toEqual(["PlayerDestroyedEvent false", "TrackEndEvent STOPPED", "update", "gone"]);
    expect(players.messages.at(-2)?.content).toEqual({ type: "update", state: null });
    expect(players.report).toBeNull();
  });
});

describe("time", () => {
  test("brings an update every five seconds while there is a track, paused or not", async () => {
    const clock = new FakeClock();
    await using players = new TestPlayers({ clock });
    players.perform("stop");
    await clock.advance(20_000);
    expect(players.words).toEqual([]);
    players.play(tones, { pause: true });
    await clock.advance(14_999);
    expect(players.words).toEqual([started, "update", "update", "update"]);
    await clock.advance(1);
    expect(players.words).toHaveLength(5);
  });

  test("removes a player that plays and that nobody listens to", async () => {
    const clock = new FakeClock();
    await using players = new TestPlayers({ clock });
    players.perform("play", { track: tones });
    await clock.advance(59_999);
    expect(players.report).not.toBeNull();
    await clock.advance(1);
    expect(players.report).toBeNull();
    expect(players.words).toContain("PlayerDestroyedEvent true");
    expect(clock.pending).toBe(0);
  });

  test("leaves players alone that are paused or idle, or that play without listeners on purpose", async () => {
    const clock = new FakeClock();
    await using players = new TestPlayers({ clock });
    players.perform("play", { track: tones, pause: true });
    await clock.advance(600_000);
    expect(players.report).not.toBeNull();
    players.perform("stop");
    await clock.advance(600_000);
    players.play(mediaTrack("tones.wav"), { end: 900 });
    for (let step = 0; step < 20 && players.report?.position !== null; step++) {
      await players.pass(2);
      await clock.advance(30_000);
    }
    expect(players.report).not.toBeNull();
  });
});

describe("a track that fails", () => {
  test("before any audio tells the exception, and ends as not loaded", async () => {
    await using players = new TestPlayers();
    players.play(fileTrack(join(folder, "absent.mp3")));
    await players.told("TrackEndEvent LOAD_FAILED");
    expect(players.words.filter((word) => word !== "update")).toEqual([
      started,
      "TrackExceptionEvent",
      "TrackEndEvent LOAD_FAILED",
    ]);
  });

  test("needs nobody who listens for that", async () => {
    await using players = new TestPlayers();
    players.perform("play", { track: fileTrack(join(folder, "absent.mp3")) });
    await players.told("TrackEndEvent LOAD_FAILED");
  });

  test("in the middle is played as far as it goes", async () => {
    const file = join(folder, "cut.flac");
    const whole = await readFile(join(mediaFolder, "tones.flac"));
    await writeFile(file, whole.subarray(0, whole.length / 4));
    await using players = new TestPlayers();
    players.play(fileTrack(file));
    await players.told("TrackEndEvent FINISHED");
    expect(players.report?.position).toBeNull();
  });

  test("to give frames is stuck, which is told once, and stays loaded", async () => {
    const beginning = (await readFile(join(mediaFolder, "tones.wav"))).subarray(0, 60_000);
    const server = createServer((_request, response) => {
      response.writeHead(200, { "Content-Type": "audio/wav", "Content-Length": 5_000_000 });
      response.write(beginning);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/stalls.wav`;
    await using players = new TestPlayers({
      stuckThresholdMs: 300,
      locate: () => Promise.resolve({ type: "http", url, headers: {} }),
    });
    players.play(fileTrack(url));
    await players.told("TrackStuckEvent");
    await players.pass(30);
    expect(players.words.filter((word) => word === "TrackStuckEvent")).toHaveLength(1);
    expect(players.report?.position).toBeGreaterThan(0);
    expect(players.report?.frame.loss).toBeGreaterThan(10);
    server.closeAllConnections();
    server.close();
  });
});

describe("a thread that dies", () => {
  const kill = (players: TestPlayers): Promise<number> => {
    const { thread } = players.players.find("1", "2")?.audio ?? {};
    return (thread as unknown as { readonly worker: Worker }).worker.terminate();
  };

  test("takes nobody with it: its players go on in another, where they were", async () => {
    const file = join(folder, "long.opus");
    await copyFile(join(mediaFolder, "tones.opus"), file);
    await using players = new TestPlayers();
    players.play(fileTrack(file), { start: 1_000, volume: 50 });
    await players.hear(5);
    await kill(players);
    const [left] = await players.hear(50);
    expect(left.some((sample) => Math.abs(sample) > 0.05)).toBe(true);
    expect(players.report?.position).toBeGreaterThan(1_100);
    await players.told("TrackEndEvent FINISHED");
    expect(players.words.filter((word) => word === started)).toHaveLength(1);
  });

  // Five threads are started, each after the one before it.
  test("again and again gives its tracks up", { timeout: 60_000 }, async () => {
    await using players = new TestPlayers();
    players.play(tones, { pause: true });
    for (let death = 0; death < 4; death++) {
      await players.pass(3);
      await kill(players);
    }
    await players.told("TrackExceptionEvent", "TrackEndEvent LOAD_FAILED");
    players.play(tones, { pause: false, start: 2_800 });
    await players.told("TrackEndEvent FINISHED");
  });
});
