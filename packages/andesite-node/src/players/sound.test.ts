import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dominantFrequency, magnitudeAt, mediaFiles, mediaFolder, rms } from "@asterite/testkit";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toneWav } from "../../../audio/src/media/media.test-support.ts";
import { fileTrack, type Heard, mediaTrack, TestPlayers } from "./players.test-support.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-sound-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A track that is a file with the same tone on both sides. */
async function wav(name: string, frequency: number, seconds: number, amplitude = 0.25): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, toneWav(frequency, seconds, amplitude));
  return fileTrack(file, 1_000 * seconds);
}

/** Listens on until it sounds as it should: what was under way before a command is heard first. */
async function heardAs(players: TestPlayers, holds: (heard: Heard) => boolean): Promise<Heard> {
  for (;;) {
    const heard = await players.hear(15);
    if (holds(heard)) return heard;
  }
}

/** The middle of what was heard, without what encoder and decoder need to get going. */
const middle = ([left, right]: Heard): Heard => [left.subarray(9_600, -9_600), right.subarray(9_600, -9_600)];

describe("what is heard", () => {
  test.for(mediaFiles)("of %s has the right tones on the right sides", async (name) => {
    await using players = new TestPlayers();
    players.play(mediaTrack(name));
    const [left, right] = middle(await players.hear(45));
    expect(magnitudeAt(left, 440)).toBeCloseTo(0.25, 1);
    expect(magnitudeAt(right, 880)).toBeCloseTo(0.25, 1);
    expect(magnitudeAt(left, 880)).toBeLessThan(0.02);
    expect(magnitudeAt(right, 440)).toBeLessThan(0.02);
  });

  test.for(["tones.opus", "tones-opus.webm"])("of %s is the file's own packets", async (name) => {
    const input = new Input({
      source: new BufferSource(await readFile(join(mediaFolder, name))),
      formats: ALL_FORMATS,
    });
    const track = await input.getPrimaryAudioTrack();
    const own = new Set<string>();
    if (track) {
      for await (const { data } of new EncodedPacketSink(track).packets())
        own.add(Buffer.from(data).toString("hex"));
    }
    await using players = new TestPlayers();
    players.play(mediaTrack(name));
    const heard: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const audio = players.players.find("1", "2")?.audio;
    if (!audio) throw new Error("there is no player");
    audio.listener = (packet) => {
      if (packet.length > 3) heard.push(Buffer.from(packet).toString("hex"));
      if (heard.length === 50) resolve();
    };
    await promise;
    expect(heard.every((packet) => own.has(packet))).toBe(true);
  });

  test("at another volume is heard so", async () => {
    await using players = new TestPlayers();
    players.play(mediaTrack("tones.opus"));
    const before = middle(await players.hear(40))[0];
    expect(rms(before)).toBeCloseTo(0.25 / Math.SQRT2, 1);
    players.perform("volume", { volume: 50 });
    await heardAs(players, ([left]) => rms(left) < 0.5 * rms(before));
    const [after] = await players.hear(20);
    expect(rms(after) / rms(before)).toBeCloseTo(0.4169, 1);
  });

  test("through a filter changes while the track plays, and back", async () => {
    await using players = new TestPlayers();
    players.play(mediaTrack("tones.flac"));
    await players.hear(15);
    players.perform("filters", {
      channelmix: { leftToLeft: 0, rightToRight: 0, leftToRight: 1, rightToLeft: 1 },
    });
    const isNear = (samples: Float32Array, frequency: number) =>
      Math.abs(dominantFrequency(samples) - frequency) < 5;
    await heardAs(players, ([left, right]) => isNear(left, 880) && isNear(right, 440));
    players.perform("filters", {
      channelmix: { leftToLeft: 1, rightToRight: 1, leftToRight: 0, rightToLeft: 0 },
    });
    await heardAs(players, ([left, right]) => isNear(left, 440) && isNear(right, 880));
  });

  test("at twice the speed is over in half the time, and the position runs twice as fast", async () => {
    await using players = new TestPlayers();
    players.perform("filters", { timescale: { speed: 2 } });
    players.play(await wav("speed.wav", 500, 2));
    const [left] = await players.hear(players.told("TrackEndEvent FINISHED"));
    expect(left.length / 48_000).toBeGreaterThan(0.9);
    expect(left.length / 48_000).toBeLessThan(1.15);
    expect(dominantFrequency(left.subarray(9_600, 38_400))).toBeCloseTo(500, -1);
  });
});

describe("two tracks", () => {
  test("follow each other, and are told so", async () => {
    await using players = new TestPlayers();
    players.play(await wav("first.wav", 500, 0.61));
    players.play(await wav("second.wav", 500, 0.61), { next: true });
    expect(players.words).not.toContain("TrackEndEvent REPLACED");
    const [left] = await players.hear(players.until(() => players.words.filter(isEnd).length === 2));
    expect(players.words.filter((word) => word !== "update")).toEqual([
      "TrackStartEvent",
      "TrackEndEvent FINISHED",
      "TrackStartEvent",
      "TrackEndEvent FINISHED",
    ]);
    // The end is told just before the last of the 61 frames.
    expect(left.length).toBeGreaterThanOrEqual(60 * 960);
    expect(left.length).toBeLessThanOrEqual(61 * 960);
    // A hundredth of a second of silence would stand out in any of these.
    for (let at = 4_800; at < 48_000; at += 480)
      expect(rms(left.subarray(at, at + 480))).toBeGreaterThan(0.12);
  });

  test("fade into each other at the same power", async () => {
    await using players = new TestPlayers();
    players.play(await wav("one.wav", 500, 1.5));
    players.play(await wav("other.wav", 1_300, 1.5), { next: true, crossfade: 600 });
    const [left] = await players.hear(players.until(() => players.words.filter(isEnd).length === 2));
    expect(left.length / 48_000).toBeCloseTo(2.4, 0);
    const levels = Array.from({ length: 22 }, (_, index) =>
      rms(left.subarray(4_800 * index, 4_800 * (index + 1))),
    );
    for (const level of levels.slice(1, -2)) expect(level).toBeCloseTo(0.25 / Math.SQRT2, 1);
    const both = left.subarray(53_000, 62_000);
    expect(magnitudeAt(both, 500)).toBeGreaterThan(0.1);
    expect(magnitudeAt(both, 1_300)).toBeGreaterThan(0.1);
  });

  test("are changed with a fade, the old one going on until the new one has come", async () => {
    await using players = new TestPlayers();
    players.play(await wav("old.wav", 500, 3));
    await players.hear(20);
    players.play(await wav("new.wav", 1_300, 2), { crossfade: 400 });
    const [left] = await players.hear(players.told("TrackEndEvent FINISHED"));
    expect(magnitudeAt(left.subarray(0, 4_800), 500)).toBeGreaterThan(0.15);
    expect(magnitudeAt(left.subarray(-28_800), 1_300)).toBeGreaterThan(0.2);
    expect(magnitudeAt(left.subarray(-28_800), 500)).toBeLessThan(0.05);
    expect(players.words).toContain("TrackEndEvent REPLACED");
  });

  test("of different loudness come closer, and none gets too loud", async () => {
    await using players = new TestPlayers();
    players.play(await wav("loud.wav", 1_000, 3, 0.9), { normalize: true });
    const [left] = await players.hear(players.told("TrackEndEvent FINISHED"));
    // As it stands in the file the tone has 0.636.
    expect(rms(left.subarray(-48_000, -24_000))).toBeLessThan(0.55);
    expect(rms(left.subarray(-48_000, -24_000))).toBeGreaterThan(0.1);
    expect(left.length / 48_000).toBeCloseTo(3, 0);
  });
});

describe("the mixer", () => {
  test("is heard when it has something to play, sums its players and tells no track events", async () => {
    await using players = new TestPlayers();
    players.play(mediaTrack("tones.flac"));
    expect(players.perform("mixer", { enable: true })?.mixerEnabled).toBe(false);
    await players.hear(5);
    expect(players.report?.mixerEnabled).toBe(false);
    players.words.length = 0;
    const [low, high] = [await wav("low.wav", 500, 3, 0.2), await wav("high.wav", 1_300, 3, 0.2)];
    const report = players.perform("mixer", {
      players: { low: { track: low }, high: { track: high, volume: 100 } },
    });
    expect(Object.keys(report?.mixer ?? {})).toEqual(["low", "high"]);
    expect(report?.mixer["low"]).toMatchObject({ position: 0, paused: false, volume: 100 });
    expect(report?.mixer["low"]?.time).toMatch(/^\d+$/);
    await players.until(() => players.report?.mixerEnabled === true);
    const [left] = middle(await players.hear(50));
    expect(magnitudeAt(left, 500)).toBeCloseTo(0.2, 1);
    expect(magnitudeAt(left, 1_300)).toBeCloseTo(0.2, 1);
    expect(players.words.every((word) => word === "update")).toBe(true);
    players.perform("mixer", { enable: false, players: { low: { track: null } } });
    expect(players.report?.mixer["low"]?.position).toBeNull();
    await players.until(() => players.report?.mixerEnabled === false);
    expect(dominantFrequency(middle(await players.hear(40))[0])).toBeCloseTo(440, -1);
  });

  test("removes players that have had nothing to play for five seconds", { timeout: 20_000 }, async () => {
    await using players = new TestPlayers();
    const track = await wav("short.wav", 500, 0.3);
    players.perform("mixer", { enable: true, players: { one: { track }, two: { track, start: 100 } } });
    players.players.find("1", "2")?.audio && (await players.pass(320));
    expect(players.report?.mixer).toEqual({});
    expect(players.words.filter((word) => word !== "update")).toEqual([]);
  });
});

const isEnd = (word: string): boolean => word.startsWith("TrackEndEvent");
