import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openHls } from "@asterite/audio/media";
import { makeTransportStream, mediaFolder, splitAdts } from "@asterite/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { eventually, interleaveTitles, sendRange, serve, serveRaw } from "../../bytes/bytes.test-support.ts";
import { Dialler } from "../../bytes/dialler.ts";
import { createHlsFetch } from "../../bytes/hls-fetch.ts";
import type { Loader } from "../loader.ts";
import { firstOf, identifiersOf, openLoader, silentWav, tracksOf } from "../loading.test-support.ts";
import type { LoaderOptions } from "../options.ts";

const signal = new AbortController().signal;
const mp3 = readFileSync(join(mediaFolder, "tones.mp3"));
const baseOptions: LoaderOptions = { sources: { http: true }, allowPrivateAddresses: true };
const shared = openLoader(baseOptions);
afterAll(() => shared.close());

/** Returns the loader that the tests share, or a new one if there are options. */
const open = (options?: LoaderOptions): Loader & AsyncDisposable =>
  options
    ? openLoader({ ...baseOptions, ...options })
    : {
        enabledSources: shared.enabledSources,
        load: (...parameters) => shared.load(...parameters),
        canPlay: (track) => shared.canPlay(track),
        locate: (...parameters) => shared.locate(...parameters),
        readPicture: (...parameters) => shared.readPicture(...parameters),
        catalog: shared.catalog,
        close: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };

describe("an HTTP address", () => {
  it("of a file is loaded as a track that can be located", async () => {
    await using server = await serve((request, response) => sendRange(request, response, mp3));
    await using loader = open();
    const url = `${server.url}a song.mp3?x=1#part`;
    const loaded = await loader.load(url);
    expect(loaded.loadType).toBe("TRACK_LOADED");
    const track = firstOf(loaded);
    expect(track).toMatchObject({
      info: { identifier: url, uri: url, isStream: false },
      source: { name: "http", probe: { name: "mp3", parameters: null } },
    });
    expect(loader.canPlay(track)).toBe(true);
    expect(await loader.locate(track, signal)).toEqual({
      type: "http",
      url: `${server.url}a%20song.mp3?x=1#part`,
      headers: {},
    });
  });

  it("with status 404 matches nothing", async () => {
    await using server = await serve((_request, response) => void response.writeHead(404).end());
    await using loader = open();
    expect(await loader.load(server.url)).toEqual({ loadType: "NO_MATCHES" });
  });

  it.each([400, 401, 403, 410, 429, 500, 503])("with status %i fails", async (status) => {
    await using server = await serve((_request, response) => void response.writeHead(status).end());
    await using loader = open();
    expect(await loader.load(server.url)).toMatchObject({
      loadType: "LOAD_FAILED",
      error: { severity: "COMMON", message: `The server responded with status ${status}.` },
    });
  });

  it("that cannot be connected to fails with severity SUSPICIOUS", async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    await using loader = open();
    expect(await loader.load(server.url)).toMatchObject({
      loadType: "LOAD_FAILED",
      error: { severity: "SUSPICIOUS" },
    });
    expect(await loader.load("http://nowhere.invalid/")).toMatchObject({ error: { severity: "SUSPICIOUS" } });
  });

  it.each([
    ["a page", "text/html", "<html>hello</html>"],
    ["an empty file", "audio/mpeg", ""],
    ["noise", "audio/mpeg", "\0\x01\x02".repeat(1_000)],
  ])("of %s fails as an unknown format", async (_case, type, body) => {
    await using server = await serve(
      (_request, response) =>
        void response.writeHead(200, { "content-type": type, "content-length": body.length }).end(body),
    );
    await using loader = open();
    expect(await loader.load(server.url)).toMatchObject({
      loadType: "LOAD_FAILED",
      error: { severity: "COMMON", message: "Unknown file format." },
    });
  });

  it("without audio fails after the allowed number of bytes", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "audio/mpeg" });
      const piece = Buffer.alloc(64 * 1024, 0xaa);
      const write = (): void => {
        while (response.write(piece));
      };
      response.on("drain", write);
      write();
    });
    await using loader = open({ limits: { probeBytes: 300_000 } });
    expect(await loader.load(server.url)).toMatchObject({ error: { message: "Unknown file format." } });
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("in a private network is refused", async () => {
    await using server = await serve((_request, response) => void response.end(silentWav()));
    await using loader = open({ allowPrivateAddresses: false });
    for (const host of ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1"]) {
      expect(await loader.load(`http://${host}:${server.port}/`)).toMatchObject({
        loadType: "LOAD_FAILED",
        error: { severity: "COMMON", message: /not on the public internet/ },
      });
    }
    expect(server.requests).toEqual([]);
  });

  it("matches nothing when the source is off", async () => {
    await using loader = open({ sources: {} });
    expect(await loader.load("http://127.0.0.1/")).toEqual({ loadType: "NO_MATCHES" });
  });

  it("that takes too long fails, and its connection is closed", async () => {
    await using server = await serveRaw(() => {});
    await using loader = open({ limits: { loadMs: 300 } });
    expect(await loader.load(server.url)).toMatchObject({
      loadType: "LOAD_FAILED",
      error: { severity: "SUSPICIOUS", message: "Loading took too long." },
    });
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("fails when the client disconnects or the loader is closed", async () => {
    await using server = await serveRaw(() => controller.abort());
    const controller = new AbortController();
    await using loader = open({});
    expect(await loader.load(server.url, controller.signal)).toMatchObject({ loadType: "LOAD_FAILED" });
    await eventually(() => server.sockets.size).toBe(0);
    await using second = await serveRaw(() => void loader.close());
    expect(await loader.load(second.url)).toMatchObject({ error: { message: /shutting down/ } });
  });

  it("waits for a free slot, and fails when too many loads are waiting", async () => {
    const waiting: (() => void)[] = [];
    await using server = await serve((request, response) => {
      waiting.push(() => sendRange(request, response, silentWav()));
    });
    await using loader = open({ limits: { concurrentLoads: 1, waitingLoads: 1 } });
    const first = loader.load(`${server.url}1`);
    const second = loader.load(`${server.url}2`);
    expect(await loader.load(`${server.url}3`)).toMatchObject({
      error: { message: /busy/, severity: "COMMON" },
    });
    await eventually(() => waiting.length).toBe(1);
    waiting[0]?.();
    expect(await first).toMatchObject({ loadType: "TRACK_LOADED" });
    await eventually(() => waiting.length).toBe(2);
    waiting[1]?.();
    expect(await second).toMatchObject({ loadType: "TRACK_LOADED" });
  });
});

describe("an HTTP playlist", () => {
  it.each([
    ["m3u", "audio/x-mpegurl", "#EXTM3U\n#PLAYLIST:Mine\n#EXTINF:1,One\na.wav\n#EXTINF:1,Two\n/deep/b.wav\n"],
    ["pls", "audio/x-scpls", "[playlist]\nFile1=a.wav\nTitle1=One\nFile2=/deep/b.wav\nTitle2=Two\n"],
  ])("of the format %s is loaded with its entries", async (format, type, text) => {
    await using server = await serve((request, response) => {
      if (request.url?.startsWith("/lists/list")) response.writeHead(200, { "content-type": type }).end(text);
      else sendRange(request, response, silentWav());
    });
    await using loader = open();
    const loaded = await loader.load(`${server.url}lists/list.${format}`);
    expect(loaded).toMatchObject({
      loadType: "PLAYLIST_LOADED",
      name: format === "m3u" ? "Mine" : "list",
      selectedTrack: null,
    });
    expect(tracksOf(loaded).map(({ track: { info } }) => [info.identifier, info.title])).toEqual([
      [`${server.url}lists/a.wav`, "One"],
      [`${server.url}deep/b.wav`, "Two"],
    ]);
  });

  it("of plain URLs is loaded without entries that fail", async () => {
    await using server = await serve((request, response) => {
      if (request.url === "/list") {
        response.end(`${server.url}gone\n${server.url}a\nfile:///etc/passwd\nhttp://\n${server.url}b\n`);
      } else if (request.url === "/gone") response.writeHead(404).end();
      else sendRange(request, response, silentWav());
    });
    await using loader = open();
    expect(identifiersOf(await loader.load(`${server.url}list`))).toEqual([
      `${server.url}a`,
      `${server.url}b`,
    ]);
  });

  it("in a private network is refused", async () => {
    await using folder = await serve((_request, response) => void response.end(silentWav()));
    await using loader = open({ allowPrivateAddresses: false });
    expect(await loader.load(folder.url)).toMatchObject({ loadType: "LOAD_FAILED" });
    expect(folder.requests).toEqual([]);
  });

  it("of HLS segments is a track, or a stream while it is live", async () => {
    const frames = splitAdts(readFileSync(join(mediaFolder, "tones.aac")));
    const segment = makeTransportStream({ frames, frameSeconds: 1_024 / 44_100 });
    await using server = await serve((request, response) => {
      if (request.url?.endsWith(".ts")) response.end(segment);
      else if (request.url === "/master.m3u8")
        response.end(`#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=128000\n/a/recorded.m3u8\n`);
      else {
        const end = request.url?.includes("recorded") ? "#EXT-X-ENDLIST\n" : "";
        const padding = `#EXT-X-SOMETHING:${"x".repeat(2_000)}\n`;
        response.end(
          `#EXTM3U\n${padding}#EXT-X-TARGETDURATION:3\n${"#EXTINF:3.04,\n0.ts\n".repeat(4)}${end}`,
        );
      }
    });
    await using loader = open();
    const recorded = firstOf(await loader.load(`${server.url}master.m3u8`));
    expect(recorded).toMatchObject({
      info: { identifier: `${server.url}master.m3u8`, isStream: false, lengthMs: 12_160n },
      source: { name: "http", probe: { name: "m3u", parameters: null } },
    });
    const live = firstOf(await loader.load(`${server.url}live`));
    expect(live).toMatchObject({ info: { isStream: true }, source: { probe: { name: "m3u" } } });
    for (const track of [recorded, live]) {
      expect(loader.canPlay(track)).toBe(true);
      expect(await loader.locate(track, signal)).toMatchObject({ url: track.info.identifier, isHls: true });
    }
  });

  it("of HLS segments in a private network is refused", async () => {
    await using server = await serve((_request, response) => void response.end());
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${server.url}0.ts\n`;
    const fetch = createHlsFetch({ type: "http", url: "http://radio.example/", headers: {} }, new Dialler(), {
      userAgent: "test",
      limits: {},
    });
    const stream = openHls("http://radio.example/", {
      fetch: (request, aborted) =>
        request.url.endsWith(".ts")
          ? fetch(request, aborted)
          : Promise.resolve({ url: request.url, bytes: Buffer.from(playlist) }),
    });
    await expect(stream).rejects.toThrow("does not connect to private addresses");
    expect(server.requests).toEqual([]);
  });

  it("is limited against cycles, in depth and in length", async () => {
    await using server = await serve((request, response) => {
      const path = request.url ?? "";
      if (path === "/circle") response.end(`${server.url}circle\n${server.url}circle\n${server.url}a.wav\n`);
      else if (path.startsWith("/deep")) response.end(`${server.url}deep${Number(path.slice(5)) + 1}\n`);
      else if (path === "/wide")
        response.end(Array.from({ length: 200 }, (_, i) => `${server.url}${i}.wav`).join("\n"));
      else if (path === "/bomb")
        response.end(Array.from({ length: 200 }, (_, i) => `${server.url}bomb?${i}`).join("\n"));
      else if (path.startsWith("/bomb"))
        response.end(Array.from({ length: 200 }, (_, i) => `${server.url}bomb?${path}${i}`).join("\n"));
      else sendRange(request, response, silentWav(0.1));
    });
    await using loader = open({ limits: { playlistEntries: 20 } });
    expect(identifiersOf(await loader.load(`${server.url}circle`))).toEqual([`${server.url}a.wav`]);
    server.requests.length = 0;
    expect(await loader.load(`${server.url}deep0`)).toEqual({ loadType: "NO_MATCHES" });
    expect(server.requests.length).toBe(4);
    expect(identifiersOf(await loader.load(`${server.url}wide`)).length).toBe(20);
    server.requests.length = 0;
    expect(await loader.load(`${server.url}bomb`)).toEqual({ loadType: "NO_MATCHES" });
    expect(server.requests.length).toBe(21);
  });
});

describe("internet radio", () => {
  const headers = { "content-type": "audio/mpeg", "icy-name": "Some station", "icy-metaint": "4000" };

  it.each(["directly", "through its playlist"])(
    "is loaded %s as a stream with the name of the station",
    async (how) => {
      await using server = await serve((request, response) => {
        if (request.url === "/listen.pls") {
          response.end(`[playlist]\nFile1=${server.url}one\nTitle1=A mirror\nFile2=${server.url}two\n`);
          return;
        }
        response.writeHead(200, headers);
        response.write(interleaveTitles(Buffer.concat(Array<Buffer>(20).fill(mp3)), 4_000, ["A song"]));
      });
      await using loader = open();
      const url = how === "directly" ? `icy://127.0.0.1:${server.port}/one` : `${server.url}listen.pls`;
      const loaded = await loader.load(url);
      expect(loaded.loadType).toBe("TRACK_LOADED");
      expect(firstOf(loaded)).toMatchObject({
        info: {
          title: "Some station",
          lengthMs: 2n ** 63n - 1n,
          isStream: true,
          identifier: `${server.url}one`,
        },
        source: { name: "http", probe: { name: "mp3" } },
      });
      await eventually(() => server.sockets.size).toBe(0);
    },
  );
});
