import { join } from "node:path";
import { FilterConfiguration } from "@asterite/audio/dsp";
import { loadOpus } from "@asterite/audio/media";
import { mediaFolder } from "@asterite/testkit";
import { expect, test } from "vitest";
import type { ByteLimits } from "../bytes/byte-limits.ts";
import { serve } from "../bytes/bytes.test-support.ts";
import { AudioRoom } from "./player-host.ts";
import { DeckGauge } from "./shared-deck-stats.ts";
import type { Command, Report } from "./messages.ts";
import type { WorkerSettings } from "./worker-settings.ts";

const settings: WorkerSettings = {
  opus: { bitrate: 128_000, complexity: 5 },
  stuckThresholdMs: 10_000,
  bytes: { allowPrivateAddresses: true, userAgent: "test radio", limits: {} },
  voice: { connectTimeoutMs: 1_000, resumeAttempts: 0 },
  voiceAuthority: null,
};

const order = { generation: 1, startMs: 0, endMs: 0, crossfadeMs: 0, normalize: false, next: false };
const player = 1;
const play: Command = { type: "play", player, deck: null, order, stamp: 2 };

/** A room with a player whose track has asked where it is. */
async function roomThatAsks(
  limits: Partial<ByteLimits> = {},
): Promise<{ room: AudioRoom; reports: Report[] }> {
  const reports: Report[] = [];
  const bytes = { ...settings.bytes, limits };
  const room = new AudioRoom({ ...settings, bytes }, await loadOpus(), (report) => reports.push(report));
  room.command({ type: "add", player });
  room.command({
    ...{ type: "deck", player, deck: null, stamp: 1 },
    gauge: new DeckGauge().memory,
    settings: { volume: 100, paused: false, filters: new FilterConfiguration().values },
  });
  room.command(play);
  await new Promise(setImmediate);
  expect(reports).toEqual([{ type: "locate", request: 1, player, deck: null, generation: 1 }]);
  expect(room.locating).toBe(1);
  return { room, reports };
}

test.each<[string, Command]>([
  ["whose player is removed", { type: "remove", player }],
  ["that is stopped", { type: "stop", player, deck: null, stamp: 3 }],
])("a track %s waits no more to be told where it is", async (_, command) => {
  const { room, reports } = await roomThatAsks();
  room.command(command);
  await new Promise(setImmediate);
  expect(room.locating).toBe(0);
  // The answer is late, and nobody wants it.
  room.command({ type: "located", request: 1, location: { type: "file", path: "/nowhere" } });
  await new Promise(setImmediate);
  expect(reports).toHaveLength(1);
});

test("a track in whose place another is put waits no more either", async () => {
  const { room, reports } = await roomThatAsks();
  room.command({ ...play, order: { ...order, generation: 2 }, stamp: 3 });
  await new Promise(setImmediate);
  expect(reports.at(-1)).toMatchObject({ type: "locate", request: 2, generation: 2 });
  expect(room.locating).toBe(1);
  room.command({ type: "remove", player });
  await new Promise(setImmediate);
  expect(room.locating).toBe(0);
});

test("a track may not cost more to read than is set", async () => {
  const { room, reports } = await roomThatAsks({ readBytes: 1_024 });
  const path = join(mediaFolder, "tones.flac");
  room.command({ type: "located", request: 1, location: { type: "file", path } });
  await expect
    .poll(() => reports.find(({ type }) => type === "exception"))
    .toMatchObject({
      ...{ player, generation: 1 },
      error: { message: "The file asks for more to be read at once than this node allows." },
    });
});

test("a track is asked for in the node's name", async () => {
  await using server = await serve((_request, response) => void response.writeHead(404).end());
  const { room, reports } = await roomThatAsks();
  room.command({ type: "located", request: 1, location: { type: "http", url: server.url, headers: {} } });
  await expect.poll(() => reports.find(({ type }) => type === "exception")).toBeDefined();
  expect(server.requests.map(({ headers }) => headers["user-agent"])).toEqual(["test radio"]);
});
