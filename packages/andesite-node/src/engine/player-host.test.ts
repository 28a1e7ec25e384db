import { join } from "node:path";
import { FilterConfiguration } from "@asterite/audio/dsp";
import { loadOpus } from "@asterite/audio/media";
import { mediaFolder } from "@asterite/testkit";
import { expect, it } from "vitest";
import type { ByteLimits } from "../bytes/byte-limits.ts";
import { serve } from "../bytes/bytes.test-support.ts";
import type { Command, PlayCommand, Report } from "./messages.ts";
import { PlayerHost } from "./player-host.ts";
import { SharedDeckStats } from "./shared-deck-stats.ts";
import type { WorkerSettings } from "./worker-settings.ts";

const settings: WorkerSettings = {
  opus: { bitrate: 128_000, complexity: 5 },
  stuckThresholdMs: 10_000,
  bytes: { allowPrivateAddresses: true, userAgent: "test radio", limits: {} },
  voice: { connectTimeoutMs: 1_000, resumeAttempts: 0 },
  voiceAuthority: null,
};

const player = 1;

/** Builds a command that plays the track of this generation on the single player. */
function play(generation: number, revision: number): Command {
  const command: PlayCommand = {
    generation,
    startMs: 0,
    endMs: 0,
    crossfadeMs: 0,
    normalize: false,
    next: false,
  };
  return { type: "play", player, deck: null, command, revision };
}

/** Creates a host with one player, which has requested the location of its track. */
async function hostWithPendingLocation(
  limits: Partial<ByteLimits> = {},
): Promise<{ host: PlayerHost; reports: Report[] }> {
  const reports: Report[] = [];
  const bytes = { ...settings.bytes, limits };
  const host = new PlayerHost({ ...settings, bytes }, await loadOpus(), (report) => reports.push(report));
  host.execute({ type: "add", player });
  host.execute({
    type: "configure",
    player,
    deck: null,
    stats: new SharedDeckStats().memory,
    settings: { volume: 100, paused: false, filters: new FilterConfiguration().values },
    revision: 1,
  });
  host.execute(play(1, 2));
  await new Promise(setImmediate);
  expect(reports).toEqual([{ type: "locate", request: 1, player, deck: null, generation: 1 }]);
  expect(host.pendingLocations).toBe(1);
  return { host, reports };
}

it.each<[string, Command]>([
  ["its player is removed", { type: "remove", player }],
  ["it is stopped", { type: "stop", player, deck: null, revision: 3 }],
])("drops the location request of a track when %s", async (_, command) => {
  const { host, reports } = await hostWithPendingLocation();
  host.execute(command);
  await new Promise(setImmediate);
  expect(host.pendingLocations).toBe(0);
  // A reply that arrives late is ignored.
  host.execute({ type: "located", request: 1, location: { type: "file", path: "/nowhere" } });
  await new Promise(setImmediate);
  expect(reports).toHaveLength(1);
});

it("drops the location request of a track when another replaces it", async () => {
  const { host, reports } = await hostWithPendingLocation();
  host.execute(play(2, 3));
  await new Promise(setImmediate);
  expect(reports.at(-1)).toMatchObject({ type: "locate", request: 2, generation: 2 });
  expect(host.pendingLocations).toBe(1);
  host.execute({ type: "remove", player });
  await new Promise(setImmediate);
  expect(host.pendingLocations).toBe(0);
});

it("applies the byte limits of its settings to tracks", async () => {
  const { host, reports } = await hostWithPendingLocation({ readBytes: 1_024 });
  const path = join(mediaFolder, "tones.flac");
  host.execute({ type: "located", request: 1, location: { type: "file", path } });
  await expect
    .poll(() => reports.find(({ type }) => type === "exception"))
    .toMatchObject({
      player,
      generation: 1,
      error: { message: "The file requires larger reads than this node allows." },
    });
});

it("sends the user agent of its settings when it opens a track over HTTP", async () => {
  await using server = await serve((_request, response) => void response.writeHead(404).end());
  const { host, reports } = await hostWithPendingLocation();
  host.execute({ type: "located", request: 1, location: { type: "http", url: server.url, headers: {} } });
  await expect.poll(() => reports.find(({ type }) => type === "exception")).toBeDefined();
  expect(server.requests.map(({ headers }) => headers["user-agent"])).toEqual(["test radio"]);
});
