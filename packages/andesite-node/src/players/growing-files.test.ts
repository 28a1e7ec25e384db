import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadOpus } from "@asterite/audio/media";
import { magnitudeAt } from "@asterite/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toneWav } from "../../../audio/src/media/media.test-support.ts";
import { fileTrack, type Recording, TestPlayers } from "./players.test-support.ts";

const rate = 48_000;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-growing-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bytes of a WAV file, as a recorder writes it that states its length at the end. */
function recording(frequency: number, seconds: number): Buffer {
  const bytes = toneWav(frequency, seconds);
  bytes.writeUInt32LE(0xffff_ffff, bytes.indexOf("data") + 4);
  return bytes;
}

/** Returns how many tenths of a second of a recording are a tone. */
function tenthsOf([left]: Recording, frequency: number): number {
  let count = 0;
  for (let at = 0; at + rate / 10 <= left.length; at += rate / 10)
    if (magnitudeAt(left.subarray(at, at + rate / 10), frequency) > 0.2) count++;
  return count;
}

it("plays a file that another program is writing, and what it adds, before the track that follows", {
  timeout: 60_000,
}, async () => {
  const path = join(folder, "recording.wav");
  const next = join(folder, "next.wav");
  await writeFile(path, recording(440, 3));
  await writeFile(next, toneWav(1_200, 0.5));
  await loadOpus();
  await using players = new TestPlayers({ byteLimits: { growthMs: 500 } });
  players.play(fileTrack(path, 3_000));
  players.play(fileTrack(next, 500), { next: true });
  // The file is open now. It is written while the player is paused, however long that takes.
  await players.record(1);
  players.perform("pause", { pause: true });
  await appendFile(path, recording(660, 1).subarray(44));
  players.perform("pause", { pause: false });
  const ends = () => players.sent.filter((message) => message === "TrackEndEvent FINISHED").length;
  const heard = await players.record(players.waitUntil(() => ends() === 2));
  for (const frequency of [440, 660, 1_200]) expect(tenthsOf(heard, frequency)).toBeGreaterThan(1);
  expect(players.sent.filter((message) => message.startsWith("TrackException"))).toEqual([]);
});
