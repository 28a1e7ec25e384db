// Servers and playlists as people have them, heard through a whole node.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRange, serve } from "../../packages/andesite-node/src/bytes/bytes.test-support.ts";
import { silentWav, toneWav } from "../../packages/andesite-node/src/loading/loading.test-support.ts";
import { mediaFile } from "../../packages/audio/src/media/media.test-support.ts";
import { framesOf } from "../../packages/audio/src/media/unmeasured.test-support.ts";
import { PlayingNode } from "../support/playing-node.ts";

const mp3 = Buffer.from(mediaFile("tones.mp3"));
/** More than the node reads again from its start. */
const largeSeconds = 7;
const large = Buffer.from(toneWav(largeSeconds));

let folder = "";
let node: PlayingNode;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-playlists-"));
  node = await PlayingNode.start({
    sources: { local: true, http: true },
    musicFolders: [folder],
    allowPrivateAddresses: true,
    limits: { playlistEntries: 6 },
  });
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Sends a file whole, without ranges. */
const sendWhole =
  (file: Buffer, headers: Readonly<Record<string, string | number>> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { "content-length": file.length, ...headers });
    response.end(file);
  };

let answers = 0;
/** Answers the first request otherwise. */
const firstWith = (
  status: number,
  headers: Readonly<Record<string, string>> = {},
): (() => RequestListener) => {
  return () => {
    let isFirst = true;
    return (request, response) => {
      if (!isFirst) return sendRange(request, response, mp3);
      isFirst = false;
      response.writeHead(status, headers).end();
    };
  };
};

const servers: Readonly<Record<string, () => RequestListener>> = {
  "sends another ETag with each answer": () => (request, response) =>
    sendRange(request, response, mp3, { headers: { etag: `"${answers++}"` } }),
  "sends another Last-Modified with each answer": () => (request, response) =>
    sendRange(request, response, mp3, {
      headers: { "last-modified": new Date(1.7e12 + 1_000 * answers++).toUTCString() },
    }),
  "redirects until its cookie comes back": () => (request, response) => {
    if (request.headers.cookie === "id=7") sendRange(request, response, mp3);
    else response.writeHead(302, { location: "/", "set-cookie": "id=7; Path=/" }).end();
  },
  "refuses every range with 416": () => (request, response) => {
    if (request.headers.range === undefined) sendWhole(mp3)(request, response);
    else response.writeHead(416).end();
  },
  "is busy once with 503": firstWith(503),
  "has too many requests once, with 429": firstWith(429, { "retry-after": "0" }),
  "cuts each connection, and refuses the one after it": () => {
    let count = 0;
    return (request, response) => {
      if (count++ % 2 === 1) request.socket.resetAndDestroy();
      else sendRange(request, response, mp3, { cutAfter: 20_000 });
    };
  },
  "announces more bytes than it has": () => (_request, response) => {
    response.writeHead(200, { "content-length": mp3.length + 1_000 });
    response.write(mp3, () => response.destroy());
  },
};

describe("a node plays a file whole from a server that", () => {
  it.concurrent.each(Object.entries(servers))("%s", async (_name, handle) => {
    await using server = await serve(handle());
    const track = await node.loadOne(server.url);
    expect(track.info).toMatchObject({ isStream: false });
    expect(Math.abs((await node.play(track)) - 3_000)).toBeLessThan(100);
  });
});

it.concurrent("a node seeks in a large file whose ETag differs per answer", { timeout: 30_000 }, async () => {
  await using server = await serve((request, response) =>
    sendRange(request, response, large, { headers: { etag: `"${answers++}"` } }),
  );
  const track = await node.loadOne(server.url);
  const guildId = node.newGuild();
  node.send(guildId, "play", { track: track.track, radio: true });
  await node.until(guildId, (events) => events.length > 0);
  node.send(guildId, "seek", { position: 6_000 });
  const heardMs = await node.playedMs(guildId);
  expect(heardMs).toBeGreaterThanOrEqual(980);
  // What was heard before the seek depends on how busy the machine is.
  expect(heardMs).toBeLessThan(6_000);
});

describe.concurrent("a large file of a server without ranges", () => {
  it("starts at a position", async () => {
    await using server = await serve(sendWhole(large));
    const track = await node.loadOne(server.url);
    expect(track.info).toMatchObject({ length: 1_000 * largeSeconds, isSeekable: true });
    expect(await node.play(track, { start: 6_000 })).toBeLessThan(1_100);
  });

  it("is sought forwards and backwards", { timeout: 30_000 }, async () => {
    await using server = await serve(sendWhole(large));
    const { track } = await node.loadOne(server.url);
    const guildId = node.newGuild();
    node.send(guildId, "play", { track, radio: true, start: 5_000 });
    await node.until(guildId, (events) => events.length > 0);
    for (const position of [6_500, 5_500])
      await node.request(`player/${guildId}/seek`, "PATCH", { position });
    const heardMs = await node.playedMs(guildId);
    expect(heardMs).toBeGreaterThanOrEqual(1_480);
    expect(heardMs).toBeLessThan(3_500);
  });
});

it.concurrent("the length of an mp3 file without a header on a server is estimated within a tenth", async () => {
  const [frames] = [framesOf("tones-vbr.mp3")];
  await using server = await serve((request, response) => sendRange(request, response, frames));
  const { info } = await node.loadOne(server.url);
  expect(Math.abs(info.length - 3_000)).toBeLessThan(300);
});

describe("a playlist of a music folder", () => {
  const uris = async (name: string): Promise<readonly string[]> =>
    ((await node.load(`raw:${join(folder, name)}`)).tracks ?? []).map(({ info }) => info.uri);
  const song = (): string => join(folder, "sub", "a b.wav");
  beforeAll(async () => {
    await mkdir(join(folder, "sub"));
    await writeFile(song(), silentWav(0.1));
  });

  it.each([
    ["backslashes", "back.m3u", () => "sub\\a b.wav\r\n"],
    ["a file URL", "url.m3u", () => `${pathToFileURL(song()).href}\n`],
    ["UTF-16", "wide.m3u", () => Buffer.from("\ufeffsub/a b.wav", "utf16le")],
    [
      "XSPF",
      "list.xspf",
      () =>
        '<playlist xmlns="http://xspf.org/ns/0/"><trackList><track><location>sub/a%20b.wav</location></track></trackList></playlist>',
    ],
    ["ASX", "list.asx", () => "<asx><entry><ref href='sub\\a b.wav'/></entry></asx>"],
    ["a cue sheet", "list.cue", () => 'FILE "sub/a b.wav" WAVE'],
  ])("refers to a file by %s, and is heard", async (_by, name, content) => {
    await writeFile(join(folder, name), content());
    expect(await uris(name)).toEqual([song()]);
    const [track] = (await node.load(`raw:${join(folder, name)}`)).tracks ?? [];
    expect(track && (await node.play(track))).toBe(100);
  });

  it("tells how many of its entries are beyond the limit", async () => {
    await writeFile(join(folder, "long.m3u"), "sub/a b.wav\n".repeat(9));
    const answer = await node.load(`raw:${join(folder, "long.m3u")}`, "&extended=true");
    expect(answer.tracks).toHaveLength(6);
    expect(answer.playlistInfo?.omitted).toBe(3);
  });
});

it("files of a folder with rare extensions are found", async () => {
  const rare = join(folder, "rare");
  await mkdir(rare);
  for (const name of ["a.mp2", "b.mpga"]) await writeFile(join(rare, name), mp3);
  for (const name of ["c.mov", "d.3gp"]) await writeFile(join(rare, name), mediaFile("tones.m4a"));
  await writeFile(join(rare, "e.aif"), mediaFile("tones.wav"));
  const { tracks = [] } = await node.load(`raw:${rare}`);
  expect(tracks.map(({ info }) => info.uri)).toEqual(
    ["a.mp2", "b.mpga", "c.mov", "d.3gp", "e.aif"].map((name) => join(rare, name)),
  );
});
