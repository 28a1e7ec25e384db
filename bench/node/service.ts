// A whole node from outside: the time to start, to load tracks, and to the first audio.

import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { launch, mediaFolder, parseJsonLine, readyLine } from "@asterite/testkit";
import { createNode } from "../../packages/andesite-node/src/create-node.ts";

const cli = new URL("../../apps/cli/", import.meta.url);

/** The command from source and, if it was built, as published. */
export const commands = [
  { name: "from source", file: fileURLToPath(new URL("bin/asterite.js", cli)) },
  { name: "as published", file: fileURLToPath(new URL("dist/main.js", cli)) },
].filter(({ file }) => existsSync(file));

/** Returns the median. */
export const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;

/**
 * Measures the time from the start of `asterite node` to its ready line, and its memory before the first
 * track.
 */
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
  // Wait until the music folder has been indexed.
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

/** Loads tracks for a number of seconds, eight at a time. Returns the loads per second. */
async function loadsPerSecond(node: Node, identifiers: readonly string[], seconds: number): Promise<number> {
  const begunMs = performance.now();
  const untilMs = begunMs + 1_000 * seconds;
  let done = 0;
  const loadInTurn = async (): Promise<void> => {
    while (performance.now() < untilMs) await load(node, identifiers[done++ % identifiers.length] ?? "");
  };
  await Promise.all(Array.from({ length: 8 }, loadInTurn));
  return (1_000 * done) / (performance.now() - begunMs);
}

const files = 64;

/** Creates a folder of short files in common formats. */
export async function makeFolder(folder: string): Promise<string[]> {
  await mkdir(folder);
  const extensions = ["mp3", "flac", "ogg", "opus"];
  return await Promise.all(
    Array.from({ length: files }, async (_, index) => {
      const extension = extensions[index % extensions.length] ?? "";
      const path = join(folder, `tones ${index}.${extension}`);
      await copyFile(join(mediaFolder, `tones.${extension}`), path);
      return path;
    }),
  );
}

/** Measures loading: the first load of a new node in ms, and loads of files and searches per second. */
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

/** Reads an Ogg stream whose packets do not span pages, until the callback returns true. */
async function readPackets(url: string, onPacket: (bytes: number) => boolean): Promise<void> {
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
        if (onPacket(length)) return;
        length = 0;
      }
    }
  }
}

/** Size of a packet of silence. */
const silenceBytes = 3;
/** Number of header packets of a stream. */
const headerPackets = 2;

/** Measures the ms from sending `play` to TrackStartEvent, and to the first page with audio. */
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
      // After the headers and some silence the stream is established.
      if (++seen === headerPackets + 5) opened.resolve();
      return seen > headerPackets && bytes > silenceBytes && begunMs > 0;
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
  // Drop the first round, which runs cold code.
  const [, ...rest] = figures;
  return {
    startedMs: median(rest.map((figure) => figure.startedMs)),
    heardMs: median(rest.map((figure) => figure.heardMs)),
  };
}
