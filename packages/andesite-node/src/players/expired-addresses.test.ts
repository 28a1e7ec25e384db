import { once } from "node:events";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { makeTransportStream, mediaFolder, mp3At48000, splitAdts } from "@asterite/testkit";
import { expect, it } from "vitest";
import { serve } from "../bytes/bytes.test-support.ts";
import { silencePacket } from "../engine/frame.ts";
import { firstOf, openLoader, temporaryFolder } from "../loading/loading.test-support.ts";
import { TestPlayers } from "./players.test-support.ts";

/** Bytes that an address gives before it expires: about 7 s. */
const quotaBytes = 60_000;

/** Serves a file at addresses of which each answers one request, in part. Others are answered with `status`. */
async function serveExpiring(file: Buffer, status: number) {
  const used = new Set<string>();
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    const token = request.url ?? "";
    const range = request.headers.range ?? "";
    if (used.has(token)) return void response.writeHead(status).end();
    used.add(token);
    ranges.push(range);
    const start = Number(/=(\d+)/.exec(range)?.[1] ?? 0);
    response.writeHead(206, { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` });
    const part = file.subarray(start, start + quotaBytes);
    if (start + part.length === file.length) response.end(part);
    else response.write(part, () => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ranges,
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** A stand-in for yt-dlp, whose every run returns a new address: its number stands for `*`. Returns its path. */
async function writeProgram(folder: string, url: string, protocol = "http"): Promise<string> {
  const program = join(folder, "yt-dlp");
  const script = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const count = Number(readFileSync(__dirname + "/runs", "utf8")) + 1;
writeFileSync(__dirname + "/runs", String(count));
const page = process.argv.at(-1);
process.stdout.write(JSON.stringify({ id: "abcdefghijk", title: "Expires", duration: 20.64, webpage_url: page, url: "${url}".replace("*", count), protocol: "${protocol}" }));
`;
  await writeFile(join(folder, "runs"), "0");
  await writeFile(program, script);
  await chmod(program, 0o755);
  return program;
}

const countRuns = async (folder: string): Promise<number> =>
  Number(await readFile(join(folder, "runs"), "utf8"));

it.each([403, 410])(
  "plays on at the position when the address expires with %i, also at a seek",
  async (status) => {
    const one = await readFile(mp3At48000);
    const file = Buffer.concat(Array.from({ length: 20 }, () => one));
    await using server = await serveExpiring(file, status);
    await using folder = await temporaryFolder();
    const program = await writeProgram(folder.path, `${server.url}*`);
    await using loader = openLoader({ ytDlp: program, allowPrivateAddresses: true });
    const track = firstOf(await loader.load("https://www.youtube.com/watch?v=abcdefghijk"));
    await using players = new TestPlayers({
      locate: (located) => loader.locate(located, new AbortController().signal),
    });
    players.play(encodeTrack(track));
    const audio = players.players.find("1", "2")?.audio;
    if (!audio) throw new Error("the player does not exist");
    let frames: boolean[] = [];
    const positions: number[] = [];
    const heard = Promise.withResolvers<void>();
    audio.listener = (packet) => {
      const isAudible = Buffer.compare(packet, silencePacket) !== 0;
      if (isAudible || frames.length > 0) frames.push(isAudible);
      if (frames.length > 0) positions.push(players.report?.position ?? Number.NaN);
      // After 3 s, before the first address has been used up.
      if (frames.length === 150) heard.resolve();
    };
    await heard.promise;
    expect(frames).not.toContain(false);
    expect(positions).toEqual(positions.toSorted((one, other) => one - other));
    // The audio thread writes positions ahead of the frames that the main thread has received. The least
    // lead of many frames is the one of a moment when the main thread did not lag, unless a position jumped.
    const leads = positions.map((position, index) => position - 20 * index);
    expect(Math.abs(Math.min(...leads.slice(-100)) - Math.min(...leads.slice(0, 50)))).toBeLessThan(250);
    // Further than what was read ahead.
    players.perform("seek", { position: 16_000 });
    frames = [];
    await players.waitFor("TrackEndEvent FINISHED");
    audio.listener = undefined;
    // There is silence until the new address is known, and then the rest of 4.64 s without a gap.
    const rest = frames.slice(frames.lastIndexOf(false) + 1).length;
    expect(rest).toBeGreaterThanOrEqual(230);
    expect(rest).toBeLessThanOrEqual(236);
    expect(
      players.messages.filter(({ content }) => "name" in content && content.name === "TrackExceptionEvent"),
    ).toEqual([]);
    // The program ran for loading, for playing, and for each address that expired.
    expect(await countRuns(folder.path)).toBeGreaterThanOrEqual(4);
    expect(server.ranges.length).toBeGreaterThanOrEqual(3);
  },
  60_000,
);

it("plays an HLS stream on at the segment when its address expires", async () => {
  const frames = splitAdts(await readFile(join(mediaFolder, "tones.aac")));
  const frameSeconds = 1_024 / 44_100;
  const segments = Array.from({ length: 4 }, (_, index) =>
    makeTransportStream({ frames: frames.slice(30 * index, 30 * (index + 1)), frameSeconds }),
  );
  const lines = segments.map((_, index) => `#EXTINF:${30 * frameSeconds},\n${index}.ts`);
  const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${lines.join("\n")}\n#EXT-X-ENDLIST\n`;
  const left = new Map<string, number>();
  const answered: string[] = [];
  await using server = await serve((request, response) => {
    const [, token = "", name = ""] = (request.url ?? "").split("/");
    const rest = left.get(token) ?? 3;
    left.set(token, rest - 1);
    // A playlist and two segments, before the address expires.
    if (rest <= 0) return void response.writeHead(403).end();
    answered.push(`${token}/${name}`);
    response.end(name === "list.m3u8" ? playlist : segments[Number.parseInt(name, 10)]);
  });
  await using folder = await temporaryFolder();
  const program = await writeProgram(folder.path, `${server.url}*/list.m3u8`, "m3u8_native");
  await using loader = openLoader({ ytDlp: program, allowPrivateAddresses: true });
  const track = firstOf(await loader.load("https://www.youtube.com/watch?v=abcdefghijk"));
  await using players = new TestPlayers({
    locate: (located) => loader.locate(located, new AbortController().signal),
  });
  players.play(encodeTrack(track));
  const [heard] = await players.record(players.waitFor("TrackEndEvent FINISHED"));
  expect(Math.abs(heard.length / 48_000 - 120 * frameSeconds)).toBeLessThan(0.15);
  // The run for loading returns the first address, which is not used.
  expect(answered).toEqual(["2/list.m3u8", "2/0.ts", "2/1.ts", "3/list.m3u8", "3/2.ts", "3/3.ts"]);
  expect(await countRuns(folder.path)).toBe(3);
  expect(players.sent.filter((message) => message.startsWith("TrackException"))).toEqual([]);
}, 60_000);
