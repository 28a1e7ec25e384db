import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dominantFrequency, magnitudeAt, mediaFiles, mediaFolder, rms, tone } from "@asterite/testkit";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  encodeFlacFrame,
  flacFile,
} from "../../../audio/src/media/decoders/flac/flac-encoder.test-support.ts";
import { toneWav } from "../../../audio/src/media/media.test-support.ts";
import { fileTrack, mediaTrack, type Recording, TestPlayers } from "./players.test-support.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-sound-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a file with the same tone in both channels. Returns it as a track. */
async function wav(name: string, frequency: number, seconds: number, amplitude = 0.25): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, toneWav(frequency, seconds, amplitude));
  return fileTrack(file, 1_000 * seconds);
}

/** Records until a recording meets a condition: frames prepared before a command come first. */
async function recordUntil(
  players: TestPlayers,
  matches: (recording: Recording) => boolean,
): Promise<Recording> {
  for (;;) {
    const recording = await players.record(15);
    if (matches(recording)) return recording;
  }
}

/** Cuts off the beginning and the end, where encoder and decoder adapt. */
const middle = ([left, right]: Recording): Recording => [
  left.subarray(9_600, -9_600),
  right.subarray(9_600, -9_600),
];

describe("single player", () => {
  it.for(mediaFiles)("plays %s with the right tone in each channel", async (name) => {
    await using players = new TestPlayers();
    players.play(mediaTrack(name));
    const [left, right] = middle(await players.record(45));
    expect(magnitudeAt(left, 440)).toBeCloseTo(0.25, 1);
    expect(magnitudeAt(right, 880)).toBeCloseTo(0.25, 1);
    expect(magnitudeAt(left, 880)).toBeLessThan(0.02);
    expect(magnitudeAt(right, 440)).toBeLessThan(0.02);
  });

  it("plays FLAC of 20 bits, which was silent", async () => {
    const [bits, block] = [20, 4_096];
    const samples = Array.from(tone(440, 2, 0.25, 44_100), (sample) => Math.round(sample * 2 ** (bits - 1)));
    const frames = Array.from({ length: Math.floor(samples.length / block) }, (_, number) => {
      const left = samples.slice(number * block, (number + 1) * block);
      return encodeFlacFrame([left, left.map((sample) => sample >> 1)], bits, 10, () => 0.05, number);
    });
    const file = join(folder, "twenty.flac");
    await writeFile(file, flacFile(frames, { bits, channels: 2, block, samples: frames.length * block }));
    await using players = new TestPlayers();
    players.play(fileTrack(file, 1_900));
    const [left, right] = middle(await players.record(45));
    expect(magnitudeAt(left, 440)).toBeCloseTo(0.25, 1);
    expect(magnitudeAt(right, 440)).toBeCloseTo(0.125, 1);
  });

  it.for(["tones.opus", "tones-opus.webm"])("passes the packets of %s through", async (name) => {
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
    const received: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const audio = players.players.find("1", "2")?.audio;
    if (!audio) throw new Error("the player does not exist");
    audio.listener = (packet) => {
      if (packet.length > 3) received.push(Buffer.from(packet).toString("hex"));
      if (received.length === 50) resolve();
    };
    await promise;
    expect(received.every((packet) => own.has(packet))).toBe(true);
  });

  it("applies a volume", async () => {
    await using players = new TestPlayers();
    players.play(mediaTrack("tones.opus"));
    const before = middle(await players.record(40))[0];
    expect(rms(before)).toBeCloseTo(0.25 / Math.SQRT2, 1);
    players.perform("volume", { volume: 50 });
    await recordUntil(players, ([left]) => rms(left) < 0.5 * rms(before));
    const [after] = await players.record(20);
    expect(rms(after) / rms(before)).toBeCloseTo(0.4169, 1);
  });

  it("applies and removes a filter while the track plays", async () => {
    await using players = new TestPlayers();
    players.play(mediaTrack("tones.flac"));
    await players.record(15);
    players.perform("filters", {
      channelmix: { leftToLeft: 0, rightToRight: 0, leftToRight: 1, rightToLeft: 1 },
    });
    const isNear = (samples: Float32Array, frequency: number) =>
      Math.abs(dominantFrequency(samples) - frequency) < 5;
    await recordUntil(players, ([left, right]) => isNear(left, 880) && isNear(right, 440));
    players.perform("filters", {
      channelmix: { leftToLeft: 1, rightToRight: 1, leftToRight: 0, rightToLeft: 0 },
    });
    await recordUntil(players, ([left, right]) => isNear(left, 440) && isNear(right, 880));
  });

  it("plays at twice the speed in half the time", async () => {
    await using players = new TestPlayers();
    players.perform("filters", { timescale: { speed: 2 } });
    players.play(await wav("speed.wav", 500, 2));
    const [left] = await players.record(players.waitFor("TrackEndEvent FINISHED"));
    expect(left.length / 48_000).toBeGreaterThan(0.9);
    expect(left.length / 48_000).toBeLessThan(1.15);
    expect(dominantFrequency(left.subarray(9_600, 38_400))).toBeCloseTo(500, -1);
  });

  it("lets an echo ring after the end of the track, where the position stands still", async () => {
    await using players = new TestPlayers();
    players.perform("filters", { echo: { delay: 400, feedback: 0, mix: 0.5 } });
    players.play(await wav("echo.wav", 500, 0.6));
    const ended = players.waitFor("TrackEndEvent FINISHED");
    const positions: number[] = [];
    const observer = setInterval(() => positions.push(players.report?.position ?? 0), 10);
    const [left] = await players.record(ended);
    clearInterval(observer);
    // The track, 400 ms later its repetition, and the padding of the last frame.
    expect(left.length / 48_000).toBeGreaterThan(0.95);
    expect(left.length / 48_000).toBeLessThan(1.05);
    const level = (from: number, to: number) => rms(left.subarray(from * 48_000, to * 48_000)) * Math.SQRT2;
    expect(level(0.1, 0.35)).toBeCloseTo(0.125, 2);
    expect(level(0.65, 0.95)).toBeCloseTo(0.125, 2);
    expect(Math.max(...positions)).toBeLessThanOrEqual(620);
  });

  /** Level of the third harmonic of a tone of 500 Hz: a third in a square wave, which a clipped tone becomes. */
  const thirdHarmonic = (samples: Float32Array): number =>
    magnitudeAt(samples, 1_500) / magnitudeAt(samples, 500);

  it.each<[object, number]>([
    [{ equalizer: { bands: [{ band: 7, gain: 1 }] }, volume: { volume: 5 } }, 100],
    [{}, 500],
  ])("limits a tone boosted by %j and a volume of %d, which clips otherwise", async (boost, volume) => {
    await using players = new TestPlayers();
    players.perform("filters", boost as Record<string, object>);
    players.perform("volume", { volume });
    players.play(await wav("boosted.wav", 500, 10, 0.9));
    await recordUntil(players, ([left]) => thirdHarmonic(left) > 0.2);
    players.perform("filters", { limiter: { ceiling: -6 } });
    const [limited] = await recordUntil(players, ([left]) => thirdHarmonic(left) < 0.02);
    expect(magnitudeAt(limited, 500)).toBeCloseTo(10 ** (-6 / 20), 1);
    players.perform("filters", { limiter: { ceiling: 0 } });
    await recordUntil(players, ([left]) => thirdHarmonic(left) > 0.2);
  });

  it("plays a limited track from its first sample to its last", async () => {
    await using players = new TestPlayers();
    players.perform("filters", { limiter: { ceiling: -6 } });
    players.play(await wav("limited.wav", 500, 0.6, 0.9));
    const [left] = await players.record(players.waitFor("TrackEndEvent FINISHED"));
    // TrackEndEvent is sent just before the last of the 30 frames.
    expect(left.length).toBeGreaterThanOrEqual(29 * 960);
    expect(left.length).toBeLessThanOrEqual(30 * 960);
    // Each window is 10 ms, the first one after the delay of the Opus encoder.
    for (let at = 480; at + 480 <= 29 * 960; at += 480) {
      expect(rms(left.subarray(at, at + 480)) * Math.SQRT2).toBeCloseTo(10 ** (-6 / 20), 1);
    }
  });
});

describe("two tracks", () => {
  it("follow each other without a gap, with an end and a start event", async () => {
    await using players = new TestPlayers();
    players.play(await wav("first.wav", 500, 0.61));
    players.play(await wav("second.wav", 500, 0.61), { next: true });
    expect(players.sent).not.toContain("TrackEndEvent REPLACED");
    const [left] = await players.record(players.waitUntil(() => players.sent.filter(isEnd).length === 2));
    expect(players.sent.filter((message) => message !== "update")).toEqual([
      "TrackStartEvent",
      "TrackEndEvent FINISHED",
      "TrackStartEvent",
      "TrackEndEvent FINISHED",
    ]);
    // TrackEndEvent is sent just before the last of the 61 frames.
    expect(left.length).toBeGreaterThanOrEqual(60 * 960);
    expect(left.length).toBeLessThanOrEqual(61 * 960);
    // Each window is 10 ms: silence of that length would fail the test.
    for (let at = 4_800; at < 48_000; at += 480)
      expect(rms(left.subarray(at, at + 480))).toBeGreaterThan(0.12);
  });

  it("are crossfaded at constant power", async () => {
    await using players = new TestPlayers();
    players.play(await wav("one.wav", 500, 1.5));
    players.play(await wav("other.wav", 1_300, 1.5), { next: true, crossfade: 600 });
    const [left] = await players.record(players.waitUntil(() => players.sent.filter(isEnd).length === 2));
    expect(left.length / 48_000).toBeCloseTo(2.4, 0);
    const levels = Array.from({ length: 22 }, (_, index) =>
      rms(left.subarray(4_800 * index, 4_800 * (index + 1))),
    );
    for (const level of levels.slice(1, -2)) expect(level).toBeCloseTo(0.25 / Math.SQRT2, 1);
    const both = left.subarray(53_000, 62_000);
    expect(magnitudeAt(both, 500)).toBeGreaterThan(0.1);
    expect(magnitudeAt(both, 1_300)).toBeGreaterThan(0.1);
  });

  it("are crossfaded when one replaces the other, once the new one has audio", async () => {
    await using players = new TestPlayers();
    players.play(await wav("old.wav", 500, 3));
    await players.record(20);
    players.play(await wav("new.wav", 1_300, 2), { crossfade: 400 });
    const [left] = await players.record(players.waitFor("TrackEndEvent FINISHED"));
    expect(magnitudeAt(left.subarray(0, 4_800), 500)).toBeGreaterThan(0.15);
    expect(magnitudeAt(left.subarray(-28_800), 1_300)).toBeGreaterThan(0.2);
    expect(magnitudeAt(left.subarray(-28_800), 500)).toBeLessThan(0.05);
    expect(players.sent).toContain("TrackEndEvent REPLACED");
  });

  it("are normalised in loudness", async () => {
    await using players = new TestPlayers();
    players.play(await wav("loud.wav", 1_000, 3, 0.9), { normalize: true });
    const [left] = await players.record(players.waitFor("TrackEndEvent FINISHED"));
    // The tone in the file has an RMS of 0.636.
    expect(rms(left.subarray(-48_000, -24_000))).toBeLessThan(0.55);
    expect(rms(left.subarray(-48_000, -24_000))).toBeGreaterThan(0.1);
    expect(left.length / 48_000).toBeCloseTo(3, 0);
  });
});

describe("mixer", () => {
  it("takes over once it has audio, mixes its players, and sends no track events", async () => {
    await using players = new TestPlayers();
    players.play(mediaTrack("tones.flac"));
    expect(players.perform("mixer", { enable: true })?.mixerEnabled).toBe(false);
    await players.record(5);
    expect(players.report?.mixerEnabled).toBe(false);
    players.sent.length = 0;
    const [low, high] = [await wav("low.wav", 500, 3, 0.2), await wav("high.wav", 1_300, 3, 0.2)];
    const report = players.perform("mixer", {
      players: { low: { track: low }, high: { track: high, volume: 100 } },
    });
    expect(Object.keys(report?.mixer ?? {})).toEqual(["low", "high"]);
    expect(report?.mixer["low"]).toMatchObject({ position: 0, paused: false, volume: 100 });
    expect(report?.mixer["low"]?.time).toMatch(/^\d+$/);
    await players.waitUntil(() => players.report?.mixerEnabled === true);
    const [left] = middle(await players.record(50));
    expect(magnitudeAt(left, 500)).toBeCloseTo(0.2, 1);
    expect(magnitudeAt(left, 1_300)).toBeCloseTo(0.2, 1);
    expect(players.sent.every((message) => message === "update")).toBe(true);
    players.perform("mixer", { enable: false, players: { low: { track: null } } });
    expect(players.report?.mixer["low"]?.position).toBeNull();
    await players.waitUntil(() => players.report?.mixerEnabled === false);
    expect(dominantFrequency(middle(await players.record(40))[0])).toBeCloseTo(440, -1);
  });

  it("removes players that were idle for five seconds", { timeout: 20_000 }, async () => {
    await using players = new TestPlayers();
    const track = await wav("short.wav", 500, 0.3);
    players.perform("mixer", { enable: true, players: { one: { track }, two: { track, start: 100 } } });
    players.players.find("1", "2")?.audio && (await players.passFrames(320));
    expect(players.report?.mixer).toEqual({});
    expect(players.sent.filter((message) => message !== "update")).toEqual([]);
  });
});

const isEnd = (message: string): boolean => message.startsWith("TrackEndEvent");
