import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  loasFrames,
  magnitudeAt,
  makeTransportStream,
  mediaFolder,
  mp3At48000,
  splitAdts,
  splitMp3,
} from "@asterite/testkit";
import { type Logger, silentLogger } from "@asterite/util";
import { describe, expect, it } from "vitest";
import { eventually, sendRange, serve, type TestServer } from "../bytes/bytes.test-support.ts";
import { fileTrack, mediaTrack, type Recording, TestPlayers } from "./players.test-support.ts";

const frames = splitAdts(readFileSync(join(mediaFolder, "tones.aac")));
const frameSeconds = 1_024 / 44_100;
const segmentFrames = 43;
const segmentSeconds = segmentFrames * frameSeconds;
/** Segments of about a second, with the same tones in each. */
const segment = makeTransportStream({ frames: frames.slice(20, 20 + segmentFrames), frameSeconds });

const [key, vector] = [Buffer.alloc(16, 5), Buffer.alloc(16, 9)];
const encrypted = (() => {
  const cipher = createCipheriv("aes-128-cbc", key, vector);
  return Buffer.concat([cipher.update(segment), cipher.final()]);
})();

/** Returns players whose tracks are HLS streams at addresses. */
const openPlayers = (logger: Logger = silentLogger) =>
  new TestPlayers({
    logger,
    locate: ({ info }) =>
      Promise.resolve(
        info.identifier.startsWith("http")
          ? { type: "http", url: info.identifier, headers: {}, isHls: true }
          : { type: "file", path: info.identifier },
      ),
  });

function expectTones([left, right]: Recording): void {
  // In pieces, since the phase jumps between segments; without the start and the end, where encoder and decoder adapt.
  const piece = 2_400;
  for (const [samples, frequency] of [
    [left, 440],
    [right, 880],
  ] as const) {
    const levels: number[] = [];
    for (let at = 9_600; at + piece < samples.length - 9_600; at += piece)
      levels.push(magnitudeAt(samples.subarray(at, at + piece), frequency));
    const loud = levels.filter((level) => level > 0.2 && level < 0.3);
    expect(loud.length / levels.length).toBeGreaterThan(0.85);
    expect(Math.min(...levels)).toBeGreaterThan(0.05);
  }
}

describe("a recorded HLS stream over HTTP", () => {
  const mp3Segment = makeTransportStream({
    frames: splitMp3(readFileSync(mp3At48000)),
    frameSeconds: 1_152 / 48_000,
    streamType: 3,
  });
  const files: Readonly<Record<string, string | Buffer>> = {
    "/key": key,
    "/plain.ts": segment,
    "/encrypted.ts": encrypted,
    "/ad.ts": mp3Segment,
    "/latm.ts": makeTransportStream({
      frames: loasFrames(frames.slice(20, 20 + segmentFrames)),
      frameSeconds,
      streamType: 0x11,
    }),
    "/latm.m3u8": [
      "#EXTM3U\n#EXT-X-TARGETDURATION:2",
      ...Array.from({ length: 3 }, () => `#EXTINF:${segmentSeconds},\nlatm.ts`),
      "#EXT-X-ENDLIST\n",
    ].join("\n"),
    "/all.ts": Buffer.concat([Buffer.alloc(99), segment, segment]),
    "/list.m3u8": [
      "#EXTM3U\n#EXT-X-TARGETDURATION:2",
      `#EXTINF:${segmentSeconds},\nplain.ts`,
      `#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0x${vector.toString("hex")}`,
      `#EXTINF:${segmentSeconds},\nencrypted.ts`,
      "#EXT-X-KEY:METHOD=NONE\n#EXT-X-DISCONTINUITY",
      "#EXTINF:1,\nad.ts\n#EXT-X-DISCONTINUITY",
      `#EXT-X-BYTERANGE:${segment.length}@99\n#EXTINF:${segmentSeconds},\nall.ts`,
      `#EXT-X-BYTERANGE:${segment.length}\n#EXTINF:${segmentSeconds},\nall.ts`,
      "#EXT-X-ENDLIST\n",
    ].join("\n"),
  };
  const start = (): Promise<TestServer> =>
    serve((request, response) => sendRange(request, response, Buffer.from(files[request.url ?? ""] ?? "")));

  it("is heard whole: encrypted, at another rate, and in byte ranges", async () => {
    await using server = await start();
    await using players = openPlayers();
    players.play(fileTrack(`${server.url}list.m3u8`));
    const recording = await players.record(players.waitFor("TrackEndEvent FINISHED"));
    expect(recording[0].length / 48_000).toBeGreaterThan(4 * segmentSeconds + 0.95);
    expect(recording[0].length / 48_000).toBeLessThan(4 * segmentSeconds + 1.2);
    expectTones(recording);
  });

  it("is heard whole with AAC in LATM", async () => {
    await using server = await start();
    await using players = openPlayers();
    players.play(fileTrack(`${server.url}latm.m3u8`));
    const recording = await players.record(players.waitFor("TrackEndEvent FINISHED"));
    expect(Math.abs(recording[0].length / 48_000 - 3 * segmentSeconds)).toBeLessThan(0.1);
    expectTones(recording);
  });

  it("is played from a position", async () => {
    await using server = await start();
    await using players = openPlayers();
    players.play(fileTrack(`${server.url}list.m3u8`), { start: 3_500 });
    const recording = await players.record(players.waitFor("TrackEndEvent FINISHED"));
    const left = 4 * segmentSeconds + 1 - 3.5;
    expect(Math.abs(recording[0].length / 48_000 - left)).toBeLessThan(0.15);
    expectTones(recording);
  });
});

it("goes on at the new address of a recorded HLS stream whose addresses expire", async () => {
  const names = ["0.ts", "1.ts", "2.ts"];
  const lines = names.map((name) => `#EXTINF:${segmentSeconds},\n${name}`);
  const state = { token: 0, left: 0 };
  await using server = await serve((request, response) => {
    const [, token, name] = (request.url ?? "").split("/");
    // A playlist and a segment, before the token expires.
    if (Number(token) !== state.token || state.left-- <= 0) return void response.writeHead(403).end();
    response.end(
      name === "list.m3u8"
        ? `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${lines.join("\n")}\n#EXT-X-ENDLIST\n`
        : segment,
    );
  });
  await using players = new TestPlayers({
    locate: () => {
      state.left = 2;
      const url = `${server.url}${++state.token}/list.m3u8`;
      return Promise.resolve({ type: "http", url, headers: {}, isHls: true });
    },
  });
  players.play(fileTrack("video"));
  const [left] = await players.record(players.waitFor("TrackEndEvent FINISHED"));
  expect(Math.abs(left.length / 48_000 - 3 * segmentSeconds)).toBeLessThan(0.15);
  expect(state.token).toBe(3);
  const segments = server.requests.flatMap(({ url = "" }) => (url.endsWith(".ts") ? [url] : []));
  expect(segments).toEqual(["/1/0.ts", "/1/1.ts", "/2/1.ts", "/2/2.ts", "/3/2.ts"]);
  expect(players.sent.filter((message) => message.startsWith("TrackException"))).toEqual([]);
}, 60_000);

it("is silent for as long as a segment that the server does not send, after retries, and plays on", async () => {
  const names = ["plain", "missing", "broken", "late"];
  const lines = names.map((name) => `#EXTINF:${segmentSeconds},\n${name}.ts`);
  await using server = await serve((request, response) => {
    const name = (request.url ?? "").slice(1, -3);
    const isFirst = server.requests.filter(({ url }) => url === request.url).length === 1;
    if (request.url === "/list.m3u8")
      response.end(`#EXTM3U\n#EXT-X-TARGETDURATION:2\n${lines.join("\n")}\n#EXT-X-ENDLIST\n`);
    else if (name === "missing") response.writeHead(404).end();
    else if (name === "broken") response.end("<html><body>Try again later");
    else if (name === "late" && isFirst) response.writeHead(503).end();
    else response.end(segment);
  });
  const logged: unknown[] = [];
  await using players = openPlayers({
    ...silentLogger,
    debug: (fields, message) => void logged.push({ ...fields, message }),
  });
  // Half of the last segment, by the time of the playlist.
  const end = Math.round(3_500 * segmentSeconds);
  players.play(fileTrack(`${server.url}list.m3u8`), { end });
  const [left] = await players.record(players.waitFor("TrackEndEvent FINISHED"));
  const piece = 480;
  let loud = 0;
  for (let at = 0; at < left.length; at += piece)
    if (magnitudeAt(left.subarray(at, at + piece), 440) > 0.1) loud += piece;
  expect(Math.abs(loud / 48_000 - 1.5 * segmentSeconds)).toBeLessThan(0.15);
  expect(logged).toEqual([
    {
      err: expect.objectContaining({ message: "The server responded with status 404." }),
      seconds: expect.closeTo(2 * segmentSeconds),
      message: "segments of an HLS stream not loaded: silence in their place",
    },
  ]);
  expect(players.sent.filter((message) => message.startsWith("TrackException"))).toEqual([]);
}, 60_000);

/** Starts a station whose playlist moves on in real time, and stands still between two requests. */
async function startStation() {
  const from = performance.now();
  const station = { isStalled: false, stalledAt: 0 };
  const server = await serve((request, response) => {
    if (request.url !== "/live.m3u8") return void response.end(segment);
    const now = station.isStalled ? station.stalledAt : performance.now();
    const first = Math.floor((now - from) / 1_000 / segmentSeconds);
    const lines = Array.from(
      { length: 5 },
      (_, index) => `#EXTINF:${segmentSeconds},\n${first + index}.ts\n`,
    );
    response.end(`#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}\n${lines.join("")}`);
  });
  const stall = (isStalled: boolean): void => {
    station.isStalled = isStalled;
    station.stalledAt = performance.now();
  };
  const numbers = () =>
    server.requests.flatMap(({ url = "" }) =>
      url.endsWith(".ts") ? [Number.parseInt(url.slice(1), 10)] : [],
    );
  return { server, stall, numbers, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe("a live HLS stream over HTTP", () => {
  it("is heard without a gap, also with a track that waits for its end", async () => {
    await using station = await startStation();
    await using players = openPlayers();
    players.play(fileTrack(`${station.server.url}live.m3u8`, null));
    players.play(mediaTrack("tones.mp3"), { next: true });
    const recording = await players.record(250);
    expectTones(recording);
    expect(players.sent).not.toContain("TrackEndEvent FINISHED");
    const numbers = station.numbers();
    expect(new Set(numbers).size).toBe(numbers.length);
    players.perform("stop");
    await eventually(() => station.server.sockets.size).toBe(0);
  }, 60_000);

  it("goes on near its end after it has stalled", async () => {
    await using station = await startStation();
    await using players = openPlayers();
    players.play(fileTrack(`${station.server.url}live.m3u8`, null));
    await players.record(50);
    station.stall(true);
    await players.passFrames(270);
    const before = station.numbers();
    station.stall(false);
    expectTones(await players.record(100));
    const after = station.numbers().slice(before.length);
    expect(after.length).toBeGreaterThan(0);
    expect(new Set([...before, ...after]).size).toBe(before.length + after.length);
  }, 60_000);
});
