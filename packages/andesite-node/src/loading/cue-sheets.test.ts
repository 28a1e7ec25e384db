import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeTrack, encodeTrack } from "@asterite/lavaplayer-track";
import { mediaFolder } from "@asterite/testkit";
import { expect, it } from "vitest";
import { serve } from "../bytes/bytes.test-support.ts";
import type { Loaded } from "./loader.ts";
import {
  firstOf,
  identifiersOf,
  openLoader,
  pictureHeads,
  silentWav,
  temporaryFolder,
  tracksOf,
} from "./loading.test-support.ts";

const signal = new AbortController().signal;
const search = { libraryQuietMs: 20, libraryWaitMs: 2 ** 31 - 1 };

/** Sheet of three tracks; the second one begins after 0.5 s, the third after 1 s. */
const sheetOf = (file: string): string => `PERFORMER "Die Ärzte"
TITLE "Übers Meer"
FILE ${file}
  TRACK 01 AUDIO
    TITLE "Ö"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Zwei"
    PERFORMER "A Guest"
    ISRC ABCDE1234567
    INDEX 00 00:00:30
    INDEX 01 00:00:37
  TRACK 03 AUDIO
    TITLE "Drei"
    INDEX 01 00:01:00
  TRACK 04 AUDIO
    TITLE "Beyond the end"
    INDEX 01 09:99:99`;

const titlesOf = (loaded: Loaded): readonly string[] => tracksOf(loaded).map(({ track }) => track.info.title);
const titles = ["Ö", "Zwei", "Drei"];
const fragments = ["#t=0,0.493333", "#t=0.493333,1", "#t=1,640.32"];

/** Returns tones.flac with a sheet in its tags. */
async function flacWithSheet(sheet: string): Promise<Buffer> {
  const file = await readFile(join(mediaFolder, "tones.flac"));
  const block = (type: number, content: Buffer): Buffer => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(type * 2 ** 24 + content.length);
    return Buffer.concat([header, content]);
  };
  const field = (text: string): Buffer => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const count = Buffer.from([2, 0, 0, 0]);
  const comments = block(
    4,
    Buffer.concat([field(""), count, field("TITLE=Whole"), field(`cuesheet=${sheet}`)]),
  );
  let audioAt = 4;
  for (let isLast = false; !isLast; ) {
    isLast = (file[audioAt] ?? 0) >= 0x80;
    audioAt += 4 + file.readUIntBE(audioAt + 1, 3);
  }
  const streamInfo = file.subarray(8, 42);
  const padding = block(0x81, Buffer.alloc(8));
  return Buffer.concat([
    Buffer.from("fLaC"),
    block(0, streamInfo),
    comments,
    padding,
    file.subarray(audioAt),
  ]);
}

it.each([
  ["as written", "album.wav", sheetOf('"album.wav" WAVE')],
  ["in Latin-1, with a wrong type", "album.wav", Buffer.from(sheetOf('"album.wav" MP3'), "latin1")],
  ["with a byte order mark, without quotes and type", "my album.wav", `\ufeff${sheetOf("my album.wav")}`],
  ["in UTF-16", "album.wav", Buffer.from(`\ufeff${sheetOf('"album.wav" WAVE')}`, "utf16le")],
  ["of another extension", "ALBUM.wav", sheetOf('"C:\\rips\\album.ape" WAVE')],
  ["renamed with the sheet", "Sheet.wav", sheetOf('"CDImage.ape" WAVE')],
])("divides a file %s", async (_by, name, sheet) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, name);
  await writeFile(file, silentWav(2));
  await writeFile(join(folder.path, "sheet.cue"), sheet);
  await using loader = openLoader({ sources: { local: true, search: false }, musicFolders: [folder.path] });
  const loaded = await loader.load(join(folder.path, "sheet.cue"));
  expect(loaded).toMatchObject({ loadType: "PLAYLIST_LOADED", name: "Übers Meer" });
  expect(identifiersOf(loaded)).toEqual(fragments.map((part) => file + part));
  expect(tracksOf(loaded).map(({ track: { info }, extras }) => ({ ...info, ...extras }))).toMatchObject([
    { title: "Ö", author: "Die Ärzte", album: "Übers Meer", lengthMs: 493n, isrc: null, isStream: false },
    { title: "Zwei", author: "A Guest", album: "Übers Meer", lengthMs: 507n, isrc: "ABCDE1234567" },
    { title: "Drei", author: "Die Ärzte", album: "Übers Meer", lengthMs: 1_000n },
  ]);
});

it("names parts so that they can be located, loaded again and found after a move, with the sheet or without", async () => {
  await using folder = await temporaryFolder();
  const [before, after] = [join(folder.path, "before"), join(folder.path, "after")];
  await mkdir(join(before, "album"), { recursive: true });
  const file = join(before, "album", "a#b.wav");
  await writeFile(file, silentWav(2));
  await writeFile(join(before, "album", "a.cue"), sheetOf('"a#b.wav" WAVE'));
  await writeFile(join(before, "album", "cover.png"), pictureHeads.png);
  const local = { local: true, search: false };
  await using loader = openLoader({ sources: local, musicFolders: [before] });
  const loaded = await loader.load(join(before, "album", "a.cue"));
  const second = tracksOf(loaded)[1];
  if (!second) throw new Error("the sheet was not loaded");
  const track = decodeTrack(encodeTrack(second.track));
  const location = { type: "file", path: file, part: { startSeconds: 0.493333, endSeconds: 1 } };
  expect(await loader.locate(track, signal)).toEqual(location);
  // The tags come from the sheet again, as clients expect that look for the picture of a track.
  expect(await loader.load(`raw:${track.info.identifier}`)).toEqual({
    loadType: "TRACK_LOADED",
    tracks: [second],
  });
  expect(second.extras.hasPicture).toBe(true);
  expect(await loader.readPicture(track.info.identifier, signal)).toMatchObject({ type: "image/png" });
  await rename(before, after);
  await using moved = openLoader({ sources: local, musicFolders: [after] });
  const movedPath = join(after, "album", "a#b.wav");
  expect(await moved.locate(track, signal)).toEqual({ ...location, path: movedPath });
  await rm(join(after, "album", "a.cue"));
  // A part of a file without a sheet, as one may type it.
  const typed = firstOf(await moved.load(`${movedPath}#t=0.5,1.25`)).info;
  expect(typed).toMatchObject({ title: "a#b", lengthMs: 750n, identifier: `${movedPath}#t=0.5,1.25` });
  expect(firstOf(await moved.load(`${movedPath}#t=1.5`)).info).toMatchObject({ lengthMs: 500n });
  expect(await moved.load(`${movedPath}#t=2`)).toMatchObject({ loadType: "LOAD_FAILED" });
  for (const wrong of ["#t=", "#t=1,1", "#t=-1", "#x", "#t=1,2,3"])
    expect(await moved.load(movedPath + wrong)).toEqual({ loadType: "NO_MATCHES" });
  // A file of such a name comes first.
  await writeFile(`${movedPath}#t=1`, silentWav(3));
  expect(firstOf(await moved.load(`${movedPath}#t=1`)).info.lengthMs).toBe(3_000n);
});

it("divides files of web servers, which are asked for a file once", async () => {
  const requests: (string | undefined)[] = [];
  await using server = await serve((request, response) => {
    requests.push(request.url);
    if (request.url === "/x/a.cue") response.end(sheetOf('"a b.wav" WAVE'));
    else if (request.headers.range) {
      const [start = 0, end = 0] = (/(\d+)-(\d*)/.exec(request.headers.range) ?? []).slice(1).map(Number);
      const wav = silentWav(2);
      const part = wav.subarray(start, (end || wav.length - 1) + 1);
      const range = `bytes ${start}-${start + part.length - 1}/${wav.length}`;
      response.writeHead(206, { "content-range": range }).end(part);
    } else response.end(silentWav(2));
  });
  await using loader = openLoader({ sources: { http: true }, allowPrivateAddresses: true });
  const loaded = await loader.load(`${server.url}x/a.cue`);
  expect(titlesOf(loaded)).toEqual(titles);
  expect(identifiersOf(loaded)).toEqual(fragments.map((part) => `${server.url}x/a%20b.wav${part}`));
  expect(requests.filter((path) => path?.endsWith(".wav")).length).toBe(1);
  const [, second] = tracksOf(loaded);
  const part = { startSeconds: 0.493333, endSeconds: 1 };
  expect(second && (await loader.locate(second.track, signal))).toMatchObject({
    url: `${server.url}x/a%20b.wav`,
    part,
  });
});

it("shows the tracks of cue sheets in folders, searches and albums, and not the files that they divide", async () => {
  await using folder = await temporaryFolder();
  const path = (name: string): string => join(folder.path, "music", name);
  await mkdir(path("beside"), { recursive: true });
  await mkdir(path("tags"));
  await mkdir(path("files"));
  await writeFile(path("beside/album.wav"), silentWav(2));
  await writeFile(path("beside/album.cue"), sheetOf('"album.wav" WAVE'));
  await writeFile(path("beside/other.wav"), silentWav(1));
  await writeFile(
    path("tags/whole.flac"),
    await flacWithSheet(sheetOf('"CDImage.wav" WAVE').replaceAll("Meer", "Land")),
  );
  await writeFile(path("files/one.wav"), silentWav(1));
  await writeFile(
    path("files/list.cue"),
    'FILE "one.wav" WAVE\nTRACK 01 AUDIO\nTITLE "Eins"\nINDEX 01 00:00:00',
  );
  const options = {
    sources: { local: true },
    musicFolders: [path("")],
    dataFolder: join(folder.path, "data"),
    limits: search,
  };
  const inBeside = fragments.map((part) => path("beside/album.wav") + part);
  const inTags = fragments.map((part) => path("tags/whole.flac") + part);
  {
    await using loader = openLoader(options);
    expect(identifiersOf(await loader.load(path("beside")))).toEqual([...inBeside, path("beside/other.wav")]);
    expect(identifiersOf(await loader.load(path("files")))).toEqual([path("files/one.wav")]);
    expect(identifiersOf(await loader.load(path("tags")))).toEqual(inTags);
    // A file with a sheet in its tags is a playlist itself; one beside a sheet is what its name says.
    const divided = await loader.load(path("tags/whole.flac"));
    expect(divided).toMatchObject({ loadType: "PLAYLIST_LOADED", name: "Übers Land" });
    expect(identifiersOf(divided)).toEqual(inTags);
    expect(identifiersOf(await loader.load(path("beside/album.wav")))).toEqual([path("beside/album.wav")]);
    expect(firstOf(await loader.load(`${path("tags/whole.flac")}#t=0`)).info).toMatchObject({
      title: "Whole",
      lengthMs: 3_000n,
    });

    expect(identifiersOf(await loader.load("search:zwei guest")).toSorted()).toEqual([
      inBeside[1],
      inTags[1],
    ]);
    expect(identifiersOf(await loader.load("search:album")).toSorted()).toEqual(inBeside);
    const found = await loader.load("search:ubers");
    if (found.loadType !== "SEARCH_RESULT") throw new Error(found.loadType);
    const albums = (found.collections ?? []).map(({ kind, name, trackCount }) => [kind, name, trackCount]);
    expect(albums).toEqual([
      ["album", "Übers Land", 3],
      ["album", "Übers Meer", 3],
    ]);
    const meer = found.collections?.find(({ name }) => name === "Übers Meer")?.identifier ?? "";
    const album = await loader.load(meer);
    expect(identifiersOf(album)).toEqual(inBeside);
    expect(titlesOf(album)).toEqual(titles);
  }
  await using loader = openLoader(options);
  const paths = async (words: string): Promise<readonly string[]> =>
    identifiersOf(await loader.load(`search:${words}`)).toSorted();
  expect(await paths("zwei")).toEqual([inBeside[1], inTags[1]]);
  // Without the sheet the file is found whole, and with a sheet whose file comes later the parts are.
  await rm(path("beside/album.cue"));
  await expect.poll(() => paths("album"), { timeout: 30_000 }).toEqual([path("beside/album.wav")]);
  await writeFile(path("files/late.cue"), sheetOf('"late.wav" WAVE'));
  await expect.poll(() => paths("late"), { timeout: 30_000 }).toEqual([]);
  await writeFile(path("files/late.wav"), silentWav(2));
  await expect
    .poll(() => paths("late"), { timeout: 30_000 })
    .toEqual(fragments.map((part) => path("files/late.wav") + part));
  await writeFile(path("files/late.wav"), silentWav(0.8));
  await expect
    .poll(() => paths("late"), { timeout: 30_000 })
    .toEqual(fragments.slice(0, 2).map((part) => path("files/late.wav") + part));
}, 120_000);
