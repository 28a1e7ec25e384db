// Responses in the form of Lavalink 4.2.2: the track and the load error are recorded, with shorter paths.

import { describe, expect, it } from "vitest";
import { HTTPPool, MalformedDataError } from "../advanced.ts";
import { Client, ClientClosedError, HTTP, HTTPError, WebSocketBase } from "../index.ts";
import { closeAfterTest, startNode } from "../nodes.test-support.ts";
import { LavalinkHTTP } from "./lavalink-http.ts";

const file = {
  encoded:
    "QAAATwMAB1TDr3QgbGUAB8OEcnRpc3QAAAAAAAAL1gAML21lZGlhL3QubXAzAAEADC9tZWRpYS90Lm1wMwAAAAVsb2NhbAADbXAzAAAAAAAAAAA=",
  info: {
    identifier: "/media/t.mp3",
    isSeekable: true,
    author: "Ärtist",
    length: 3030,
    isStream: false,
    position: 0,
    title: "Tït le",
    uri: "/media/t.mp3",
    sourceName: "local",
    artworkUrl: null,
    isrc: null,
  },
  pluginInfo: { probeInfo: "mp3" },
  userData: {},
};
// JavaScript reads the length 2^63 − 1 as this number.
const stream = { ...file, info: { ...file.info, length: 2 ** 63, isStream: true, isSeekable: false } };
const notFound = { timestamp: 0, status: 404, error: "Not Found", message: "No endpoint", path: "/" };

/** Starts a node with one response for all paths of version 4, and a client of it. */
async function setUp(body: unknown, status = 200) {
  const node = await startNode();
  node.respond = ({ path }) => (path.startsWith("v4/") ? { status, body } : { status: 404, body: notFound });
  const http = closeAfterTest(new LavalinkHTTP(node.httpUrl, "password"));
  const requests = () =>
    node.requests.map(({ method, path, query, body: sent }) => [method, path, query, sent]);
  return { node, http, requests };
}

describe("loading from a Lavalink node", () => {
  it("returns a track with its metadata", async () => {
    const { node, http, requests } = await setUp({ loadType: "track", data: file });
    const { loadType, tracks } = await http.loadTracks("/media/t.mp3", { extended: true });
    expect(loadType).toBe("TRACK_LOADED");
    expect(tracks).toMatchObject([
      { track: file.encoded, info: { title: "Tït le", author: "Ärtist", length: 3.03, isSeekable: true } },
    ]);
    expect(requests()).toEqual([
      ["GET", "v4/loadtracks", { identifier: "/media/t.mp3", extended: "true" }, null],
    ]);
    expect(node.requests[0]?.headers.authorization).toBe("password");
  });

  it("returns no length for a stream, whose length is that of 64 bits", async () => {
    const { http } = await setUp({ loadType: "track", data: stream });
    const { tracks } = await http.loadTracks("http://radio.example/");
    expect(tracks?.[0]?.info).toMatchObject({ length: null, isStream: true, isSeekable: false });
  });

  it("returns the tracks of a search", async () => {
    const { http, requests } = await setUp({ loadType: "search", data: [file, stream] });
    const { loadType, tracks } = await http.searchTracks("words", { searcher: "soundcloud" });
    expect([loadType, tracks?.length]).toEqual(["SEARCH_RESULT", 2]);
    expect(requests()[0]?.[2]).toEqual({ identifier: "scsearch:words" });
  });

  it.each([
    [-1, null],
    [1, 1],
  ])("returns a playlist with the selected track %s as %s", async (selectedTrack, expected) => {
    const info = { name: "Mix", selectedTrack };
    const { http } = await setUp({
      loadType: "playlist",
      data: { info, pluginInfo: {}, tracks: [file, stream] },
    });
    const { loadType, tracks, playlistInfo } = await http.loadTracks("list");
    expect([loadType, tracks?.length]).toEqual(["PLAYLIST_LOADED", 2]);
    expect(playlistInfo).toMatchObject({ name: "Mix", selectedTrack: expected });
  });

  it("returns no track where nothing matches", async () => {
    const { http } = await setUp({ loadType: "empty", data: null });
    expect(await http.loadTracks("x")).toMatchObject({ loadType: "NO_MATCHES", tracks: [], success: true });
  });

  it("returns a failure with class, message and severity", async () => {
    const message = "Something went wrong while looking up the track.";
    const javaClass = "com.sedmelluq.discord.lavaplayer.tools.FriendlyException";
    const data = { message, severity: "fault", cause: `${javaClass}: ${message}`, causeStackTrace: "" };
    const { http } = await setUp({ loadType: "error", data });
    const { success, severity, cause } = await http.loadTracks("http://127.0.0.1:1/x.wav");
    expect([success, severity]).toEqual([false, "FAULT"]);
    expect(cause).toMatchObject({ className: javaClass, message });
  });

  it.each(["ytsearch:a", "ytmsearch:a", "scsearch[x]:a", "raw:a", "file:///etc/passwd"])(
    "sends no text with the prefix of a source to be loaded safely: %s",
    async (text) => {
      const { http, requests } = await setUp({ loadType: "track", data: file });
      expect(await http.loadTracksSafe(text)).toMatchObject({ loadType: "NO_MATCHES", tracks: [] });
      expect(requests()).toEqual([]);
    },
  );

  it.each(["https://example.org/a.mp3", "/media/t.mp3"])(
    "loads safely without a prefix: %s",
    async (text) => {
      const { http, requests } = await setUp({ loadType: "track", data: file });
      expect((await http.loadTracksSafe(text)).length).toBe(1);
      expect(requests()[0]?.[2]).toEqual({ identifier: text });
    },
  );

  it.each([["text"], [{ loadType: "search", data: 5 }], [{ data: file }]])(
    "rejects a response that is none of Lavalink: %j",
    async (body) => {
      const { http } = await setUp(body);
      await expect(http.loadTracks("x")).rejects.toThrow(MalformedDataError);
    },
  );
});

describe("decoding by a Lavalink node", () => {
  it("decodes a track that is passed in the query", async () => {
    const { http, requests } = await setUp(file);
    expect(await http.decodeTrack("a+b/c=")).toMatchObject({ track: file.encoded, info: { length: 3.03 } });
    expect(requests()).toEqual([["GET", "v4/decodetrack", { encodedTrack: "a+b/c=" }, null]]);
  });

  it("decodes several tracks in order", async () => {
    const { http, requests } = await setUp([file, stream]);
    const decoded = await http.decodeTracks(["a", "b"]);
    expect(decoded.map(({ info }) => info.isStream)).toEqual([false, true]);
    expect(requests()).toEqual([["POST", "v4/decodetracks", {}, ["a", "b"]]]);
  });

  it("returns null, or rejects for several, where the node decodes none", async () => {
    const { http } = await setUp({ timestamp: 0, status: 500, error: "", message: "", path: "" }, 500);
    expect(await http.decodeTrack("bad")).toBeNull();
    await expect(http.decodeTracks(["bad"])).rejects.toMatchObject({ name: "HTTPError", code: 500 });
  });
});

describe("a client of a Lavalink node", () => {
  it("reads statistics", async () => {
    const { http } = await setUp({
      frameStats: null,
      players: 3,
      playingPlayers: 1,
      uptime: 256_667,
      memory: { free: 41_547_992, used: 49_678_120, allocated: 91_226_112, reservable: 419_430_400 },
      cpu: { cores: 2, systemLoad: 0.29, lavalinkLoad: 0.013 },
    });
    const stats = await http.getStats();
    expect(stats.players).toMatchObject({ total: 3, playing: 1 });
    expect(stats.cpu).toMatchObject({ andesite: 0.013, system: 0.29 });
    expect(stats.os.processors).toBe(2);
    expect(stats.memory.heap).toMatchObject({ used: 49_678_120, committed: 91_226_112, max: 419_430_400 });
    expect(stats.frameStats).toEqual([]);
  });

  it("sends other requests unchanged, and refuses extensions like a node without them", async () => {
    const { http, requests } = await setUp({ sourceManagers: ["http"] });
    expect(await http.request("GET", "v4/info")).toEqual({ sourceManagers: ["http"] });
    await expect(http.listen("1", { userId: "2" })).rejects.toMatchObject({ name: "HTTPError", code: 404 });
    expect(requests().map(([method, path]) => `${method} ${path}`)).toEqual([
      "GET v4/info",
      "POST player/1/listen",
    ]);
  });

  it("rejects when it is closed, also what it would not send", async () => {
    const { http } = await setUp(file);
    await http.close();
    await expect(http.loadTracksSafe("ytsearch:a")).rejects.toThrow(ClientClosedError);
    await expect(http.decodeTrack("a")).rejects.toThrow(ClientClosedError);
  });

  it("is a member of a pool beside a client of an Andesite node", async () => {
    const lavalink = await setUp({ loadType: "track", data: file });
    const andesite = await startNode();
    andesite.respond = () => ({ status: 200, body: { loadType: "NO_MATCHES" } });
    const members = [new HTTP(andesite.httpUrl, "password"), lavalink.http];
    const pool = closeAfterTest(new HTTPPool(members));
    for (const _ of members) await pool.loadTracks("x");
    await andesite.die();
    const results = [await pool.loadTracks("x"), await pool.loadTracks("x")];
    expect(results.map(({ loadType }) => loadType)).toEqual(["TRACK_LOADED", "TRACK_LOADED"]);
  });

  it("is the HTTP part of a combined client", async () => {
    const { http, node } = await setUp({ loadType: "track", data: file });
    const client = closeAfterTest(new Client(http, new WebSocketBase(node.webSocketUrl, "1", "password")));
    expect((await client.loadTracks("x")).length).toBe(1);
    expect(http).toBeInstanceOf(HTTP);
    await expect(client.request("GET", "stats/lavalink")).rejects.toThrow(HTTPError);
  });
});
