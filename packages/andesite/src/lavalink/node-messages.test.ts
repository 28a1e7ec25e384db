import { readMessage } from "@asterite/andesite-protocol";
import { expect, it } from "vitest";
import type { KnownPlayer } from "./known-player.ts";
import { playerAfter, toNodeMessage } from "./node-messages.ts";

/** Returns how a client of Andesite reads a message of Lavalink. */
const read = (message: Record<string, unknown>) =>
  readMessage(toNodeMessage({ guildId: "601", ...message }, "1"));
const track = { encoded: "QAAA", info: {}, pluginInfo: {}, userData: {} };

it("reads statistics", () => {
  expect(read({ op: "stats", players: 2, playingPlayers: 1, uptime: 5, frameStats: null })).toMatchObject({
    message: { op: "stats", fields: { stats: { players: { total: 2, playing: 1 } } } },
  });
});

it.each([
  ["finished", "FINISHED", true],
  ["loadFailed", "LOAD_FAILED", true],
  ["stopped", "STOPPED", false],
  ["replaced", "REPLACED", false],
  ["cleanup", "CLEANUP", false],
])("reads the end of a track: %s", (reason, expected, mayStartNext) => {
  expect(read({ op: "event", type: "TrackEndEvent", track, reason })).toMatchObject({
    event: { type: "TrackEndEvent", fields: { track: "QAAA", reason: expected, mayStartNext } },
  });
});

it("reads the other events", () => {
  const exception = { message: "broken", severity: "fault", cause: "java.io.IOException: broken" };
  expect(read({ op: "event", type: "TrackStartEvent", track })).toMatchObject({
    event: { type: "TrackStartEvent", guildId: "601", fields: { track: "QAAA" } },
  });
  expect(read({ op: "event", type: "TrackExceptionEvent", track, exception })).toMatchObject({
    event: { fields: { error: "broken", exception: { class: "java.io.IOException", message: "broken" } } },
  });
  expect(read({ op: "event", type: "TrackStuckEvent", track, thresholdMs: 2000 })).toMatchObject({
    event: { fields: { track: "QAAA", thresholdMs: 2000 } },
  });
  const closed = { type: "WebSocketClosedEvent", code: 4006, reason: "finished", byRemote: true };
  expect(read({ op: "event", ...closed })).toMatchObject({
    event: { fields: { code: 4006, reason: "finished", byRemote: true } },
  });
  expect(read({ op: "event", type: "LyricsFoundEvent" })).toMatchObject({
    type: "unknown-event",
    event: { type: "LyricsFoundEvent", guildId: "601" },
  });
});

it("keeps track and position of a player up to date", () => {
  const idle: KnownPlayer = { track: null, position: 0, paused: false, volume: 100, filters: {} };
  const started = playerAfter(idle, { op: "event", type: "TrackStartEvent", track });
  expect(started.track).toBe("QAAA");
  expect(playerAfter(started, { op: "playerUpdate", state: { position: 980 } })).toMatchObject({
    track: "QAAA",
    position: 980,
  });
  expect(playerAfter(started, { op: "playerUpdate", state: null })).toBe(started);
  const end = { op: "event", type: "TrackEndEvent" };
  expect(playerAfter(started, { ...end, reason: "replaced" }).track).toBe("QAAA");
  expect(playerAfter(started, { ...end, reason: "finished" }).track).toBeNull();
});
