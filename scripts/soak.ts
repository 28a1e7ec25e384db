// npm run soak [MINUTES]: plays short tracks on an audio node for a long time and checks that its memory does
// not grow.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "@asterite/andesite";
import { mediaFiles, mediaFolder } from "@asterite/testkit";
import { liveMiB } from "./lib/live-memory.ts";
import { root } from "./lib/workspace.ts";

const minutes = Number(process.argv[2] ?? 60);
if (!Number.isFinite(minutes) || minutes <= 0) {
  console.error("Usage: npm run soak [MINUTES], where MINUTES is a number above 0. Default: 60.");
  process.exit(2);
}
/** Number of concurrent players. */
const players = 20;
/**
 * Largest allowed growth of the memory in use while idle, from the first eighth of the run to its end, in
 * MiB.
 */
const allowedMiB = 5;

const node = spawn(
  process.execPath,
  [
    "--conditions=@asterite/source",
    "--inspect=127.0.0.1:0",
    join(root, "apps/cli/src/main.ts"),
    "node",
    "--port",
    "0",
    "--music",
    mediaFolder,
    "--set",
    "andesite.prometheus.enabled=true",
  ],
  { stdio: ["ignore", "pipe", "pipe"] },
);
const inspectorUrl = Promise.withResolvers<string>();
createInterface({ input: node.stderr }).on("line", (line) => {
  const url = /^Debugger listening on (\S+)/.exec(line)?.[1];
  if (url !== undefined) inspectorUrl.resolve(url);
  else if (!/[Dd]ebugg/.test(line)) console.error(line);
});
const lines = createInterface({ input: node.stdout });
let port = 0;
for await (const line of lines) {
  const entry: { msg?: string; port?: number } = JSON.parse(line);
  if (entry.msg !== "ready") continue;
  port = entry.port ?? 0;
  break;
}
lines.on("line", () => {});

const base = `http://127.0.0.1:${port}`;
const client = new WebSocket(`ws://127.0.0.1:${port}/websocket`, "1", null);
await client.connect();

async function load(name: string): Promise<string> {
  const identifier = encodeURIComponent(`raw:${join(mediaFolder, name)}`);
  const answer = await fetch(`${base}/loadtracks?identifier=${identifier}`);
  const { tracks } = (await answer.json()) as { tracks: { track: string }[] };
  if (!tracks[0]) throw new Error(`${name} cannot be loaded`);
  return tracks[0].track;
}

const tracks = await Promise.all(mediaFiles.map(load));
let played = 0;

/** Plays, changes and stops tracks in a loop. */
async function listen(guild: string, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    const track = tracks[Math.floor(Math.random() * tracks.length)] ?? "";
    const end = 300 + Math.random() * 1_500;
    await fetch(`${base}/player/${guild}/play`, {
      method: "POST",
      headers: { "User-Id": "1" },
      body: JSON.stringify({ track, end, radio: true, crossfade: Math.random() < 0.3 ? 200 : 0 }),
    });
    played++;
    await wait(Math.random() * 400);
    if (Math.random() < 0.3) await client.filters(guild, { timescale: { speed: 1 + Math.random() } });
    if (Math.random() < 0.2) await client.seek(guild, 1);
    await wait(Math.random() * 400);
    if (Math.random() < 0.1) await client.destroy(guild);
  }
}

async function residentMiB(): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20;
}

async function report(): Promise<void> {
  console.log(`${played} tracks, ${(await residentMiB()).toFixed(0)} MiB of memory`);
}

/** Plays for a time, stops all players and returns the memory still in use. */
async function run(durationMs: number): Promise<number> {
  const untilMs = performance.now() + durationMs;
  const listeners = Array.from({ length: players }, (_, index) => listen(String(index + 1), untilMs));
  while (performance.now() < untilMs) {
    await wait(Math.min(60_000, durationMs));
    await report();
  }
  await Promise.all(listeners);
  for (let guild = 1; guild <= players; guild++) await client.destroy(String(guild));
  await wait(1_000);
  // The probe thread ends after it has been idle.
  return await liveMiB(await inspectorUrl.promise, (file) => file.includes("audio-worker"));
}

const totalMs = 60_000 * minutes;
const first = await run(totalMs / 8);
const last = await run((7 * totalMs) / 8);
await client.close();
node.kill("SIGTERM");
await once(node, "exit");

const growth = last - first;
console.log(
  `${played} tracks; in use ${first.toFixed(1)} MiB near the beginning, ${last.toFixed(1)} at the end.`,
);
if (growth > allowedMiB) {
  console.error(`memory grew by ${growth.toFixed(1)} MiB; allowed: ${allowedMiB}`);
  process.exit(1);
}
