import { copyFile, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { mediaFiles, mediaFolder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { eventually } from "../../bytes/bytes.test-support.ts";
import {
  firstOf,
  identifiersOf,
  openLoader,
  silentWav,
  temporaryFolder,
  tracksOf,
} from "../loading.test-support.ts";
import type { LoaderOptions } from "../options.ts";

const open = (folder: string, options: LoaderOptions = {}) =>
  openLoader({
    sources: { local: true },
    musicFolders: [folder],
    ...options,
    // Wait for the first scan: a search before its end returns fewer results.
    limits: { libraryQuietMs: 20, libraryWaitMs: 2 ** 31 - 1, ...options.limits },
  });

describe("a search in the music folders", () => {
  it("finds playable tracks", async () => {
    await using loader = open(mediaFolder);
    const all = await loader.load("search:tones");
    expect(all).toMatchObject({
      loadType: "SEARCH_RESULT",
      name: "Search results for: tones",
      selectedTrack: null,
    });
    expect(tracksOf(all).length).toBe(mediaFiles.length);
    const track = firstOf(all);
    expect(track.source.name).toBe("local");
    expect(loader.canPlay(track)).toBe(true);
    expect(await loader.locate(track, new AbortController().signal)).toEqual({
      type: "file",
      path: track.info.identifier,
    });
    expect(identifiersOf(await loader.load(track.info.identifier))).toEqual([track.info.identifier]);
  });

  it("uses file names as titles of files without tags, and limits the results", async () => {
    await using folder = await temporaryFolder();
    for (let number = 0; number < 10; number += 1) {
      await writeFile(join(folder.path, `Silence ${number}.wav`), silentWav(0.1));
    }
    await using loader = open(folder.path, { limits: { searchResults: 4 } });
    const loaded = await loader.load("search:silen");
    expect(tracksOf(loaded).map(({ track }) => track.info.title)).toEqual([
      "Silence 0",
      "Silence 1",
      "Silence 2",
      "Silence 3",
    ]);
    expect(await loader.load("search:")).toEqual({ loadType: "NO_MATCHES" });
    expect(await loader.load("search:  *  ")).toEqual({ loadType: "NO_MATCHES" });
  });

  it("finds folders and playlists beside tracks, and loads what it found", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "Evening"));
    await writeFile(join(folder.path, "Evening", "10 last.wav"), silentWav(0.1));
    await writeFile(join(folder.path, "Evening", "2 first.wav"), silentWav(0.1));
    await writeFile(join(folder.path, "evening list.m3u"), "Evening/10 last.wav\n");
    await using loader = open(folder.path);
    const loaded = await loader.load("search:evening");
    expect(loaded).toMatchObject({ loadType: "SEARCH_RESULT", tracks: [] });
    const found = "collections" in loaded ? (loaded.collections ?? []) : [];
    expect(found.map(({ kind, name }) => [kind, name])).toEqual([
      ["folder", "Evening"],
      ["playlist", "evening list"],
    ]);
    const results = await Promise.all(found.map(({ identifier }) => loader.load(identifier)));
    expect(results.map(identifiersOf)).toEqual([
      [join(folder.path, "Evening", "2 first.wav"), join(folder.path, "Evening", "10 last.wav")],
      [join(folder.path, "Evening", "10 last.wav")],
    ]);
  });

  it("finds albums and artists by the tags, and loads their tracks", async () => {
    await using loader = open(mediaFolder);
    for (const kind of ["album", "artist"]) {
      const loaded = await loader.load("search:asterite");
      const found =
        "collections" in loaded ? loaded.collections?.find((one) => one.kind === kind) : undefined;
      expect(found?.trackCount).toBeGreaterThan(1);
      const tracks = tracksOf(await loader.load(found?.identifier ?? ""));
      expect(tracks.length).toBe(found?.trackCount);
    }
    expect(await loader.load("raw:library:album:nothing")).toEqual({ loadType: "NO_MATCHES" });
  });

  it("can be the automatic search", async () => {
    await using loader = open(mediaFolder, { autoSearch: "search" });
    expect(await loader.load("tones")).toMatchObject({ loadType: "SEARCH_RESULT" });
  });

  it("follows files that are added, changed, moved and removed", async () => {
    await using folder = await temporaryFolder();
    const deep = join(folder.path, "new", "deep");
    await using loader = open(folder.path);
    const found = async (words: string) => identifiersOf(await loader.load(`search:${words}`));
    expect(await found("first")).toEqual([]);
    await writeFile(join(folder.path, "first.wav"), silentWav(0.1));
    await eventually(() => found("first")).toEqual([join(folder.path, "first.wav")]);
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, "second.wav"), silentWav(0.1));
    await eventually(() => found("second")).toEqual([join(deep, "second.wav")]);
    // Folders created later are watched as well.
    await rename(join(deep, "second.wav"), join(deep, "third.wav"));
    await eventually(() => found("third")).toEqual([join(deep, "third.wav")]);
    expect(await found("second")).toEqual([]);
    await writeFile(join(deep, "third.wav"), silentWav(5));
    await eventually(async () => tracksOf(await loader.load("search:third"))[0]?.track.info.lengthMs).toBe(
      5_000n,
    );
    await rm(join(folder.path, "new"), { recursive: true });
    await eventually(() => found("third")).toEqual([]);
    expect(await found("first")).toEqual([join(folder.path, "first.wav")]);
  });

  it("finds a recording in progress, and its length once it has ended", async () => {
    await using folder = await temporaryFolder();
    await using loader = open(folder.path);
    const path = join(folder.path, "recording.wav");
    const lengthMs = async () => tracksOf(await loader.load("search:recording"))[0]?.track.info.lengthMs;
    expect(await lengthMs()).toBeUndefined();
    const recording = Buffer.from(silentWav(5));
    recording.writeUInt32LE(0xffff_ffff, recording.indexOf("data") + 4);
    let isWriting = true;
    // Written more often than the folder is quiet.
    const writing = (async () => {
      for (let round = 0; isWriting; round++) {
        await writeFile(path, recording.subarray(0, recording.length / 2 + (round % 100)));
        await delay(1);
      }
    })();
    await eventually(lengthMs).toBeDefined();
    isWriting = false;
    await writing;
    // A write begins with an empty file, which may be what was read last.
    await eventually(lengthMs).toBeLessThan(5_000n);
    await writeFile(path, recording);
    await eventually(lengthMs).toBe(5_000n);
  });

  it("does not probe unchanged files again after a restart", async () => {
    await using data = await temporaryFolder();
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "song.wav"), silentWav(0.1));
    {
      await using loader = open(folder.path, { dataFolder: data.path });
      expect(identifiersOf(await loader.load("search:song")).length).toBe(1);
    }
    // This probe thread does not respond, so the result must come from the stored index.
    const probeWorker = new URL("data:text/javascript,");
    await using again = open(folder.path, { dataFolder: data.path, probeWorker });
    expect(identifiersOf(await again.load("search:song")).length).toBe(1);
    // With another folder, indexed files of the first one are not returned.
    await using other = open(mediaFolder, { dataFolder: join(data.path, "other") });
    expect(await other.load("search:song")).toEqual({ loadType: "NO_MATCHES" });
  });

  it("never returns files outside the folders, despite an old index or links", async () => {
    await using data = await temporaryFolder();
    await using folder = await temporaryFolder();
    const music = join(folder.path, "music");
    const other = join(folder.path, "other");
    await mkdir(music);
    await mkdir(other);
    await copyFile(join(mediaFolder, "tones.mp3"), join(other, "secret.mp3"));
    await symlink(join(other, "secret.mp3"), join(music, "secret link.mp3"));
    await symlink(other, join(music, "folder"));
    {
      await using loader = open(other, { dataFolder: data.path });
      expect(identifiersOf(await loader.load("search:secret")).length).toBe(1);
    }
    await using loader = open(music, { dataFolder: data.path });
    expect(await loader.load("search:secret")).toEqual({ loadType: "NO_MATCHES" });
  });

  it("is off when the source search or local is off", async () => {
    for (const sources of [{ local: true, search: false }, { local: false }]) {
      await using loader = open(mediaFolder, { sources });
      expect(await loader.load("search:tones")).toEqual({ loadType: "NO_MATCHES" });
      expect(loader.enabledSources).not.toContain("search");
    }
    await using loader = open(mediaFolder);
    expect(loader.enabledSources.slice(-2)).toEqual(["search", "local"]);
  });
});
