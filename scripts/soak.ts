// npm run soak [MINUTES]: short tracks without end on an audio node of its own, and whether it grows.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "@asterite/andesite";
import { mediaFiles, mediaFolder } from "@asterite/testkit";
import { root } from "./lib/workspace.ts";

const minutes = Number(process.argv[2] ?? 60);
if (!Number.isFinite(minutes) || minutes <= 0) {
  console.error("Usage: npm run soak [MINUTES], where MINUTES is a number above 0. Default: 60.");
  process.exit(2);
}
/** Players that play at the same time. */
const players = 20;
/** What a node may grow by from the first quarter of the run to the last, in MiB. */
const allowedMiB = 30;

const node = spawn(
  process.execPath,
  [
    "--conditions=@asterite/source",
    join(root, "apps/cli/src/main.ts"),
    ...["node", "--port", "0", "--music", mediaFolder, "--set", "andesite.prometheus.enabled=true"],
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
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

/** Plays, changes and stops without end. */
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

const untilMs = performance.now() + 60_000 * minutes;
const listeners = Array.from({ length: players }, (_, index) => listen(String(index + 1), untilMs));
const sizes: number[] = [];
const stepMs = Math.min(60_000, (60_000 * minutes) / 8);
while (performance.now() < untilMs) {
  await wait(stepMs);
  sizes.push(await residentMiB());
  console.log(`${Math.round(played)} tracks, ${sizes.at(-1)?.toFixed(0)} MiB`);
}
await Promise.all(listeners);
await client.close();
node.kill("SIGTERM");
await once(node, "exit");

const quarter = Math.max(1, Math.floor(sizes.length / 4));
const [first, last] = [Math.max(...sizes.slice(0, quarter)), Math.max(...sizes.slice(-quarter))];
const growth = last - first;
console.log(`${played} tracks; first quarter at most ${first.toFixed(0)} MiB, last ${last.toFixed(0)} MiB.`);
if (growth > allowedMiB) {
  console.error(`The node grew by ${growth.toFixed(0)} MiB; at most ${allowedMiB} are allowed.`);
  process.exit(1);
}
