import { expect, it } from "vitest";
import { MalformedDataError } from "../errors.ts";
import type { KnownPlayer } from "./known-player.ts";
import { toPlayerRequest } from "./player-requests.ts";

const known: KnownPlayer = {
  track: "QAAA",
  position: 0,
  paused: true,
  volume: 100,
  filters: { volume: { volume: 2 }, timescale: { speed: 2, pitch: 1.5, rate: 1 } },
};

it.each([
  ["stop", {}, { track: { encoded: null } }],
  ["pause", { pause: true }, { paused: true }],
  ["pause", {}, { paused: false }],
  ["seek", { position: 1500 }, { position: 1500 }],
  ["volume", { volume: 50 }, { volume: 50 }],
  ["update", { pause: true, position: 0 }, { paused: true, position: 0 }],
  ["update", { volume: null }, {}],
])("sends %s %j as a change of the player", (op, payload, json) => {
  expect(toPlayerRequest(op, payload, known)).toEqual({ method: "PATCH", json });
});

it("sends a track, without marks of 0", () => {
  const track = { encoded: "QAAA" };
  expect(toPlayerRequest("play", { track: "QAAA", start: 0, end: 9000, pause: true }, null)).toEqual({
    method: "PATCH",
    params: { noReplace: "false" },
    json: { track, endTime: 9000, paused: true },
  });
  const second = toPlayerRequest("play", { track: "QAAA", startTime: 700, noReplace: true }, null);
  expect(second).toMatchObject({ params: { noReplace: "true" }, json: { track, position: 700 } });
});

it("keeps a player paused that a new track of Lavalink would resume", () => {
  expect(toPlayerRequest("play", { track: "QAAA" }, known)?.json).toMatchObject({ paused: true });
  expect(toPlayerRequest("play", { track: "QAAA" }, { ...known, paused: false })?.json).not.toHaveProperty(
    "paused",
  );
  expect(toPlayerRequest("play", { track: "QAAA", pause: false }, known)?.json).toMatchObject({
    paused: false,
  });
});

it("sends all filters of the player after a change of some", () => {
  const changes = { timescale: { speed: 1 }, lowpass: { smoothing: 30 } };
  const filters = {
    volume: 2,
    timescale: { speed: 1, pitch: 1.5, rate: 1 },
    lowPass: { smoothing: 30 },
  };
  expect(toPlayerRequest("filters", { op: "filters", guildId: "5", ...changes }, known)?.json).toEqual({
    filters,
  });
  expect(toPlayerRequest("update", { filters: changes }, known)?.json).toEqual({ filters });
});

it("sends the channel with the data of the voice server, and nothing without a server", () => {
  const event = { token: "t", endpoint: "e", guild_id: "1" };
  const payload = { sessionId: "s", channelId: "5", event };
  const voice = { token: "t", endpoint: "e", sessionId: "s", channelId: "5" };
  expect(toPlayerRequest("voice-server-update", payload, null)?.json).toEqual({ voice });
  const without = { ...payload, event: { ...event, endpoint: null } };
  expect(toPlayerRequest("voice-server-update", without, null)).toBeNull();
});

it("destroys a player", () => {
  expect(toPlayerRequest("destroy", {}, known)).toEqual({ method: "DELETE" });
});

it.each([
  ["seek", { position: "far" }],
  ["play", { track: 5 }],
  ["mixer", {}],
])("throws for a malformed operation: %s %j", (op, payload) => {
  expect(() => toPlayerRequest(op, payload, null)).toThrow(MalformedDataError);
});
