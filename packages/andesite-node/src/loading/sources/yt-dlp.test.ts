import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Track } from "@asterite/lavaplayer-track";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, serve } from "../../bytes/bytes.test-support.ts";
import { firstOf, openLoader, temporaryFolder, tracksOf } from "../loading.test-support.ts";
import type { LoaderOptions } from "../options.ts";

const signal = new AbortController().signal;

// A fake yt-dlp that records its calls. Its output depends on the target.
const fakeYtDlp = `#!${process.execPath}
const { appendFileSync } = require("node:fs");
const { request } = require("node:http");
const arguments_ = process.argv.slice(2);
const target = arguments_[arguments_.indexOf("--") + 1];
const proxy = new URL(arguments_.find((argument) => argument.startsWith("--proxy=")).slice(8));
appendFileSync(__dirname + "/calls", JSON.stringify({ arguments_, env: process.env, pid: process.pid }) + "\\n");
const print = (value) => process.stdout.write(JSON.stringify(value));
const fail = (text) => { process.stderr.write(text); process.exitCode = 1; };
const video = (id, more) => ({ id, title: "Title " + id, uploader: "Uploader", duration: 61.5, webpage_url: "https://www.youtube.com/watch?v=" + id, ...more });
if (arguments_.some((argument) => argument.startsWith("--format="))) {
  if (target.includes("streamed111")) print({ id: "x", url: "https://media.example/a.m3u8", protocol: "m3u8_native" });
  else if (target.includes("nothing1111")) print({ id: "x" });
  else print({ ...video("x"), url: "https://media.example/a.webm", protocol: "https", http_headers: { "User-Agent": "Player", "X-Bad": "a\\nb" } });
} else if (target.startsWith("ytsearch") && target.endsWith(":none")) print({ _type: "playlist", entries: [] });
else if (target.startsWith("ytsearch")) print({ _type: "playlist", title: "x", entries: [
  { _type: "url", id: "aaaaaaaaaaa", title: "First", channel: "Channel", duration: 10, url: "https://www.youtube.com/watch?v=aaaaaaaaaaa", thumbnail: "https://img.example/a.jpg" },
  { _type: "url", id: "UCnot-a-video", title: "A channel", url: "https://www.youtube.com/channel/x" },
  null, 7, { title: "no id" },
  { _type: "url", id: "bbbbbbbbbbb", title: null, duration: "odd", live_status: "is_live" },
] });
else if (target.includes("list=")) print({ _type: "playlist", title: "My list", playlist_count: 250, entries: [video("aaaaaaaaaaa"), video("bbbbbbbbbbb"), video("ccccccccccc")] });
else if (target.startsWith("scsearch")) print({ _type: "playlist", entries: [{ id: "1", title: "Song", uploader: "Artist", duration: 3, url: "https://soundcloud.com/artist/song" }] });
else if (target.includes("hang")) setInterval(() => {}, 1000);
else if (target.includes("flood")) { const write = () => { while (process.stdout.write("x".repeat(65536))); }; process.stdout.on("drain", write); write(); }
else if (target.includes("garbage")) process.stdout.write("{ not json");
else if (target.includes("unavailable")) fail("WARNING: odd\\nERROR: [youtube] x: Video unavailable via " + proxy.password + "; please report this issue on x\\n");
else if (target.includes("silent")) fail("");
else if (target.includes("dial=")) {
  const outgoing = request({ host: proxy.hostname, port: proxy.port, path: new URL(target).searchParams.get("dial"),
    headers: { "proxy-authorization": "Basic " + Buffer.from(proxy.username + ":" + proxy.password).toString("base64") } });
  outgoing.on("response", (response) => print(video("aaaaaaaaaaa", { title: "status " + response.statusCode })));
  outgoing.end();
} else print(video(new URL(target).searchParams.get("v") ?? "aaaaaaaaaaa", { artist: "Artist", album: "Album" }));
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let program: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  program = join(folder.path, "yt-dlp");
  await writeFile(program, fakeYtDlp);
  await chmod(program, 0o755);
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Call {
  readonly arguments_: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
}

async function calls(): Promise<readonly Call[]> {
  const text = await readFile(join(folder.path, "calls"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Call]));
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Replaces `PATH` until the end of the block. */
function replacePath(path: string): Disposable {
  const before = process.env["PATH"];
  process.env["PATH"] = path;
  return {
    [Symbol.dispose]() {
      process.env["PATH"] = before;
    },
  };
}

const open = (options: LoaderOptions = {}) => openLoader({ ytDlp: program, ...options });
const watchUrl = (id: string): string => `https://www.youtube.com/watch?v=${id}`;

describe("a site that yt-dlp supports", () => {
  it("loads a single video", async () => {
    await using loader = open();
    const loaded = await loader.load(watchUrl("abcdefghijk"));
    expect(loaded.loadType).toBe("TRACK_LOADED");
    expect(tracksOf(loaded)).toMatchObject([{ extras: { album: "Album" } }]);
    expect(firstOf(loaded)).toMatchObject({
      source: { name: "youtube" },
      info: {
        title: "Title abcdefghijk",
        author: "Artist",
        lengthMs: 61_500n,
        identifier: "abcdefghijk",
        uri: watchUrl("abcdefghijk"),
        isStream: false,
      },
    });
    expect(loader.canPlay(firstOf(loaded))).toBe(true);
  });

  it("loads explicit and automatic searches", async () => {
    await using loader = open({ autoSearch: "ytsearch" });
    for (const identifier of ["ytsearch:some song", "some song"]) {
      const loaded = await loader.load(identifier);
      expect(loaded).toMatchObject({
        loadType: "SEARCH_RESULT",
        name: "Search results for: some song",
        selectedTrack: null,
      });
      expect(tracksOf(loaded).map(({ track: { info } }) => info)).toMatchObject([
        {
          identifier: "aaaaaaaaaaa",
          title: "First",
          author: "Channel",
          lengthMs: 10_000n,
          artworkUrl: "https://img.example/a.jpg",
        },
        { identifier: "bbbbbbbbbbb", title: "Unknown title", author: "Unknown artist", isStream: true },
      ]);
    }
    expect((await calls()).at(-1)?.arguments_.at(-1)).toBe("ytsearch20:some song");
    expect(await loader.load("ytsearch:none")).toEqual({ loadType: "NO_MATCHES" });
    const before = (await calls()).length;
    expect(await loader.load("ytsearch:  ")).toEqual({ loadType: "NO_MATCHES" });
    expect((await calls()).length).toBe(before);
  });

  it("loads playlists, with the selected video", async () => {
    await using loader = open();
    expect(await loader.load(`${watchUrl("bbbbbbbbbbb")}&list=PLx`)).toMatchObject({
      loadType: "PLAYLIST_LOADED",
      name: "My list",
      selectedTrack: 1,
    });
    expect(await loader.load("https://www.youtube.com/playlist?list=PLx")).toMatchObject({
      selectedTrack: null,
    });
    await using short = open({ limits: { playlistEntries: 2 } });
    const cut = await short.load("https://www.youtube.com/playlist?list=PLx");
    expect(tracksOf(cut).length).toBe(2);
    expect(cut).toMatchObject({ omitted: 248 });
    expect((await calls()).at(-1)?.arguments_).toContain("--playlist-end=2");
    await using long = open({ maxPlaylistPages: 6 });
    expect(tracksOf(await long.load("https://www.youtube.com/playlist?list=PLx")).length).toBe(3);
    expect((await calls()).at(-1)?.arguments_).toContain("--playlist-end=600");
  });

  it("loads a range of search results", async () => {
    await using loader = open();
    const loaded = await loader.load("raw:scsearch[5,3]:song");
    expect(firstOf(loaded)).toMatchObject({
      source: { name: "soundcloud" },
      info: { identifier: "https://soundcloud.com/artist/song", uri: "https://soundcloud.com/artist/song" },
    });
    const last = (await calls()).at(-1)?.arguments_ ?? [];
    expect(last).toEqual(expect.arrayContaining(["--playlist-start=6", "--playlist-end=8"]));
    expect(last.slice(-2)).toEqual(["--", "scsearch8:song"]);
  });

  it("locates the audio of a track when it is played", async () => {
    await using loader = open();
    const make = (identifier: string, uri: string | null = null) =>
      new Track({ info: { title: "", author: "", identifier, uri }, source: "youtube" });
    expect(await loader.locate(make("abcdefghijk"), signal)).toEqual({
      type: "http",
      url: "https://media.example/a.webm",
      headers: { "User-Agent": "Player" },
    });
    expect((await calls()).at(-1)?.arguments_.at(-1)).toBe(watchUrl("abcdefghijk"));
    expect(await loader.locate(make("streamed111"), signal)).toEqual({
      type: "http",
      url: "https://media.example/a.m3u8",
      headers: {},
      isHls: true,
    });
    await expect(loader.locate(make("nothing1111"), signal)).rejects.toMatchObject({ severity: "COMMON" });
    const before = (await calls()).length;
    for (const identifier of ["https://example.org/", "--exec=touch x", "file:///etc/passwd", ""]) {
      await expect(loader.locate(make(identifier, identifier), signal)).rejects.toMatchObject({
        message: /does not belong to YouTube/,
      });
    }
    expect((await calls()).length).toBe(before);
  });

  it.each([
    [undefined, /^\w+ requires the program yt-dlp, which this node is not configured to run/],
    ["auto", /^\w+ requires the program yt-dlp, which was not found on this node: install it/],
  ])("fails with an explanation when yt-dlp is %s and not there", async (ytDlp, message) => {
    using _path = replacePath("relative:/nowhere");
    await using loader = openLoader({ autoSearch: "ytsearch", ytDlp });
    for (const identifier of ["some song", watchUrl("abcdefghijk"), "scsearch:x", "https://vimeo.com/123"]) {
      const loaded = await loader.load(identifier);
      if (loaded.loadType !== "LOAD_FAILED") throw new Error(loaded.loadType);
      expect(loaded.error.severity).toBe("COMMON");
      expect(loaded.error.message).toMatch(message);
    }
    expect(loader.enabledSources).toEqual(["youtube", "soundcloud", "bandcamp", "vimeo", "twitch"]);
  });

  it("runs the program in PATH if that is allowed, also one that was installed later", async () => {
    await using loader = openLoader({ ytDlp: "auto" });
    {
      using _path = replacePath("/nowhere");
      expect((await loader.load(watchUrl("abcdefghijk"))).loadType).toBe("LOAD_FAILED");
    }
    using _path = replacePath(`/nowhere:${folder.path}`);
    expect(firstOf(await loader.load(watchUrl("abcdefghijk"))).info.title).toBe("Title abcdefghijk");
  });

  it("matches nothing when its source is off", async () => {
    await using loader = open({ sources: { youtube: false } });
    expect(await loader.load(watchUrl("abcdefghijk"))).toEqual({ loadType: "NO_MATCHES" });
    expect(loader.enabledSources).not.toContain("youtube");
  });
});

describe("the program yt-dlp", () => {
  it("gets a minimal environment, and its target as the last argument", async () => {
    process.env["ASTERITE_TEST_SECRET"] = "secret";
    await using loader = open();
    await loader.load(watchUrl("abcdefghijk"));
    delete process.env["ASTERITE_TEST_SECRET"];
    const call = (await calls()).at(-1);
    expect(Object.keys(call?.env ?? {}).sort()).toEqual([
      "HOME",
      "HTTPS_PROXY",
      "HTTP_PROXY",
      "LANG",
      "PATH",
      "PYTHONIOENCODING",
      "http_proxy",
      "https_proxy",
    ]);
    expect(call?.arguments_.slice(-2)).toEqual(["--", watchUrl("abcdefghijk")]);
    expect(call?.arguments_).toContain("--ignore-config");
  });

  it("can connect only to the addresses that the node may connect to", async () => {
    await using server = await serve((_request, response) => void response.end("hello"));
    const target = `${watchUrl("aaaaaaaaaaa")}&dial=${encodeURIComponent(server.url)}`;
    await using confined = open();
    expect(firstOf(await confined.load(target)).info.title).toBe("status 403");
    expect(server.requests).toEqual([]);
    await using free = open({ allowPrivateAddresses: true });
    expect(firstOf(await free.load(target)).info.title).toBe("status 200");
  });

  it.each([
    ["unavailable", { severity: "COMMON", message: "[youtube] x: Video unavailable via …" }],
    ["silent", { severity: "COMMON", message: "yt-dlp failed without an error message." }],
    ["garbage", { severity: "FAULT", message: /not JSON/ }],
    ["flood", { severity: "SUSPICIOUS", message: /more output than this node reads/ }],
    ["hang", { severity: "SUSPICIOUS", message: /did not finish in time/ }],
  ])("fails with an error and leaves no process in case of %s", async (what, error) => {
    await using loader = open({
      limits: { programMs: what === "hang" ? 500 : 25_000, programBytes: 100_000 },
    });
    expect(await loader.load(watchUrl(what))).toMatchObject({ loadType: "LOAD_FAILED", error });
    const { pid } = (await calls()).at(-1) ?? {};
    if (pid !== undefined) await eventually(() => isAlive(pid)).toBe(false);
  });

  it("is killed when the load is cancelled or the loader is closed", async () => {
    await using loader = open();
    for (const end of ["abort", "close"]) {
      const before = (await calls()).length;
      const controller = new AbortController();
      const loading = loader.load(watchUrl(`hang${end}`), controller.signal);
      await eventually(async () => (await calls()).length).toBe(before + 1);
      const { pid } = (await calls()).at(-1) ?? {};
      if (end === "abort") controller.abort();
      else await loader.close();
      expect(await loading).toMatchObject({ loadType: "LOAD_FAILED" });
      if (pid !== undefined) await eventually(() => isAlive(pid)).toBe(false);
    }
  });

  it("fails when the program does not exist", async () => {
    await using loader = open({ ytDlp: "/nowhere/yt-dlp" });
    expect(await loader.load(watchUrl("abcdefghijk"))).toMatchObject({
      error: { severity: "FAULT", message: "yt-dlp could not be started." },
    });
  });

  it("runs no more than the allowed number of times concurrently", async () => {
    await using loader = open({ limits: { concurrentPrograms: 1, waitingLoads: 1, concurrentLoads: 5 } });
    const before = (await calls()).length;
    const controller = new AbortController();
    const first = loader.load(watchUrl("hang"), controller.signal);
    await eventually(async () => (await calls()).length).toBe(before + 1);
    const second = loader.load(watchUrl("abcdefghijk"));
    expect(await loader.load(watchUrl("abcdefghijk"))).toMatchObject({ error: { message: /busy/ } });
    expect((await calls()).length).toBe(before + 1);
    controller.abort();
    expect(await first).toMatchObject({ loadType: "LOAD_FAILED" });
    expect(await second).toMatchObject({ loadType: "TRACK_LOADED" });
  });
});
