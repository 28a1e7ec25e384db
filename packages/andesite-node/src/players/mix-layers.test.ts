import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeTrack } from "@asterite/lavaplayer-track";
import { magnitudeAt, mediaFiles } from "@asterite/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toneWav } from "../../../audio/src/media/media.test-support.ts";
import type { Player } from "./player.ts";
import { fileTrack, mediaTrack, type Recording, TestPlayers } from "./players.test-support.ts";

let folder: string;
let layerTrack: ReturnType<typeof decodeTrack>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-layers-"));
  const file = join(folder, "layer.wav");
  await writeFile(file, toneWav(1_500, 60, 0.25));
  layerTrack = decodeTrack(fileTrack(file, 60_000));
});
afterAll(() => rm(folder, { recursive: true }));

function playerOf(players: TestPlayers): Player {
  const player = players.players.find("1", "2");
  if (!player) throw new Error("there is no player");
  return player;
}

/** Records until a recording meets a condition: frames prepared before a change come first. */
async function recordUntil(
  players: TestPlayers,
  matches: (left: Recording[0]) => boolean,
): Promise<Recording[0]> {
  for (;;) {
    const [left] = await players.record(15);
    if (matches(left)) return left;
  }
}

const hasLayer = (left: Recording[0]): boolean => magnitudeAt(left, 1_500) > 0.2;

// A file whose packets are passed through, and one that is decoded.
it.for(mediaFiles.filter((name) => /opus$|flac$/.test(name)))(
  "adds a layer to the audio of %s, and removes it",
  { timeout: 120_000 },
  async (name) => {
    await using players = new TestPlayers();
    players.play(mediaTrack(name));
    await players.record(5);
    const player = playerOf(players);
    const { id } = player.addLayer(layerTrack, {}, 1);
    await recordUntil(players, (left) => hasLayer(left) && magnitudeAt(left, 440) > 0.2);
    expect(player.layers.setVolume(id, 0)).toBe(true);
    await recordUntil(players, (left) => magnitudeAt(left, 1_500) < 0.02 && magnitudeAt(left, 440) > 0.2);
    expect(player.layers.setVolume(id, 1)).toBe(true);
    await recordUntil(players, hasLayer);
    expect(player.layers.remove(id)).toBe(true);
    await recordUntil(players, (left) => magnitudeAt(left, 1_500) < 0.02 && magnitudeAt(left, 440) > 0.2);
    expect(player.layers.remove(id)).toBe(false);
    expect(players.sent).toContain("MixEndedEvent REMOVED");
  },
);

it("stays below the ceiling of the player's limiter together with the track", {
  timeout: 120_000,
}, async () => {
  const ceiling = 10 ** (-12 / 20);
  const peakOf = (left: Recording[0]) => left.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  await using players = new TestPlayers();
  players.play(mediaTrack("tones.flac"));
  const player = playerOf(players);
  player.addLayer(layerTrack, {}, 1);
  await recordUntil(players, (left) => hasLayer(left) && peakOf(left) > 1.5 * ceiling);
  players.perform("filters", { limiter: { ceiling: -12 } });
  // Both are heard, and Opus adds little to the peaks of their sum.
  await recordUntil(
    players,
    (left) =>
      magnitudeAt(left, 1_500) > 0.05 && magnitudeAt(left, 440) > 0.05 && peakOf(left) < 1.1 * ceiling,
  );
  const [left] = await players.record(50);
  expect(peakOf(left)).toBeLessThan(1.1 * ceiling);
  expect(peakOf(left)).toBeGreaterThan(0.8 * ceiling);
});

it("ends with the track under it, and pauses with it", { timeout: 120_000 }, async () => {
  await using players = new TestPlayers();
  players.play(mediaTrack("tones.flac"));
  const player = playerOf(players);
  player.addLayer(layerTrack, {}, 1);
  await recordUntil(players, hasLayer);
  players.perform("pause", { pause: true });
  // The thread may deliver some frames before it knows of the pause.
  for (let [before, now] = [-1, 0]; before !== now; ) {
    await players.passFrames(10);
    [before, now] = [now, player.layers.all[0]?.positionMs ?? -1];
  }
  players.perform("stop");
  expect(player.layers.all).toEqual([]);
  await players.waitFor("MixEndedEvent MAIN_ENDED");
});

it("has at most five layers", async () => {
  await using players = new TestPlayers();
  players.play(mediaTrack("tones.flac"));
  const player = playerOf(players);
  for (let layer = 0; layer < 5; layer++) player.addLayer(layerTrack, {}, 0.1);
  expect(() => player.addLayer(layerTrack, {}, 0.1)).toThrow("at most 5");
});
