// Tags and kinds of files as people have them, over HTTP and from a folder, through a whole node.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { oddMediaFolder } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  sendRange,
  serve,
  type TestServer,
} from "../../packages/andesite-node/src/bytes/bytes.test-support.ts";
import { toneWav } from "../../packages/andesite-node/src/loading/loading.test-support.ts";
import {
  fileWith,
  tag,
  tags,
  targets,
  trackUid,
} from "../../packages/audio/src/media/matroska/matroska.test-support.ts";
import { mediaFile } from "../../packages/audio/src/media/media.test-support.ts";
import { apeTag, id3, latin1, untaggedMp3 } from "../../packages/audio/src/media/tags/tags.test-support.ts";
import { framesOf } from "../../packages/audio/src/media/unmeasured.test-support.ts";
import { PlayingNode } from "../support/playing-node.ts";

const files = new Map<string, Uint8Array>();
let folder = "";
let node: PlayingNode;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-recognised-"));
  node = await PlayingNode.start({
    sources: { local: true, http: true },
    musicFolders: [folder],
    allowPrivateAddresses: true,
  });
  server = await serve((request, response) => {
    const file = files.get(decodeURIComponent(request.url?.slice(1) ?? ""));
    if (file) sendRange(request, response, file);
    else response.writeHead(404).end();
  });
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Puts a file into the folder and on the server. Returns its identifiers. */
async function put(name: string, content: Uint8Array): Promise<readonly [path: string, url: string]> {
  files.set(name, content);
  await writeFile(join(folder, name), content);
  return [`raw:${join(folder, name)}`, `${server.url}${encodeURIComponent(name)}`];
}

const withTag = (tag: Buffer): Buffer => Buffer.concat([tag, untaggedMp3()]);
const chunk = (name: string, body: Buffer): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([latin1(name), size, body, Buffer.alloc(body.length % 2)]);
};
const kino = latin1("\xca\xe8\xed\xee");

const tagged: Readonly<
  Record<string, () => { readonly name: string; readonly content: Uint8Array; readonly info: object }>
> = {
  "ID3 in Windows-1251 that is called Latin-1": () => ({
    name: "cp1251.mp3",
    content: withTag(id3(3, [["TIT2", Buffer.concat([latin1("\0"), kino])]])),
    info: { title: "Кино" },
  }),
  "ID3 in UTF-8 that is called Latin-1": () => ({
    name: "utf8.mp3",
    content: withTag(id3(3, [["TIT2", Buffer.from("\0Früh")]])),
    info: { title: "Früh" },
  }),
  "three-letter frames in version 2.3": () => ({
    name: "letters.mp3",
    content: withTag(
      id3(3, [
        ["TT2\0", latin1("\0Song")],
        ["TP1 ", latin1("\0Band")],
      ]),
    ),
    info: { title: "Song", author: "Band" },
  }),
  "an APE tag behind mp3": () => ({
    name: "ape.mp3",
    content: Buffer.concat([
      untaggedMp3(),
      apeTag([
        ["Title", "Wörter"],
        ["Artist", "Band"],
      ]),
    ]),
    info: { title: "Wörter", author: "Band" },
  }),
  "ID3 beside a list in WAV": () => ({
    name: "list.wav",
    content: Buffer.concat([
      Buffer.from(toneWav(1)),
      chunk("LIST", Buffer.concat([latin1("INFO"), chunk("INAM", latin1("Other")), chunk("IART", kino)])),
      chunk("id3 ", id3(3, [["TIT2", latin1("\0Song")]])),
    ]),
    info: { title: "Song", author: "Кино" },
  }),
  "several elements of tags behind the clusters of Matroska": () => ({
    name: "behind.webm",
    content: fileWith([
      tags(tag(targets(50), { TITLE: "Album", ARTIST: "Album band" })),
      tags(tag(targets(30, trackUid()), { TITLE: "Song", ARTIST: "Band" })),
    ]),
    info: { title: "Song", author: "Band" },
  }),
  "no tag": () => ({ name: "a song.mp3", content: untaggedMp3(), info: { title: "a song" } }),
};

describe("a node reads, from a folder and a server,", () => {
  it.each(Object.entries(tagged))("%s", async (_name, make) => {
    const { name, content, info } = make();
    for (const identifier of await put(name, content))
      expect((await node.loadOne(identifier)).info, identifier).toMatchObject(info);
  });

  it("plain sizes of iTunes in version 2.4", async () => {
    const content = await readFile(join(oddMediaFolder, "id3v24-nonsyncsafe.mp3"));
    const titles = [];
    for (const identifier of await put("sizes.mp3", content))
      titles.push((await node.loadOne(identifier)).info.title);
    expect(titles[0]).not.toBe("sizes");
    expect(titles[1]).toBe(titles[0]);
  });
});

describe("a node refuses", () => {
  const frames = framesOf("tones.mp3");
  const table = Buffer.alloc(200_000);
  // Chance headers, as in tables of programs.
  for (let at = 1_000; at + 4 < table.length; at += 9_973) table.set([0xff, 0xfb, 0x90, 0x64], at);
  it.each([
    ["a program of Linux", Buffer.concat([latin1("\x7fELF\x02\x01\x01"), table, frames])],
    ["a program of Windows", Buffer.concat([latin1("MZ\x90\0\x03"), table, frames])],
    ["an archive", Buffer.concat([latin1("PK\x03\x04\x14\0"), table, frames])],
    ["chance headers", table],
  ])("%s as mp3", async (name, content) => {
    for (const identifier of await put(`${name}.mp3`, content)) {
      const { loadType, tracks = [] } = await node.load(identifier);
      expect([loadType, tracks], identifier).toEqual(["LOAD_FAILED", []]);
    }
  });
});

it("a node hears a file with a damaged end whole, without an exception", async () => {
  const content = Buffer.from(mediaFile("tones.flac"));
  content.fill(0x55, content.length - 500);
  for (const identifier of await put("damaged.flac", content)) {
    const heardMs = await node.play(await node.loadOne(identifier));
    expect(heardMs, identifier).toBeGreaterThan(2_000);
  }
});
