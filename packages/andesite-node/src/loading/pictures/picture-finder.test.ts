import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flacWith } from "../../../../audio/src/media/tags/tags.test-support.ts";
import { openLoader, pictureHeads, silentWav, temporaryFolder, tracksOf } from "../loading.test-support.ts";
import type { LoaderOptions } from "../options.ts";
import { detectPicture } from "./picture.ts";

const { png, jpeg, gif, webp } = pictureHeads;
const { signal } = new AbortController();

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let music: string;
const file = (name: string): string => join(music, name);

beforeAll(async () => {
  home = await temporaryFolder();
  music = join(home.path, "music");
  for (const folder of ["album", "bare", "large", "linked", "odd"]) {
    await mkdir(file(folder), { recursive: true });
    await writeFile(file(`${folder}/song.wav`), silentWav());
  }
  await writeFile(file("inside.flac"), flacWith(png));
  await writeFile(file("album/own.flac"), flacWith(webp));
  await writeFile(file("album/text.flac"), flacWith(Buffer.from("<svg onload='alert(1)'/>")));
  await writeFile(file("album/cut.flac"), flacWith(png, { declaredLength: 5_000 }));
  await writeFile(file("album/broken.mp3"), Buffer.alloc(2_000, 0x49));
  await writeFile(file("album/Folder.PNG"), png);
  await writeFile(file("album/COVER.jpg"), jpeg);
  await writeFile(file("album/notes.png"), gif);
  await writeFile(file("large/cover.png"), Buffer.concat([png, Buffer.alloc(5_000)]));
  await writeFile(file("large/song.flac"), flacWith(Buffer.concat([png, Buffer.alloc(5_000)])));
  await writeFile(file("odd/cover.svg"), "<svg/>");
  await writeFile(file("odd/cover.png"), "<svg/>");
  await writeFile(join(home.path, "secret.png"), png);
  await symlink(join(home.path, "secret.png"), file("linked/cover.png"));
});
afterAll(() => home[Symbol.asyncDispose]());

const open = (options: LoaderOptions = {}) =>
  openLoader({ sources: { local: true }, musicFolders: [music], ...options });

describe("readPicture for a local file", () => {
  it.each([
    ["inside.flac", "image/png", png],
    // The embedded picture takes precedence.
    ["album/own.flac", "image/webp", webp],
    ["album/song.wav", "image/jpeg", jpeg],
    // The album picture is used if the embedded one is damaged or not a picture.
    ["album/text.flac", "image/jpeg", jpeg],
    ["album/cut.flac", "image/jpeg", jpeg],
    ["album/broken.mp3", "image/jpeg", jpeg],
  ])("%s: returns %s", async (name, type, data) => {
    await using loader = open();
    expect(await loader.readPicture(file(name), signal)).toEqual({ type, data: Uint8Array.from(data) });
  });

  it.each([
    ["bare/song.wav", "without a picture"],
    ["odd/song.wav", "next to files that are not pictures"],
    ["linked/song.wav", "next to a link out of the music folder"],
    ["album", "which is a folder"],
    ["gone.flac", "which does not exist"],
    ["../secret.png", "outside the music folder"],
  ])("returns null for %s, %s", async (name) => {
    await using loader = open();
    expect(await loader.readPicture(file(name), signal)).toBeNull();
  });

  it("ignores embedded and album pictures above the limit", async () => {
    await using loader = open({ limits: { artworkBytes: 4_000 } });
    expect(await loader.readPicture(file("large/song.flac"), signal)).toBeNull();
    expect(await loader.readPicture(file("large/song.wav"), signal)).toBeNull();
    expect(await loader.readPicture(file("inside.flac"), signal)).not.toBeNull();
  });

  it("returns null when the source local is off", async () => {
    await using loader = open({ sources: { local: false } });
    expect(await loader.readPicture(file("inside.flac"), signal)).toBeNull();
  });
});

describe("hasPicture", () => {
  it("is set for the tracks of a folder", async () => {
    await using loader = open();
    const tracks = tracksOf(await loader.load(file("")));
    const facts = tracks.map(({ track, extras }) => [track.info.identifier, extras.hasPicture] as const);
    expect(Object.fromEntries(facts)).toEqual({
      [file("inside.flac")]: true,
      [file("album/cut.flac")]: true,
      [file("album/own.flac")]: true,
      [file("album/song.wav")]: true,
      [file("album/text.flac")]: true,
      [file("bare/song.wav")]: false,
      [file("large/song.flac")]: true,
      [file("large/song.wav")]: true,
      [file("linked/song.wav")]: false,
      // Whether it is a picture is known only when it is read.
      [file("odd/song.wav")]: true,
    });
  });

  it("is set for search results, and updated when the album picture is removed", async () => {
    await using loader = open();
    const search = async () =>
      tracksOf(await loader.load("search:own")).map(({ extras }) => extras.hasPicture);
    expect(await search()).toEqual([true]);
    await rm(file("album/COVER.jpg"));
    expect(await loader.readPicture(file("album/song.wav"), signal)).toMatchObject({ type: "image/png" });
    await rm(file("album/Folder.PNG"));
    expect(await loader.readPicture(file("album/song.wav"), signal)).toBeNull();
    expect(tracksOf(await loader.load(file("album/song.wav")))).toMatchObject([
      { extras: { hasPicture: false } },
    ]);
  });
});

it.each([
  [png, "image/png"],
  [jpeg, "image/jpeg"],
  [gif, "image/gif"],
  [webp, "image/webp"],
  [Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), null],
  [Buffer.from("<!doctype html>"), null],
  [Buffer.from("RIFF\0\0\0\0WAVEfmt "), null],
  [Buffer.from("\x89PNG"), null],
  [Buffer.alloc(0), null],
])("detectPicture recognises case %# by its first bytes", (data, type) => {
  expect(detectPicture(data)?.type ?? null).toBe(type);
});
