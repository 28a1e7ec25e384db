import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { decodeTrack, encodeTrack } from "@asterite/lavaplayer-track";
import { mediaFiles, mediaFolder } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { describe, expect, it } from "vitest";
import { serve } from "../../bytes/bytes.test-support.ts";
import {
  firstOf,
  identifiersOf,
  openLoader,
  silentWav,
  temporaryFolder,
  tracksOf,
} from "../loading.test-support.ts";

const signal = new AbortController().signal;
// The search has its own tests.
const local = { local: true, search: false };

describe("a file in a music folder", () => {
  it.each(mediaFiles)("%s is loaded as a track that can be decoded and located later", async (name) => {
    await using loader = openLoader({ sources: local, musicFolders: [mediaFolder] });
    const path = join(mediaFolder, name);
    const loaded = await loader.load(path);
    expect(loaded.loadType).toBe("TRACK_LOADED");
    const track = firstOf(loaded);
    expect(track).toMatchObject({
      info: { identifier: path, uri: path, isStream: false },
      source: { name: "local", probe: { parameters: null } },
    });
    expect(track.info.duration).toBeGreaterThanOrEqual(1);
    const again = decodeTrack(encodeTrack(track));
    expect(loader.canPlay(again)).toBe(true);
    expect(await loader.locate(again, signal)).toEqual({ type: "file", path });
  });

  it("without tags has the name of its file and an unknown artist", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "a.wav"), silentWav(2));
    await using loader = openLoader({ sources: local, musicFolders: [folder.path] });
    expect(firstOf(await loader.load(join(folder.path, "a.wav"))).info).toMatchObject({
      title: "a",
      author: "Unknown artist",
      lengthMs: 2_000n,
    });
  });

  it("can be loaded by a relative path or a file URL", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a b.wav");
    await writeFile(path, silentWav());
    await using loader = openLoader({ sources: local, musicFolders: [mediaFolder, folder.path] });
    for (const name of ["a b.wav", "./a b.wav", `${folder.path}/x/../a b.wav`, pathToFileURL(path).href]) {
      expect(identifiersOf(await loader.load(name))).toEqual([path]);
    }
  });

  it("that is not audio fails with an explanation", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "notes.txt");
    await writeFile(path, "not audio");
    await using loader = openLoader({ sources: local, musicFolders: [folder.path] });
    expect(await loader.load(path)).toMatchObject({
      loadType: "LOAD_FAILED",
      error: { message: "Unknown file format.", severity: "COMMON" },
    });
  });

  it("that was removed cannot be located", async () => {
    await using loader = openLoader({ sources: local, musicFolders: [mediaFolder] });
    const track = firstOf(await loader.load(join(mediaFolder, "tones.mp3")));
    await using other = openLoader({ sources: local, musicFolders: ["/nowhere"] });
    await expect(other.locate(track, signal)).rejects.toMatchObject({
      name: "TrackError",
      severity: "COMMON",
    });
  });

  it("is located after its folder was moved, and never confused with another of its name", async () => {
    await using folder = await temporaryFolder();
    const [before, after] = [join(folder.path, "before"), join(folder.path, "after")];
    await mkdir(join(before, "album", "cd"), { recursive: true });
    await mkdir(join(folder.path, "secret", "album"), { recursive: true });
    const path = join(before, "album", "cd", "1.wav");
    await writeFile(path, silentWav(3));
    await using loader = openLoader({ sources: local, musicFolders: [before] });
    const track = firstOf(await loader.load(path));
    await rename(before, after);
    await using moved = openLoader({ sources: local, musicFolders: [`${folder.path}/none`, after] });
    const location = { type: "file", path: join(after, "album", "cd", "1.wav") };
    expect(await moved.locate(track, signal)).toEqual(location);
    // Deeper inside than before, as when a folder above it is the music folder now.
    await using above = openLoader({ sources: local, musicFolders: [join(after, "album")] });
    expect(await above.locate(track, signal)).toEqual(location);
    await rename(location.path, join(folder.path, "secret", "1.wav"));
    await writeFile(join(after, "1.wav"), silentWav(2));
    await writeFile(join(after, "album", "1.wav"), "no audio");
    await expect(moved.locate(track, signal)).rejects.toThrow("no longer exists");
    for (const identifier of [`${folder.path}/x/../secret/1.wav`, "/".repeat(60_000), "/x\0/1.wav", ""]) {
      const forged = {
        ...track,
        position: track.position,
        info: { ...track.info, duration: track.info.duration, identifier },
      };
      await expect(moved.locate(forged, signal), identifier).rejects.toThrow("no longer exists");
    }
  });
});

describe("a path outside the music folders", () => {
  it("is never found", async () => {
    await using folder = await temporaryFolder();
    const music = join(folder.path, "music");
    await mkdir(join(music, "album"), { recursive: true });
    await mkdir(join(folder.path, "music-private"));
    for (const path of ["secret.wav", "music-private/secret.wav", "music/album/fine.wav"]) {
      await writeFile(join(folder.path, path), silentWav());
    }
    await symlink(join(folder.path, "secret.wav"), join(music, "link.wav"));
    await symlink(folder.path, join(music, "out"));
    await symlink("../..", join(music, "album", "up"));
    await symlink(join(music, "album", "fine.wav"), join(music, "inside.wav"));
    await symlink("loop.wav", join(music, "loop.wav"));
    await writeFile(
      join(music, "list.m3u"),
      "../secret.wav\nlink.wav\nout/secret.wav\n/etc/passwd\nalbum/fine.wav\n",
    );
    await using loader = openLoader({ sources: local, musicFolders: [music] });
    for (const path of [
      join(folder.path, "secret.wav"),
      join(music, "../secret.wav"),
      "../secret.wav",
      `${music}/album/../../secret.wav`,
      join(music, "link.wav"),
      join(music, "out/secret.wav"),
      join(music, "album/up/secret.wav"),
      join(folder.path, "music-private/secret.wav"),
      folder.path,
      "..",
      join(music, "out"),
      join(music, "loop.wav"),
      "/etc/passwd",
      "/proc/self/environ",
      "/dev/zero",
      "file:///etc/passwd",
      `${music}/album/fine.wav\0.txt`,
      "x".repeat(4_000),
      "",
    ]) {
      expect(await loader.load(path), path).toEqual({ loadType: "NO_MATCHES" });
    }
    const fine = join(music, "album/fine.wav");
    expect(identifiersOf(await loader.load(fine))).toEqual([fine]);
    // A link with a target inside is followed.
    const inside = join(music, "inside.wav");
    expect(identifiersOf(await loader.load(inside))).toEqual([inside]);
    expect(identifiersOf(await loader.load(join(music, "list.m3u")))).toEqual([fine]);
    // Loading the folder skips links out of it.
    expect(identifiersOf(await loader.load(music))).toEqual([inside, fine]);
  });

  it("matches nothing when the source is off or there are no music folders", async () => {
    await using off = openLoader({ musicFolders: [mediaFolder] });
    await using without = openLoader({ sources: local });
    for (const loader of [off, without]) {
      expect(await loader.load(join(mediaFolder, "tones.mp3"))).toEqual({ loadType: "NO_MATCHES" });
    }
    expect(off.enabledSources).not.toContain("local");
  });
});

describe("a folder", () => {
  it("is a playlist in natural order, subfolders last", async () => {
    await using folder = await temporaryFolder();
    const album = join(folder.path, "Album");
    await mkdir(join(album, "CD 2"), { recursive: true });
    await mkdir(join(album, "CD 10"), { recursive: true });
    for (const name of ["10.wav", "2.wav", "1 b.wav", "1 A.wav", "CD 10/1.wav", "CD 2/1.wav"]) {
      await writeFile(join(album, name), silentWav(0.1));
    }
    await writeFile(join(album, "cover.jpg"), "no audio");
    await writeFile(join(album, "broken.mp3"), "no audio");
    await using loader = openLoader({ sources: local, musicFolders: [folder.path] });
    const loaded = await loader.load(album);
    expect(loaded).toMatchObject({ loadType: "PLAYLIST_LOADED", name: "Album", selectedTrack: null });
    expect(identifiersOf(loaded)).toEqual(
      ["1 A.wav", "1 b.wav", "2.wav", "10.wav", "CD 2/1.wav", "CD 10/1.wav"].map((name) => join(album, name)),
    );
    await using shallow = openLoader({
      sources: local,
      musicFolders: [folder.path],
      limits: { folderDepth: 1, folderEntries: 3 },
    });
    const cut = await shallow.load(album);
    expect(identifiersOf(cut).length).toBe(3);
    // "10.wav" and "broken.mp3", which counts as it was not opened.
    expect(cut).toMatchObject({ omitted: 2 });
    await using deep = openLoader({
      sources: local,
      musicFolders: [folder.path],
      limits: { folderEntries: 3 },
    });
    expect(await deep.load(album)).toMatchObject({ omitted: 4 });
  });

  it("without audio matches nothing", async () => {
    await using folder = await temporaryFolder();
    await using loader = openLoader({ sources: local, musicFolders: [folder.path] });
    expect(await loader.load(folder.path)).toEqual({ loadType: "NO_MATCHES" });
  });
});

const xspf = (location: string) =>
  `<playlist xmlns="http://xspf.org/ns/0/"><trackList><track><location>${location}</location></track></trackList></playlist>`;

describe("a playlist in a music folder", () => {
  it("may refer to files next to it and, if http is on, to URLs", async () => {
    await using server = await serve((_request, response) => void response.end(silentWav()));
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "songs"));
    await writeFile(join(folder.path, "songs", "a.wav"), silentWav());
    const list = join(folder.path, "My list.m3u8");
    await writeFile(
      list,
      `#EXTM3U\n#EXTINF:1,A song\nsongs/a.wav\n#EXTINF:1,Afar\n${server.url}b.wav\nmissing.wav\n`,
    );
    const options = { musicFolders: [folder.path], allowPrivateAddresses: true };
    await using loader = openLoader({ ...options, sources: { local: true, http: true } });
    const loaded = await loader.load(list);
    expect(loaded).toMatchObject({ loadType: "PLAYLIST_LOADED", name: "My list" });
    expect(tracksOf(loaded).map(({ track }) => [track.source.name, track.info.title])).toEqual([
      ["local", "A song"],
      ["http", "Afar"],
    ]);
    await using without = openLoader({ ...options, sources: local });
    expect(identifiersOf(await without.load(list))).toEqual([join(folder.path, "songs/a.wav")]);
  });

  it.each([
    ["backslashes", "list.m3u", () => "songs\\a b.wav\r\n"],
    ["a file URL", "list.m3u", (path: string) => `${pathToFileURL(path).href}\n`],
    ["UTF-16", "list.m3u", () => Buffer.from("\ufeffsongs/a b.wav", "utf16le")],
    ["a relative URL in XSPF", "list.xspf", () => xspf("songs/a%20b.wav")],
    ["a file in ASX", "list.asx", () => "<asx><entry><ref href='songs\\a b.wav'/></entry></asx>"],
    ["a file in a cue sheet", "list.cue", () => 'FILE "songs/a b.wav" WAVE'],
  ])("may refer to a file by %s", async (_by, name, content) => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "songs"));
    const path = join(folder.path, "songs", "a b.wav");
    await writeFile(path, silentWav());
    await writeFile(join(folder.path, name), content(path));
    await using loader = openLoader({ sources: local, musicFolders: [folder.path] });
    expect(identifiersOf(await loader.load(join(folder.path, name)))).toEqual([path]);
  });

  it("reports entries beyond the limit, of nested playlists too and of a file that is read in part", async () => {
    await using folder = await temporaryFolder();
    for (const name of ["a.wav", "b.wav", "c.wav"]) await writeFile(join(folder.path, name), silentWav(0.1));
    await writeFile(join(folder.path, "inner.m3u"), "a.wav\nb.wav\nc.wav\n");
    await writeFile(join(folder.path, "outer.m3u"), "a.wav\ninner.m3u\nb.wav\nc.wav\na.wav\n");
    const long = `a.wav\nb.wav\n#${"x".repeat(1_000)}\nc.wav\n`;
    await writeFile(join(folder.path, "long.m3u"), long);
    const logged: unknown[] = [];
    await using loader = openLoader({
      sources: local,
      musicFolders: [folder.path],
      limits: { playlistEntries: 2, playlistBytes: 1_000 },
      logger: { ...silentLogger, info: (...entry) => void logged.push(entry) },
    });
    const outer = await loader.load(join(folder.path, "outer.m3u"));
    // Three of its own, and the three of the inner one.
    expect(outer).toMatchObject({ loadType: "PLAYLIST_LOADED", omitted: 6 });
    expect(logged).toEqual([
      [
        { source: "local", playlist: "outer", tracks: 1, omitted: 6 },
        "playlist cut short: more tracks than the limit",
      ],
    ]);
    const read = await loader.load(join(folder.path, "long.m3u"));
    expect(tracksOf(read).length).toBe(2);
    expect(read).toMatchObject({ omitted: 1 });
  });

  it("may not refer to a file outside by a URL or backslashes", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "music"));
    const outside = join(folder.path, "a.wav");
    await writeFile(outside, silentWav());
    const list = join(folder.path, "music", "list.m3u");
    await writeFile(list, `${pathToFileURL(outside).href}\n..\\a.wav\n..%2Fa.wav\n`);
    await using loader = openLoader({ sources: local, musicFolders: [join(folder.path, "music")] });
    expect(await loader.load(list)).toEqual({ loadType: "NO_MATCHES" });
  });

  it("that refers to itself is loaded once", async () => {
    await using folder = await temporaryFolder();
    const [one, two] = [join(folder.path, "one.m3u"), join(folder.path, "two.m3u")];
    await writeFile(join(folder.path, "a.wav"), silentWav());
    await writeFile(one, "two.m3u\none.m3u\na.wav\n");
    await writeFile(two, "one.m3u\ntwo.m3u\na.wav\n");
    await using loader = openLoader({ sources: local, musicFolders: [folder.path] });
    expect(new Set(identifiersOf(await loader.load(one)))).toEqual(new Set([join(folder.path, "a.wav")]));
  });
});
