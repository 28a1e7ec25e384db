// A whole node as its clients see it: how long it takes to be there, to find tracks, and to be heard.

import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { launch, mediaFolder, parseJsonLine, readyLine } from "@asterite/testkit";
import { createNode } from "../../packages/andesite-node/src/create-node.ts";

const cli = new URL("../../apps/cli/", import.meta.url);

/** The command as it runs here, and as it is published, where it has been built. */
export const commands = [
  { name: "from source", file: fileURLToPath(new URL("bin/asterite.js", cli)) },
  { name: "as published", file: fileURLToPath(new URL("dist/main.js", cli)) },
].filter(({ file }) => existsSync(file));

export const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;

/** From the start of `asterite node` to the line that says that it is up, and its memory before the first track. */
export async function startUp(
  file: string,
  flags: readonly string[],
): Promise<{ readyMs: number; idleMiB: number }> {
  const begunMs = performance.now();
  const child = await launch({
    command: process.execPath,
    args: [file, "node", "--port", "0", ...flags, "--set", "andesite.prometheus.enabled=true"],
    readyWhen: readyLine,
    timeoutMs: 60_000,
  });
  const readyMs = performance.now() - begunMs;
  const ready = child.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  // The folder is looked through first.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const name = "process_resident_memory_bytes";
  const metrics = await (await fetch(`http://127.0.0.1:${ready?.["port"]}/metrics?name[]=${name}`)).text();
  await child.stop();
  const bytes = Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1]);
  return { readyMs, idleMiB: bytes / 2 ** 20 };
}

const start = (folder: string) =>
  createNode({
    http: { host: "127.0.0.1", port: 0 },
    loading: { musicFolders: [folder], sources: { local: true } },
  });

type Node = Awaited<ReturnType<typeof start>>;

async function load({ port }: Node, identifier: string): Promise<void> {
  const query = new URLSearchParams({ identifier });
  const answer = await fetch(`http://127.0.0.1:${port}/loadtracks?${query}`);
  const { loadType } = (await answer.json()) as { loadType: string };
  if (loadType !== "TRACK_LOADED" && loadType !== "SEARCH_RESULT")
    throw new Error(`${identifier}: ${loadType}`);
}

/** Loads as many as it can for a while, a few at a time; gives the number a second. */
async function loadsPerSecond(node: Node, identifiers: readonly string[], seconds: number): Promise<number> {
  const begunMs = performance.now();
  const untilMs = begunMs + 1_000 * seconds;
  let done = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < untilMs) await load(node, identifiers[done++ % identifiers.length] ?? "");
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return (1_000 * done) / (performance.now() - begunMs);
}

const files = 64;

/** A folder of short files of the common kinds. */
export async function makeFolder(folder: string): Promise<string[]> {
  await mkdir(folder);
  const kinds = ["mp3", "flac", "ogg", "opus"];
  return await Promise.all(
    Array.from({ length: files }, async (_, index) => {
      const kind = kinds[index % kinds.length] ?? "";
      const path = join(folder, `tones ${index}.${kind}`);
      await copyFile(join(mediaFolder, `tones.${kind}`), path);
      return path;
    }),
  );
}

/** What loading costs. */
export async function loading(folder: string, paths: readonly string[], seconds: number) {
  const firsts: number[] = [];
  for (let round = 0; round < 3; round++) {
    const fresh = await start(folder);
    const begunMs = performance.now();
    await load(fresh, `raw:${paths[round]}`);
    firsts.push(performance.now() - begunMs);
    await fresh.close({ graceMs: 0 });
  }
  const node = await start(folder);
  const identifiers = paths.map((path) => `raw:${path}`);
  await load(node, "search:tones");
  await loadsPerSecond(node, identifiers, 1);
  const local = await loadsPerSecond(node, identifiers, seconds);
  const search = await loadsPerSecond(node, ["search:tones", "search:aster"], seconds);
  await node.close({ graceMs: 0 });
  return { firstMs: median(firsts), local, search };
}

/** Calls back for every packet of an Ogg stream whose packets fit into pages. */
async function readPackets(url: string, packet: (bytes: number) => boolean): Promise<void> {
  const response = await fetch(url);
  let bytes = Buffer.alloc(0);
  for await (const chunk of response.body ?? []) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 27) {
      const count = bytes.readUInt8(26);
      const lengths = [...bytes.subarray(27, 27 + count)];
      const size = 27 + count + lengths.reduce((sum, length) => sum + length, 0);
      if (lengths.length < count || bytes.length < size) break;
      bytes = bytes.subarray(size);
      let length = 0;
      for (const segment of lengths) {
        length += segment;
        if (segment === 255) continue;
        if (packet(length)) return;
        length = 0;
      }
    }
  }
}

/** The bytes of a packet of silence, and of the heads of a stream. */
const silenceBytes = 3;
const headPackets = 2;

/** ms from the sending of `play` to the event that a track started, and to the first page with sound. */
export async function firstAudio(folder: string, path: string, rounds: number) {
  const node = await start(folder);
  const base = `http://127.0.0.1:${node.port}`;
  const container = path.endsWith("mp3") ? "mp3" : "ogg";
  const track = encodeTrack({
    info: { title: "x", author: "x", lengthMs: 300_000, identifier: path, uri: path },
    source: { name: "local", probe: { name: container, parameters: null } },
  });
  const headers = { "User-Id": "1" };
  const socket = new WebSocket(`${base.replace("http", "ws")}/websocket?user-id=1`);
  await once(socket, "open");
  const figures: { startedMs: number; heardMs: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const player = `${base}/player/${100 + round}`;
    await fetch(`${player}/stop`, { method: "POST", headers });
    const link = (await (await fetch(`${player}/listen`, { method: "POST", headers })).json()) as {
      url: string;
    };
    const opened = Promise.withResolvers<void>();
    let begunMs = 0;
    let seen = 0;
    const heard = readPackets(base + link.url, (bytes) => {
      // Behind the heads and some silence the stream is going.
      if (++seen === headPackets + 5) opened.resolve();
      return seen > headPackets && bytes > silenceBytes && begunMs > 0;
    });
    await opened.promise;
    const started = new Promise<number>((resolve) => {
      const listen = ({ data }: MessageEvent): void => {
        if (!String(data).includes("TrackStartEvent")) return;
        socket.removeEventListener("message", listen);
        resolve(performance.now());
      };
      socket.addEventListener("message", listen);
    });
    begunMs = performance.now();
    socket.send(JSON.stringify({ op: "play", guildId: `${100 + round}`, track }));
    const startedMs = (await started) - begunMs;
    await heard;
    figures.push({ startedMs, heardMs: performance.now() - begunMs });
    await fetch(player, { method: "DELETE", headers });
  }
  socket.close();
  await node.close({ graceMs: 0 });
  // The first of them runs what has not been run before.
  const [, ...rest] = figures;
  return {
    startedMs: median(rest.map((figure) => figure.startedMs)),
    heardMs: median(rest.map((figure) => figure.heardMs)),
  };
}
