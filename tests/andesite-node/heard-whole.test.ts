// Tracks and streams that were cut or silent, heard through a whole node.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTransportStream, oddMediaFolder, splitAdts } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRange, serve } from "../../packages/andesite-node/src/bytes/bytes.test-support.ts";
import { mediaFile } from "../../packages/audio/src/media/media.test-support.ts";
import { framesOf } from "../../packages/audio/src/media/unmeasured.test-support.ts";
import { PlayingNode } from "../support/playing-node.ts";

const loudest = (levels: readonly number[]): number => Math.max(...levels);
const odd = (name: string): Promise<Buffer> => readFile(join(oddMediaFolder, name));

let folder = "";
let node: PlayingNode;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-heard-"));
  node = await PlayingNode.start({
    sources: { local: true, http: true },
    musicFolders: [folder, oddMediaFolder],
    allowPrivateAddresses: true,
  });
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe.concurrent("a track that waits for the end", () => {
  it.each([
    ["mp3 without a header", Buffer.concat([framesOf("tones.mp3"), framesOf("tones-vbr.mp3")]), 6_000],
    ["AAC without a container", Buffer.from(mediaFile("tones.aac")), 3_000],
  ])("of %s follows when all of it is heard", { timeout: 30_000 }, async (_name, file, lengthMs) => {
    await using server = await serve((request, response) => sendRange(request, response, file));
    const [first, second] = [await node.loadOne(`${server.url}1`), await node.loadOne(`${server.url}2`)];
    // The estimate by the bit rate of the beginning is too short for mp3, where it falls.
    expect(first.info.length).toBeLessThan(lengthMs === 6_000 ? 5_500 : 3_200);
    const levels = await node.hear([first, second]);
    // Encoders add up to a tenth of a second to each file.
    const heardMs = 100 * levels.filter((level) => level > 0.05).length;
    expect(Math.abs(heardMs - 2 * lengthMs)).toBeLessThan(300);
  });
});

describe.concurrent("the sound of a file", () => {
  it.each(["flac-20-bits.flac", "he-aac-v2.m4a", "tone.aiff", "tones-fragments.m4a"])(
    "is heard: %s",
    async (name) => {
      expect(
        loudest(await node.hear([await node.loadOne(`raw:${join(oddMediaFolder, name)}`)])),
      ).toBeGreaterThan(0.05);
    },
  );

  it("is silent with the filter volume 0, and the rest of the operation is done", async ({ expect }) => {
    const path = join(folder, "tones.mp3");
    await writeFile(path, mediaFile("tones.mp3"));
    const track = await node.loadOne(`raw:${path}`);
    expect(loudest(await node.hear([track]))).toBeGreaterThan(0.1);
    expect(
      loudest(await node.hear([track], { volume: { volume: 0 }, tremolo: { frequency: 2, depth: 0.5 } })),
    ).toBeLessThan(0.001);
    const guildId = node.newGuild();
    node.send(guildId, "play", { track: track.track, radio: true, volume: 50 });
    await node.until(guildId, (events) => events.length > 0);
    node.send(guildId, "update", {
      pause: true,
      filters: { volume: { volume: 0 }, tremolo: { depth: 0.7 } },
    });
    await expect
      .poll(() => node.request(`player/${guildId}`))
      .toMatchObject({
        paused: true,
        volume: 50,
        filters: { volume: { volume: 0 }, tremolo: { enabled: true } },
      });
  });
});

const frames = splitAdts(mediaFile("tones.aac"));
const frameSeconds = 1_024 / 44_100;
const segmentFrames = 43;
const segment = (index: number): Buffer =>
  makeTransportStream({
    frames: frames.slice(20, 20 + segmentFrames),
    frameSeconds,
    startSeconds: 10 + index * segmentFrames * frameSeconds,
  });
const lines = (from: number, count: number): string =>
  Array.from(
    { length: count },
    (_, index) => `#EXTINF:${(segmentFrames * frameSeconds).toFixed(5)},\n${from + index}.ts\n`,
  ).join("");

describe.concurrent("an HLS stream", () => {
  const head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n";

  it("that is recorded is heard whole, and seekable", async () => {
    await using server = await serve((request, response) => {
      const number = Number.parseInt(request.url?.slice(1) ?? "", 10);
      response.end(request.url?.endsWith(".ts") ? segment(number) : `${head}${lines(0, 3)}#EXT-X-ENDLIST\n`);
    });
    const track = await node.loadOne(`${server.url}list.m3u8`);
    expect(track.info).toMatchObject({ isStream: false, isSeekable: true, length: 2_995 });
    expect(Math.abs((await node.play(track)) - 2_995)).toBeLessThan(60);
  });

  it("that is live is heard until it ends", { timeout: 60_000 }, async () => {
    let newest = 3;
    await using server = await serve((request, response) => {
      const number = Number.parseInt(request.url?.slice(1) ?? "", 10);
      if (request.url?.endsWith(".ts")) return void response.end(segment(number));
      // A segment more in each list, up to eight.
      newest = Math.min(8, newest + 1);
      const list = `${head}#EXT-X-MEDIA-SEQUENCE:${newest - 4}\n${lines(newest - 4, 4)}`;
      response.end(newest < 8 ? list : `${list}#EXT-X-ENDLIST\n`);
    });
    const track = await node.loadOne(`${server.url}list.m3u8`);
    expect(track.info).toMatchObject({ isStream: true, isSeekable: false });
    const heardMs = await node.play(track);
    // It is joined within the first list of the player, of at least three segments in front of the last four.
    expect(heardMs).toBeGreaterThan(3_900);
    expect(heardMs).toBeLessThan(8_100);
  });
});

it("a station that changes its sample rate and its channels is heard on", { timeout: 30_000 }, async () => {
  const parts = [framesOf("tones.mp3"), await odd("tones-48000.mp3"), await odd("ad-22050-mono.mp3")];
  const sounds: ServerResponse[] = [];
  await using server = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "audio/mpeg", "icy-name": "Test FM" });
    response.flushHeaders();
    sounds.push(response);
    for (const part of parts) response.write(part);
  });
  const track = await node.loadOne(server.url);
  expect(track.info).toMatchObject({ isStream: true });
  const guildId = node.newGuild();
  node.send(guildId, "play", { track: track.track, radio: true });
  await node.until(guildId, (events) => events.length > 0);
  const [, ...known] = await Promise.all(
    parts.map(async (part, index) => {
      const path = join(folder, `part-${index}.mp3`);
      await writeFile(path, part);
      return (await node.loadOne(`raw:${path}`)).info.length;
    }),
  );
  const wholeMs = 3_000 + known.reduce((sum, length) => sum + length, 0);
  const frame = async () =>
    (await node.request<{ readonly frame: { readonly success: number } }>(`player/${guildId}`)).frame;
  await expect
    .poll(async () => 20 * (await frame()).success, { timeout: 20_000 })
    .toBeGreaterThan(wholeMs - 300);
  node.send(guildId, "stop");
  for (const sound of sounds) sound.destroy();
});
