import { expect, it } from "vitest";
import { artworkUrl } from "./artwork-url.ts";
import { ClockOffset } from "./clock-offset.ts";
import { listenUrl } from "./listen-url.ts";
import { parseMusic } from "./music-state.ts";
import { clockText, positionNow } from "./playback-position.ts";

const state = {
  v: 1,
  player: {
    track: { title: "Song", author: "Ann", lengthMs: 60_000, uri: null, artwork: null },
    ...{ positionMs: 10_000, at: 1_000_000, paused: false, volume: 100 },
  },
  queue: [{ title: "Next", author: "Bob", lengthMs: null, by: "ann" }],
  listen: "/listen/main.ogg",
};

it("reads what a bot publishes, and nothing else", () => {
  expect(parseMusic(state)).toEqual(state);
  expect(parseMusic({ ...state, player: { ...state.player, track: null } })?.player.track).toBeNull();
  expect(parseMusic({ ...state, player: null, queueLength: 40 })).toMatchObject({
    ...{ queueLength: 40, player: { track: null, volume: 100 } },
  });
  for (const wrong of [
    ...[null, undefined, 5, "music", [], {}, { ...state, v: 2 }],
    { ...state, queue: Array.from({ length: 1001 }, () => state.queue[0]) },
    { ...state, player: { ...state.player, positionMs: Number.NaN } },
    { ...state, player: { ...state.player, track: { title: 5 } } },
  ]) {
    expect(parseMusic(wrong)).toBeUndefined();
  }
});

it("the position moves with the bot's clock, to the end of the track, and not while paused", () => {
  const player = parseMusic(state)?.player;
  if (!player) throw new Error("no player");
  expect(positionNow(player, 1_005_000)).toBe(15_000);
  expect(positionNow(player, 2_000_000)).toBe(60_000);
  expect(positionNow({ ...player, paused: true }, 1_005_000)).toBe(10_000);
  expect(positionNow(player, 900_000)).toBe(10_000);
});

it("the clocks' difference is that of the freshest state", () => {
  const offset = new ClockOffset();
  expect(offset.toTheirs(1000)).toBe(1000);
  offset.observe(50_000, 20_300);
  offset.observe(60_000, 30_050);
  expect(offset.toTheirs(100_000)).toBe(129_950);
  offset.observe(1e15, 0);
  expect(offset.toTheirs(100_000)).toBe(129_950);
});

it.each([
  [0, "0:00"],
  [185_900, "3:05"],
  [3_723_000, "1:02:03"],
])("%d ms is %s", (ms, text) => {
  expect(clockText(ms)).toBe(text);
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
])("listening to %j asks for %j", (listen, url) => {
  expect(listenUrl(listen, "http://localhost:2345")).toBe(url);
});

it.each([
  ["/artwork/abc", "http://localhost:2345/artwork/abc", true],
  ["http://localhost:2345/artwork/abc", "http://localhost:2345/artwork/abc", true],
  ["https://i.example/artwork/x.png", "https://i.example/artwork/x.png", false],
  ["https://i.example/x.png", "https://i.example/x.png", false],
])("the picture %j is at %s, of the server itself: %j", (artwork, href, isOwn) => {
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
])("no picture is asked for at %j", (artwork) => {
  expect(artworkUrl(artwork, "http://localhost:2345")).toBeUndefined();
});
