import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { expect, it } from "vitest";
import { openLoader, temporaryFolder, toneWav, tracksOf } from "../loading/loading.test-support.ts";
import { TestPlayers } from "./players.test-support.ts";

/** Frames from 0.4 s to the end of 2 s. */
const frames = 80;

it("plays the tracks of a cue sheet one after the other as if the file were played on", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "album.wav"), toneWav(2));
  // The third track begins in the middle of a block of the player.
  const sheet = `FILE "album.wav" WAVE
TRACK 01 AUDIO\nINDEX 01 00:00:00
TRACK 02 AUDIO\nINDEX 00 00:00:10\nINDEX 01 00:00:30
TRACK 03 AUDIO\nINDEX 01 00:01:10`;
  await writeFile(join(folder.path, "album.cue"), sheet);
  await using loader = openLoader({ sources: { local: true, search: false }, musicFolders: [folder.path] });
  const load = async (name: string): Promise<readonly string[]> =>
    tracksOf(await loader.load(join(folder.path, name))).map(({ track }) => encodeTrack(track));

  /** Records a track, and the one after it. */
  async function play(track = "", start = 0, next?: string): Promise<Float32Array> {
    await using players = new TestPlayers({
      locate: (located) => loader.locate(located, new AbortController().signal),
    });
    players.play(track, { start, pause: true });
    if (next !== undefined) players.play(next, { next: true });
    const recording = players.record(frames);
    players.perform("pause", { pause: false });
    const [left] = await recording;
    await players.waitFor("TrackEndEvent FINISHED");
    return left;
  }
  const [, second, third] = await load("album.cue");
  const [whole] = await load("album.wav");
  const [expected, parts] = [await play(whole, 400), await play(second, 0, third)];
  expect(expected.length).toBe(frames * 960);
  expect(parts.length).toBe(expected.length);
  const differences = expected.map((sample, at) => Math.abs(sample - (parts[at] ?? 0)));
  expect(differences.reduce((largest, each) => Math.max(largest, each))).toBeLessThan(1e-3);
}, 60_000);
