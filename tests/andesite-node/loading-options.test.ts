// Loading options in a real node.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createNode } from "@asterite/andesite-node";
import { readOptionKeys } from "@asterite/andesite-node/configuration";
import { mediaFolder } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { serve } from "../../packages/andesite-node/src/bytes/bytes.test-support.ts";
import { everyNode, sendRequest, TestSocket } from "../support/andesite-node.ts";
import { temporaryFolder } from "../support/asterite.ts";

const [, realNode] = everyNode;
const start = (values: Readonly<Record<string, unknown>>) => realNode.start(readOptionKeys(values).options);
const load = async (url: string, identifier: string) =>
  (await sendRequest(`${url}/loadtracks?identifier=${encodeURIComponent(identifier)}`)).body;

it("searches the music folders for plain words if configured", async () => {
  const { url } = await start({ "andesite.auto-search-prefix": "search" });
  expect(await load(url, "a song")).toMatchObject({ loadType: "SEARCH_RESULT", tracks: [{}] });
  const youtube = await start({});
  expect(await load(youtube.url, "a song")).toMatchObject({
    loadType: "LOAD_FAILED",
    cause: { message: expect.stringContaining("YouTube") },
  });
});

it("stores the music index in the configured folder", async () => {
  const folder = join(await temporaryFolder(), "data");
  const { url, identifiers } = await start({ "andesite.local.data-folder": folder });
  expect(await load(url, identifiers.search)).toMatchObject({ loadType: "SEARCH_RESULT" });
  expect((await stat(join(folder, "music-index.sqlite"))).size).toBeGreaterThan(0);
});

it("can be closed again", async () => {
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    loading: { sources: { local: true }, musicFolders: [mediaFolder] },
  });
  await Promise.all([node.close(), node.close()]);
  await node.close({ graceMs: 0 });
});

it("applies the limits of loading", async () => {
  const short = await start({ "andesite.limits.loading.identifier-length": "8" });
  expect(await load(short.url, "12345678")).toMatchObject({
    cause: { message: expect.not.stringContaining("long") },
  });
  expect(await load(short.url, "123456789")).toMatchObject({
    loadType: "LOAD_FAILED",
    cause: { message: "The identifier is too long." },
  });
  const blind = await start({ "andesite.limits.bytes.read-bytes": "1" });
  expect(await load(blind.url, blind.identifiers.one)).toMatchObject({ loadType: "LOAD_FAILED" });
});

it("counts the threads of loading and playback in the statistics", async () => {
  const { url, identifiers, track } = await start({ "andesite.audio.threads": 1 });
  const threads = async () => ((await sendRequest(`${url}/stats`)).body as { thread: object }).thread;
  expect(await threads()).toEqual({ running: 1, peak: 1, totalStarted: 1, daemon: 0 });
  expect(await load(url, identifiers.one)).toMatchObject({ loadType: "TRACK_LOADED" });
  const socket = await TestSocket.open(url);
  socket.send({ op: "play", guildId: "1", track: track("a song") });
  await socket.settle();
  const { peak, totalStarted } = (await threads()) as { peak: number; totalStarted: number };
  // One thread probes files, one scans the folder while that takes, one plays.
  expect(peak).toBeGreaterThanOrEqual(3);
  expect(totalStarted).toBeGreaterThanOrEqual(peak);
});

it("sends the same User-Agent to a station for loading and playback", async () => {
  const mp3 = await readFile(join(mediaFolder, "tones.mp3"));
  await using station = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "audio/mpeg", "icy-name": "A station" });
    response.write(mp3);
  });
  const { options } = readOptionKeys({
    "andesite.network.user-agent": "Radio lover/1.0",
    "andesite.network.allow-private-addresses": true,
    "andesite.source.http": true,
  });
  const node = await createNode({ ...options, http: { host: "127.0.0.1", port: 0 } });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const url = `http://127.0.0.1:${node.port}`;
  const { tracks } = (await load(url, station.url)) as { tracks: readonly { track: string }[] };
  const socket = await TestSocket.open(url);
  socket.send({ op: "play", guildId: "1", track: tracks[0]?.track });
  await expect.poll(() => station.requests.length).toBe(2);
  const names = station.requests.map(({ headers }) => headers["user-agent"]);
  expect(names).toEqual(["Radio lover/1.0", "Radio lover/1.0"]);
});
