import { expect, it } from "vitest";
import { artworkUrl } from "./artwork-url.ts";
import { ClockOffset } from "./clock-offset.ts";
import { pictureUrl } from "./library-api.ts";
import { libraryUrl, listenUrl } from "./listen-url.ts";
import { parseMusic } from "./music-state.ts";
import { currentPositionMs, formatDuration } from "./playback-position.ts";

const state = {
  v: 1,
  player: {
    track: { title: "Song", author: "Ann", lengthMs: 60_000, uri: null, artwork: null },
    positionMs: 10_000,
    at: 1_000_000,
    paused: false,
    volume: 100,
  },
  queue: [{ title: "Next", author: "Bob", lengthMs: null, by: "ann" }],
  listen: "/listen/main.ogg",
};

it("accepts valid music states only", () => {
  expect(parseMusic(state)).toEqual(state);
  expect(parseMusic({ ...state, player: { ...state.player, track: null } })?.player.track).toBeNull();
  expect(parseMusic({ ...state, player: null, queueLength: 40 })).toMatchObject({
    queueLength: 40,
    player: { track: null, volume: 100 },
  });
  for (const wrong of [
    null,
    undefined,
    5,
    "music",
    [],
    {},
    { ...state, v: 2 },
    { ...state, queue: Array.from({ length: 1001 }, () => state.queue[0]) },
    { ...state, player: { ...state.player, positionMs: Number.NaN } },
    { ...state, player: { ...state.player, track: { title: 5 } } },
  ]) {
    expect(parseMusic(wrong)).toBeUndefined();
  }
});

it("advances the position with the bot's clock up to the end, except while paused", () => {
  const player = parseMusic(state)?.player;
  if (!player) throw new Error("no player");
  expect(currentPositionMs(player, 1_005_000)).toBe(15_000);
  expect(currentPositionMs(player, 2_000_000)).toBe(60_000);
  expect(currentPositionMs({ ...player, paused: true }, 1_005_000)).toBe(10_000);
  expect(currentPositionMs(player, 900_000)).toBe(10_000);
});

it("takes the clock offset from the freshest state", () => {
  const offset = new ClockOffset();
  expect(offset.toBotTime(1000)).toBe(1000);
  offset.observe(50_000, 20_300);
  offset.observe(60_000, 30_050);
  expect(offset.toBotTime(100_000)).toBe(129_950);
  offset.observe(1e15, 0);
  expect(offset.toBotTime(100_000)).toBe(129_950);
});

it.each([
  [0, "0:00"],
  [185_900, "3:05"],
  [3_723_000, "1:02:03"],
])("formats %d ms as %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it.each([
  ["/listen/main.ogg", "http://localhost:2345/listen/main.ogg"],
  ["https://radio.example/x", "https://radio.example/x"],
  ["/listen/../admin", undefined],
  ["//evil.example/listen/x", undefined],
  ["/other", undefined],
  ["javascript:alert(1)", undefined],
  ["data:audio/ogg;base64,", undefined],
  [null, undefined],
])("resolves the stream URL %j to %j", (listen, url) => {
  expect(listenUrl(listen, "http://localhost:2345")).toBe(url);
});

it("follows links to the library below its path only, and pictures of its server only", () => {
  const origin = "http://localhost:2345";
  expect(libraryUrl("/library/a.b", origin)).toBe(`${origin}/library/a.b`);
  expect(libraryUrl("https://node.example/library/a", origin)).toBe("https://node.example/library/a");
  for (const link of [
    "/listen/a",
    "/library/../listen/a",
    "//evil.example/library/a",
    "javascript:1",
    null,
  ]) {
    expect(libraryUrl(link, origin)).toBeUndefined();
  }
  const group = { kind: "album", key: "k", name: "n", artist: null, trackCount: 1, groupCount: 0 } as const;
  const link = "https://node.example/one/library/a";
  const pictures = ["/artwork/x_-1", "https://evil.example/artwork/x", "/artwork/../x", null];
  expect(pictures.map((artworkUrl) => pictureUrl(link, { ...group, artworkUrl }))).toEqual([
    "https://node.example/one/artwork/x_-1",
    undefined,
    undefined,
    undefined,
  ]);
});

it.each([
  ["/artwork/abc", "http://localhost:2345/artwork/abc", true],
  ["http://localhost:2345/artwork/abc", "http://localhost:2345/artwork/abc", true],
  ["https://i.example/artwork/x.png", "https://i.example/artwork/x.png", false],
  ["https://i.example/x.png", "https://i.example/x.png", false],
])("resolves the artwork %j to %s (own server: %j)", (artwork, href, isOwn) => {
  expect(artworkUrl(artwork, "http://localhost:2345")).toMatchObject({ href, isOwn });
});

it.each([
  "/artwork/../listen/x",
  "/listen/x",
  "http://localhost:2345/listen/x",
  "//evil.example/artwork/x",
  "\\\\evil.example\\artwork",
  "artwork/x",
  "javascript:alert(1)",
  "data:image/svg+xml,<svg/>",
  "",
  null,
])("rejects the artwork %j", (artwork) => {
  expect(artworkUrl(artwork, "http://localhost:2345")).toBeUndefined();
});
