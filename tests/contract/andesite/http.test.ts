// The HTTP clients of the Andesite document, on a real node with a password.

import {
  AbstractHTTP,
  getSearcher,
  HTTP,
  HTTPBase,
  HTTPError,
  HTTPInterface,
  Searcher,
  type SearcherType,
  USER_AGENT,
} from "@asterite/andesite";
import { LoadedTrack, TrackInfo } from "@asterite/andesite/advanced";
import { decodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import { closeAfterTest, startNode } from "../../support/andesite.ts";
import { newRoutes, shareNode } from "../../support/shared-node.ts";

const password = "geheim";
const shared = shareNode({ password });
const target = () => ({ ...urls(), password });
const urls = () => ({ httpUrl: shared.node.httpUrl, webSocketUrl: shared.node.webSocketUrl });
const unauthorized = { code: 401, message: expect.any(String) };

describe.each(["HTTP", "Client"] as const)("%s", (name) => {
  // Shows andesite: HTTPInterface.decode_track/0-1,3-7
  it("decodes a track, and returns null instead of raising an HTTPError", async () => {
    const client = newRoutes(name, target());
    const track = shared.node.track("A title");
    const info = await client.decodeTrack(track);
    expect(info).toBeInstanceOf(TrackInfo);
    expect(info).toMatchObject({ track, info: { title: "A title", author: "An artist", length: 60 } });
    expect(await client.decodeTrack("AAAA")).toBeNull();
    await expect(client.decodeTracks(["AAAA"])).rejects.toThrow(HTTPError);
    expect(await newRoutes(name, { ...urls(), password: "wrong" }).decodeTrack(track)).toBeNull();
  });

  // Shows andesite: HTTPInterface.decode_track/2
  it("returns what the codec decodes locally", async () => {
    const client = newRoutes(name, target());
    const track = shared.node.track("Local");
    const remote = await client.decodeTrack(track);
    const { info } = decodeTrack(track);
    expect(remote?.info).toMatchObject({
      title: info.title,
      author: info.author,
      identifier: info.identifier,
      length: Number(info.lengthMs) / 1_000,
    });
    const requests = shared.node.requests.length;
    expect((await client.decodeTrack(track, { local: true }))?.info.title).toBe("Local");
    expect(shared.node.requests).toHaveLength(requests);
  });

  // Shows andesite: HTTPInterface.decode_tracks HTTPInterface.decode_track/8
  it("decodes any iterable of tracks at once, in order, and raises an HTTPError", async () => {
    const client = newRoutes(name, target());
    const titles = ["one", "two", "three"];
    const decoded = await client.decodeTracks(new Set(titles.map((title) => shared.node.track(title))));
    expect(decoded.every((info) => info instanceof TrackInfo)).toBe(true);
    expect(decoded.map(({ info }) => info.title)).toEqual(titles);
    expect(shared.node.requests).toHaveLength(1);
    await expect(client.decodeTracks([shared.node.track("good"), "AAAA"])).rejects.toThrow(HTTPError);
    const refused = newRoutes(name, { ...urls(), password: "wrong" });
    await expect(refused.decodeTracks([shared.node.track("good")])).rejects.toMatchObject(unauthorized);
  });

  // Shows andesite: HTTPInterface.load_tracks
  it("loads tracks by an identifier that it sends unchanged, such as a search", async () => {
    const client = newRoutes(name, target());
    const { one, search } = shared.node.identifiers;
    for (const [identifier, loadType] of [
      [one, "TRACK_LOADED"],
      [search, "SEARCH_RESULT"],
    ] as const) {
      const loaded = await client.loadTracks(identifier);
      expect(loaded).toBeInstanceOf(LoadedTrack);
      expect(loaded.loadType).toBe(loadType);
      expect(loaded.tracks?.[0]?.info.title).toBe("a song");
      expect(shared.node.requests.at(-1)?.query).toEqual({ identifier });
    }
    const refused = newRoutes(name, { ...urls(), password: "wrong" });
    await expect(refused.loadTracks(one)).rejects.toMatchObject(unauthorized);
    await expect(refused.loadTracks(one)).rejects.toThrow(HTTPError);
    // The other way to search.
    expect(client.searchTracks).toBeTypeOf("function");
  });

  // Shows andesite: HTTPInterface.load_tracks_safe
  it("loads tracks from a URI without regard to markers, unlike loadTracks", async () => {
    const client = newRoutes(name, target());
    const { one, search } = shared.node.identifiers;
    const loaded = await client.loadTracksSafe(one.replace(/^raw:/, ""));
    expect(loaded).toBeInstanceOf(LoadedTrack);
    expect(loaded.loadType).toBe("TRACK_LOADED");
    expect((await client.loadTracks(search)).loadType).toBe("SEARCH_RESULT");
    for (const uri of [search, "ytsearch:a song", "scsearch:a song", "raw:search:a song"]) {
      const ignored = await client.loadTracksSafe(uri);
      expect([uri, ignored.loadType, ignored.length]).toEqual([uri, "NO_MATCHES", 0]);
    }
    const refused = newRoutes(name, { ...urls(), password: "wrong" });
    await expect(refused.loadTracksSafe(one)).rejects.toThrow(HTTPError);
  });

  // Shows andesite: HTTPInterface.search_tracks
  it("searches with a searcher, by default YouTube, as a load of an identifier", async () => {
    const client = newRoutes(name, target());
    const identifiers = () => shared.node.requests.map(({ path, query }) => [path, query["identifier"]]);
    expect(await client.searchTracks("a query")).toBeInstanceOf(LoadedTrack);
    await client.searchTracks("a query", { searcher: Searcher.SOUNDCLOUD });
    await client.searchTracks("a query", { searcher: "soundcloud" });
    await client.loadTracks("ytsearch:a query");
    expect(identifiers()).toEqual([
      ["loadtracks", "ytsearch:a query"],
      ["loadtracks", "scsearch:a query"],
      ["loadtracks", "scsearch:a query"],
      ["loadtracks", "ytsearch:a query"],
    ]);
    await expect(client.searchTracks("a query", { searcher: "nowhere" })).rejects.toThrow(RangeError);
    const refused = newRoutes(name, { ...urls(), password: "wrong" });
    await expect(refused.searchTracks("a query")).rejects.toThrow(HTTPError);
  });

  // Shows andesite: HTTPInterface/3 AbstractHTTP.request/6 USER_AGENT
  it("sends every request with the method request and the user agent", async () => {
    const client = newRoutes(name, target());
    const { request } = client;
    const paths: string[] = [];
    client.request = (method, path, options) => {
      paths.push(path);
      return request.call(client, method, path, options);
    };
    await client.loadTracks("x");
    await client.loadTracksSafe("x");
    await client.searchTracks("x");
    await client.decodeTrack(shared.node.track("x"));
    await client.decodeTracks([shared.node.track("x")]);
    expect(paths).toEqual(["loadtracks", "loadtracks", "loadtracks", "decodetrack", "decodetracks"]);
    expect(shared.node.requests.map(({ headers }) => headers["user-agent"])).toEqual(
      new Array(5).fill(USER_AGENT),
    );
    expect(USER_AGENT).toBeTypeOf("string");
  });
});

describe.each(["HTTPBase", "HTTP"] as const)("%s", (name) => {
  const create = (...args: ConstructorParameters<typeof HTTPBase>): HTTPBase =>
    closeAfterTest(name === "HTTP" ? new HTTP(...args) : new HTTPBase(...args));

  // Shows andesite: AbstractHTTP.request/0-3,5,7-9
  it("performs a request with a method, a relative path and options, and returns the JSON", async () => {
    const client = create(shared.node.httpUrl, password);
    const { identifiers } = shared.node;
    const params = { identifier: identifiers.one };
    expect(await client.request("GET", "loadtracks", { params })).toMatchObject({ loadType: "TRACK_LOADED" });
    const json = { track: shared.node.track("sent") };
    const headers = { "x-test": "yes" };
    expect(await client.request("POST", "decodetrack", { json, headers })).toMatchObject(json);
    expect(shared.node.requests).toMatchObject([
      { method: "GET", path: "loadtracks", query: params },
      { method: "POST", path: "decodetrack", body: json, headers },
    ]);
    const below = create(new URL("nowhere", shared.node.httpUrl), password);
    await expect(below.request("GET", "stats")).rejects.toThrow(HTTPError);
    expect(shared.node.requests.at(-1)?.path).toBe("nowhere/stats");
    await expect(client.request("GET", "nothing/here")).rejects.toThrow(HTTPError);
  });

  // Shows andesite: AbstractHTTP.request/6
  it("sends with no other method of its own", async () => {
    const client = create(shared.node.httpUrl, password);
    const senders = Object.getOwnPropertyNames(HTTPInterface.prototype);
    expect(senders.filter((member) => member !== "constructor" && member in HTTPBase.prototype)).toEqual([]);
    await client.reset();
    await client.close();
    expect(shared.node.requests).toEqual([]);
  });

  // Shows andesite: AbstractHTTP.request/4
  it("refuses a path with a leading slash", async () => {
    const client = create(shared.node.httpUrl, password);
    await expect(client.request("GET", "/stats")).rejects.toThrow("path must be relative");
    expect(shared.node.requests).toEqual([]);
  });

  // Shows andesite: HTTPBase.aiohttp_session
  it("has the session with which it sends requests", async () => {
    const client = create(shared.node.httpUrl, password);
    const { session } = client;
    expect(client.session).toBe(session);
    const sending = client.request("GET", "stats");
    await session.close();
    await expect(sending).rejects.toThrow("closed");
    await expect(client.request("GET", "stats")).rejects.toThrow("closed");
  });
});

// Shows andesite: HTTPInterface.get_stats/0-3
it.each(["HTTP"])("requests the statistics of the node: %s", async () => {
  const http = closeAfterTest(new HTTP(shared.node.httpUrl, password));
  const stats = await http.getStats();
  expect(stats.players).toEqual({ total: expect.any(Number), playing: expect.any(Number) });
  expect(stats.runtime.uptime).toBeGreaterThan(0);
  expect(shared.node.requests).toMatchObject([{ method: "GET", path: "stats" }]);
  await expect(closeAfterTest(new HTTP(shared.node.httpUrl, "wrong")).getStats()).rejects.toThrow(HTTPError);
});

// Shows andesite: HTTPBase
it("authorizes with the password, or without one", async () => {
  const withPassword = closeAfterTest(new HTTPBase(new URL(shared.node.httpUrl), password));
  expect(await withPassword.request("GET", "stats")).toMatchObject({ players: {} });
  expect(shared.node.requests.at(-1)?.headers.authorization).toBe(password);
  const without = closeAfterTest(new HTTPBase(shared.node.httpUrl, null));
  await expect(without.request("GET", "stats")).rejects.toMatchObject(unauthorized);
  expect(shared.node.requests.at(-1)?.headers.authorization).toBeUndefined();
  const open = await startNode();
  open.respond = () => ({ status: 200, body: "open" });
  const noneNeeded = closeAfterTest(new HTTPBase(open.httpUrl, null));
  expect(await noneNeeded.request("GET", "x")).toBe("open");
  expect(withPassword).toBeInstanceOf(AbstractHTTP);
  expect("loadTracks" in withPassword).toBe(false);
});

// Shows andesite: HTTP intro.http
it("combines HTTPBase with the routes of HTTPInterface", async () => {
  const http = closeAfterTest(new HTTP(shared.node.httpUrl, password));
  for (const parent of [HTTPBase, HTTPInterface, AbstractHTTP]) expect(http).toBeInstanceOf(parent);
  const routes = Object.getOwnPropertyNames(HTTPInterface.prototype);
  expect(routes.filter((member) => !(member in http))).toEqual([]);
  expect((await http.loadTracks(shared.node.identifiers.one)).loadType).toBe("TRACK_LOADED");
});

// Shows andesite: AbstractHTTP HTTPInterface/0-1 intro.http/5
it("is implemented by classes that have request and close", async () => {
  const requests: string[] = [];
  class Own extends HTTPInterface {
    closed = false;
    override close(): Promise<void> {
      this.closed = true;
      return Promise.resolve();
    }
    override reset = (): Promise<void> => Promise.resolve();
    override request(method: string, path: string): Promise<unknown> {
      requests.push(`${method} ${path}`);
      return Promise.resolve({ loadType: "NO_MATCHES", tracks: [] });
    }
  }
  const own = new Own();
  expect((await own.loadTracks("x")).loadType).toBe("NO_MATCHES");
  expect(requests).toEqual(["GET loadtracks"]);
  expect(own).toBeInstanceOf(AbstractHTTP);
  await own.close();
  expect(own.closed).toBe(true);
});

// Shows andesite: HTTPInterface/2
it("has no routes of players, which the WebSocket covers", () => {
  const members = Object.getOwnPropertyNames(HTTPInterface.prototype);
  const operations = ["play", "pause", "stop", "seek", "volume", "update", "destroy", "mixer", "filters"];
  expect(members.filter((member) => operations.includes(member))).toEqual([]);
});

// Shows andesite: HTTPError HTTPError.code HTTPError.message
it("has the code and the message that the node sends", async () => {
  const http = closeAfterTest(new HTTP(shared.node.httpUrl, password));
  const error: unknown = await http.request("GET", "nothing").catch((reason: unknown) => reason);
  const response = await fetch(`${shared.node.httpUrl}nothing`, { headers: { Authorization: password } });
  const body = (await response.json()) as { code: number; message: string };
  expect(error).toBeInstanceOf(HTTPError);
  expect(error).toMatchObject({ code: body.code, message: expect.stringContaining(body.message) });
  expect(response.status).toBe(body.code);
  expect(new HTTPError(418, "teapot")).toMatchObject({ code: 418, message: "teapot" });
});

// Shows andesite: Searcher SearcherType get_searcher
it("resolves searchers, their ids and the names of their services in any case", () => {
  const resolvable: readonly [SearcherType, Searcher][] = [
    [Searcher.YOUTUBE, Searcher.YOUTUBE],
    [Searcher.SOUNDCLOUD, Searcher.SOUNDCLOUD],
    ["ytsearch", Searcher.YOUTUBE],
    ["scsearch", Searcher.SOUNDCLOUD],
    ["youtube", Searcher.YOUTUBE],
    ["SoundCloud", Searcher.SOUNDCLOUD],
    ["YOUTUBE", Searcher.YOUTUBE],
  ];
  for (const [given, searcher] of resolvable) expect(getSearcher(given)).toBe(searcher);
  expect(Searcher).toEqual({ YOUTUBE: "ytsearch", SOUNDCLOUD: "scsearch" });
  for (const invalid of [5, null, undefined, {}])
    expect(() => getSearcher(invalid as never)).toThrow(TypeError);
  for (const unknown of ["vimeo", "", "YTSEARCH"]) expect(() => getSearcher(unknown)).toThrow(RangeError);
});
