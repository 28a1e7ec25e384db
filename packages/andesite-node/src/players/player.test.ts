import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { decodeTrack } from "@asterite/lavaplayer-track";
import { FakeClock, mediaFolder } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileTrack, mediaTrack, TestPlayers } from "./players.test-support.ts";

const tones = mediaTrack("tones.opus");
const started = "TrackStartEvent";
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-players-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("play", () => {
  it("sends TrackStartEvent and TrackEndEvent, each followed by an update", async () => {
    await using players = new TestPlayers();
    const report = players.play(tones, { end: 200 });
    expect(report).toMatchObject({ position: 0, paused: false, volume: 100 });
    await players.waitFor("TrackEndEvent FINISHED");
    await players.waitUntil(() => players.sent.length === 4);
    expect(players.sent).toEqual([started, "update", "TrackEndEvent FINISHED", "update"]);
    const [start, , end] = players.messages;
    expect(start?.content).toMatchObject({ fields: { track: tones } });
    expect(end?.content).toMatchObject({ fields: { mayStartNext: true } });
    expect(players.report?.position).toBeNull();
  });

  it("replies before it sends the end of the replaced track and the start of the new one", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    await players.waitFor(started, "update");
    players.sent.length = 0;
    players.play(mediaTrack("tones.flac"), { start: 1_500 });
    expect(players.sent).toEqual([]);
    expect(players.report?.position).toBe(1_500);
    await players.waitUntil(() => players.sent.length === 4);
    expect(players.sent).toEqual(["TrackEndEvent REPLACED", "update", started, "update"]);
  });

  it("keeps the current track with noReplace", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    players.perform("pause", { pause: true });
    players.play(mediaTrack("tones.flac"), { noReplace: true, volume: 10 });
    await players.waitFor("update");
    expect(players.sent).toEqual([started, "update"]);
    expect(players.report?.volume).toBe(100);
  });

  it("sends TrackEndEvent STOPPED on stop, and nothing for a second stop", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    const report = players.perform("stop");
    expect(report?.position).toBeNull();
    await players.waitFor("TrackEndEvent STOPPED");
    expect(players.messages.at(-2)?.content).toMatchObject({ fields: { mayStartNext: false } });
    players.perform("stop");
    await players.waitUntil(() => players.sent.length === 4);
  });

  it("stops the current track for a disabled source, and keeps it for an invalid track", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    expect(() => players.play("no track")).toThrow();
    expect(players.report?.position).not.toBeNull();
    players.play(fileTrack("x", 1_000, "off"));
    expect(players.report?.position).toBeNull();
    await players.waitFor("TrackEndEvent STOPPED");
  });

  it("encodes tracks in events with their position", async () => {
    await using players = new TestPlayers();
    players.play(tones, { start: 1_000 });
    await players.record(10);
    players.perform("stop");
    await players.waitFor("TrackEndEvent STOPPED");
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

describe("end marker", () => {
  it.each([500, 1_000])("at %i ms ends a track that starts at 1,000 ms at once", async (end) => {
    await using players = new TestPlayers();
    players.play(tones, { start: 1_000, end });
    await players.waitFor("TrackEndEvent FINISHED");
    expect(players.sent.filter((message) => message !== "update")).toEqual([
      started,
      "TrackEndEvent FINISHED",
    ]);
    expect(players.report?.position).toBeNull();
  });

  it("ends the track at its position", async () => {
    await using players = new TestPlayers();
    players.play(tones, { start: 1_000, end: 1_500 });
    const [left] = await players.record(players.waitFor("TrackEndEvent FINISHED"));
    expect(left.length / 48_000).toBeGreaterThan(0.4);
    expect(left.length / 48_000).toBeLessThan(0.7);
  });

  it("ends the track on a seek beyond it", async () => {
    await using players = new TestPlayers();
    players.play(tones, { end: 2_000 });
    players.perform("seek", { position: 2_000 });
    await players.waitFor("TrackEndEvent FINISHED");
  });
});

describe("player", () => {
  it("keeps its position while paused", async () => {
    await using players = new TestPlayers();
    players.play(tones, { pause: true });
    await players.passFrames(10);
    expect(players.report).toMatchObject({ position: 0, paused: true });
    players.perform("pause");
    await players.record(10);
    expect(players.report?.position).toBeGreaterThan(0);
    expect(players.report?.position).toBeLessThan(1_000);
  });

  it("reports the target of a seek at once", async () => {
    await using players = new TestPlayers();
    players.play(tones);
    expect(players.perform("seek", { position: 2_500 })?.position).toBe(2_500);
    await players.waitFor("TrackEndEvent FINISHED");
  });

  it("ignores a seek in a stream", async () => {
    await using players = new TestPlayers();
    players.play(fileTrack(join(mediaFolder, "tones.opus"), null));
    expect(players.perform("seek", { position: 2_500 })?.position).toBeLessThan(1_000);
  });

  it("clamps its volume", async () => {
    await using players = new TestPlayers();
    expect(players.perform("volume", { volume: 2_000 })?.volume).toBe(1_000);
    expect(players.perform("volume", { volume: -5 })?.volume).toBe(0);
    expect(players.perform("volume")?.volume).toBe(100);
  });

  it("keeps the steps of an update before the one that fails", async () => {
    await using players = new TestPlayers();
    const update = { pause: true, volume: 50, filters: { tremolo: { depth: 2 } } };
    expect(() => players.perform("update", update)).toThrow(/tremolo.depth/);
    expect(players.report).toMatchObject({ paused: true, volume: 50 });
  });

  it("is refused above the limit of players per user", async () => {
    await using players = new TestPlayers();
    const create = (guild: number) =>
      players.players.perform("1", String(guild), { op: "stop", fields: {}, payload: {} });
    for (let guild = 0; guild < 20; guild++) create(guild);
    expect(() => create(20)).toThrow(/limit/);
    players.players.perform("1", "0", { op: "destroy", fields: {}, payload: {} });
    create(20);
    expect(players.census.counts()).toEqual({ total: 20, playing: 0 });
  });

  it("sends PlayerDestroyedEvent before TrackEndEvent when it is destroyed", async () => {
    await using players = new TestPlayers();
    expect(players.perform("destroy")).toBeNull();
    players.play(tones);
    await players.waitFor("update");
    players.sent.length = 0;
    expect(players.perform("destroy")).toMatchObject({ destroyed: true });
    await players.waitUntil(() => players.sent.length === 4);
    expect(players.sent).toEqual(["PlayerDestroyedEvent false", "TrackEndEvent STOPPED", "update", "gone"]);
    expect(players.messages.at(-2)?.content).toEqual({ type: "update", state: null });
    expect(players.report).toBeNull();
  });
});

describe("timer", () => {
  it("sends an update every five seconds while there is a track, playing or paused", async () => {
    const clock = new FakeClock();
    await using players = new TestPlayers({ clock });
    players.perform("stop");
    await clock.advance(20_000);
    expect(players.sent).toEqual([]);
    players.play(tones, { pause: true });
    await clock.advance(14_999);
    expect(players.sent).toEqual([started, "update", "update", "update"]);
    await clock.advance(1);
    expect(players.sent).toHaveLength(5);
  });

  it("removes a playing player without listeners", async () => {
    const clock = new FakeClock();
    await using players = new TestPlayers({ clock });
    players.perform("play", { track: tones });
    await clock.advance(59_999);
    expect(players.report).not.toBeNull();
    await clock.advance(1);
    expect(players.report).toBeNull();
    expect(players.sent).toContain("PlayerDestroyedEvent true");
    expect(clock.pending).toBe(0);
  });

  it("keeps players that are paused, idle, or play with radio", async () => {
    const clock = new FakeClock();
    await using players = new TestPlayers({ clock });
    players.perform("play", { track: tones, pause: true });
    await clock.advance(600_000);
    expect(players.report).not.toBeNull();
    players.perform("stop");
    await clock.advance(600_000);
    players.play(mediaTrack("tones.wav"), { end: 900 });
    for (let step = 0; step < 20 && players.report?.position !== null; step++) {
      await players.passFrames(2);
      await clock.advance(30_000);
    }
    expect(players.report).not.toBeNull();
  });
});

describe("faulty track", () => {
  it("ends with LOAD_FAILED after TrackExceptionEvent if it fails before any audio", async () => {
    await using players = new TestPlayers();
    players.play(fileTrack(join(folder, "absent.mp3")));
    await players.waitFor("TrackEndEvent LOAD_FAILED");
    expect(players.sent.filter((message) => message !== "update")).toEqual([
      started,
      "TrackExceptionEvent",
      "TrackEndEvent LOAD_FAILED",
    ]);
  });

  it("fails also without listeners", async () => {
    await using players = new TestPlayers();
    players.perform("play", { track: fileTrack(join(folder, "absent.mp3")) });
    await players.waitFor("TrackEndEvent LOAD_FAILED");
  });

  it("plays up to the fault if it fails in the middle", async () => {
    const file = join(folder, "cut.flac");
    const whole = await readFile(join(mediaFolder, "tones.flac"));
    await writeFile(file, whole.subarray(0, whole.length / 4));
    await using players = new TestPlayers();
    players.play(fileTrack(file));
    await players.waitFor("TrackEndEvent FINISHED");
    expect(players.report?.position).toBeNull();
  });

  it("sends TrackStuckEvent once when it stalls, and stays loaded", async () => {
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
    await players.waitFor("TrackStuckEvent");
    await players.passFrames(30);
    expect(players.sent.filter((message) => message === "TrackStuckEvent")).toHaveLength(1);
    expect(players.report?.position).toBeGreaterThan(0);
    expect(players.report?.frame.loss).toBeGreaterThan(10);
    server.closeAllConnections();
    server.close();
  });
});

describe("worker thread that dies", () => {
  const kill = (players: TestPlayers): Promise<number> => {
    const { thread } = players.players.find("1", "2")?.audio ?? {};
    return (thread as unknown as { readonly worker: Worker }).worker.terminate();
  };

  it("is replaced, and its players continue at their position", async () => {
    const file = join(folder, "long.opus");
    await copyFile(join(mediaFolder, "tones.opus"), file);
    await using players = new TestPlayers();
    players.play(fileTrack(file), { start: 1_000, volume: 50 });
    await players.record(5);
    await kill(players);
    const [left] = await players.record(50);
    expect(left.some((sample) => Math.abs(sample) > 0.05)).toBe(true);
    expect(players.report?.position).toBeGreaterThan(1_100);
    await players.waitFor("TrackEndEvent FINISHED");
    expect(players.sent.filter((message) => message === started)).toHaveLength(1);
  });

  // Starts five threads, one after the other.
  it("gives up its tracks after too many deaths", { timeout: 60_000 }, async () => {
    await using players = new TestPlayers();
    players.play(tones, { pause: true });
    for (let death = 0; death < 4; death++) {
      await players.passFrames(3);
      await kill(players);
    }
    await players.waitFor("TrackExceptionEvent", "TrackEndEvent LOAD_FAILED");
    players.play(tones, { pause: false, start: 2_800 });
    await players.waitFor("TrackEndEvent FINISHED");
  });
});
