// The music library at signed links, from the files to the HTTP response.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HTTP } from "@asterite/andesite";
import { type AndesiteNode, createNode } from "@asterite/andesite-node";
import { maxTimerMs } from "@asterite/util";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { type ToneTags, toneFile } from "../support/tone-file.ts";

const files: readonly (readonly [path: string, title: string, tags: ToneTags])[] = [
  ["Queen/Jazz/a.wav", "Fun It", { artist: "Queen", album: "Jazz", track: 10 }],
  ["Queen/Jazz/b.wav", "Mustapha", { artist: "Queen", album: "Jazz", track: 2 }],
  ["Queen/Live/CD 2/a.wav", "Encore", { artist: "Queen", album: "Live", track: 1 }],
  ["Queen/Live/CD 1/z.wav", "Opening", { artist: "Queen", album: "Live", track: 1 }],
  ["Bjork/Debut/1.wav", "Venus", { artist: "Björk", album: "Debut", track: 1 }],
  ["loose.wav", "Loose", {}],
];

interface Item {
  readonly kind: string;
  readonly key: string;
  readonly name: string;
  readonly artist: string | null;
  readonly trackCount?: number;
  readonly number?: number;
  readonly artworkUrl?: string | null;
}

interface Page {
  readonly parent?: Item;
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
  readonly items: readonly Item[];
}

describe("the library of a node", () => {
  let node: AndesiteNode;
  let origin: string;
  let http: HTTP;
  let link: string;

  async function start(musicFolders: readonly string[]): Promise<void> {
    node = await createNode({
      password: "secret",
      http: { host: "127.0.0.1", port: 0 },
      loading: {
        musicFolders,
        sources: { local: musicFolders.length > 0 },
        limits: { libraryWaitMs: maxTimerMs },
      },
    });
    onTestFinished(() => node.close({ graceMs: 0 }));
    origin = `http://127.0.0.1:${node.port}`;
    http = new HTTP(new URL(origin), "secret");
    onTestFinished(() => http.close());
  }

  beforeEach(async () => {
    const folder = await temporaryFolder();
    for (const [path, title, tags] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), toneFile(title, 1, tags));
    }
    await writeFile(join(folder, "party.m3u"), "Queen/Jazz/b.wav\nloose.wav\n");
    await start([folder]);
    // A search waits for the first scan.
    await http.loadTracks("search:loose");
    link = (await http.createLibraryLink("2", { userId: "1" })).url;
  });

  const get = (query: string, path = link) => fetch(`${origin}${path}${query}`);
  const read = async (query: string): Promise<Page> => (await get(query)).json() as Promise<Page>;
  const names = async (query: string): Promise<string[]> => (await read(query)).items.map(({ name }) => name);

  it("lists and searches albums, artists, folders, playlists and tracks, page by page", async () => {
    const albums = await read("");
    expect(albums.counts).toEqual({ album: 3, artist: 2, folder: 7, playlist: 1, track: 6 });
    expect(albums.items.map(({ name, artist, trackCount }) => [name, artist, trackCount])).toEqual([
      ["Debut", "Björk", 1],
      ["Jazz", "Queen", 2],
      ["Live", "Queen", 2],
    ]);
    expect(await names("?limit=1&offset=1")).toEqual(["Jazz"]);
    expect(await names("?q=bjork")).toEqual(["Debut"]);
    expect(await names("?kind=track&q=queen+fun")).toEqual(["Fun It"]);
    expect((await read("?q=ven")).counts).toMatchObject({ album: 0, track: 1 });
    expect(await names("?sort=random&limit=2")).toHaveLength(2);
    expect(await names("?sort=added")).toHaveLength(3);

    const keyOf = async (kind: string, q: string) => (await read(`?kind=${kind}&q=${q}`)).items[0]?.key ?? "";
    // By number, and by disc.
    const jazz = await read(`?in=${await keyOf("album", "jazz")}`);
    expect(jazz.items.map(({ name, number }) => [number, name])).toEqual([
      [2, "Mustapha"],
      [10, "Fun It"],
    ]);
    expect(jazz.parent).toMatchObject({ kind: "album", name: "Jazz" });
    expect(await names(`?in=${await keyOf("album", "live")}`)).toEqual(["Opening", "Encore"]);
    expect(await names(`?in=${await keyOf("artist", "queen")}`)).toEqual(["Jazz", "Live"]);
    expect(await names(`?in=${await keyOf("folder", "queen")}`)).toEqual(["Jazz", "Live"]);
    expect(await names(`?in=${await keyOf("playlist", "party")}`)).toEqual(["Mustapha", "Loose"]);
    expect(await names("?in=")).toEqual(["Bjork", "Queen", "Loose"]);

    // Keys load what they name, in the same order, and neither they nor pictures reveal a path.
    const titles = async (key: string) =>
      (await http.loadTracks(`raw:library:${key}`)).tracks?.map(({ info }) => info.title);
    expect(await titles(await keyOf("album", "jazz"))).toEqual(["Mustapha", "Fun It"]);
    expect(await titles(await keyOf("folder", "queen"))).toEqual(["Mustapha", "Fun It", "Opening", "Encore"]);
    expect(await titles(await keyOf("playlist", "party"))).toEqual(["Mustapha", "Loose"]);
    expect(await titles(await keyOf("track", "loose"))).toEqual(["Loose"]);
    expect((await http.loadTracks(`raw:library:${"x".repeat(16)}`)).tracks ?? []).toEqual([]);
    expect(JSON.stringify(await read("?kind=folder"))).not.toContain("CD 2/");
    const found = await http.loadTracks("search:jazz", { extended: true });
    const [album] = found.collections;
    expect((await http.loadTracks(album?.identifier ?? "")).tracks?.map(({ info }) => info.title)).toEqual([
      "Mustapha",
      "Fun It",
    ]);
    const picture = await fetch(`${origin}${albums.items[0]?.artworkUrl}`);
    expect(picture.status).toBe(404);
  });

  it("accepts its own links only, limits them, and needs a library", async () => {
    expect((await get("")).headers.get("access-control-allow-origin")).toBe("*");
    expect((await get("", link.replace(/^\/library/, "/listen"))).status).toBe(403);
    expect((await get("", link.replace(/\.2\./, ".3."))).status).toBe(403);
    const brief = (await http.createLibraryLink("2", { userId: "1", ttlSeconds: 1 })).url;
    await expect.poll(async () => (await get("", brief)).status, { timeout: 8_000 }).toBe(403);
    for (const query of ["?kind=song", "?sort=size", "?offset=-1", "?limit=x"]) {
      expect((await get(query)).status).toBe(400);
    }
    expect((await get(`?in=${"x".repeat(16)}`)).status).toBe(404);
    expect((await fetch(`${origin}/player/2/library`, { method: "POST" })).status).toBe(401);
    const many = await Promise.all(Array.from({ length: 300 }, () => get("?limit=0")));
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200, 429]));
    await start([]);
    await expect(http.createLibraryLink("2", { userId: "1" })).rejects.toMatchObject({ code: 404 });
  });
});
