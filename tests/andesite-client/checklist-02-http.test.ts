// Check-list of the client's contract (section 14), items 2 to 4: searchers, HTTP, decoding. All responses
// are
// scripted; the check-list of the node covers complete nodes.

import { ClientClosedError, getSearcher, HTTP, HTTPError, Searcher, USER_AGENT } from "@asterite/andesite";
import type { ReceivedRequest, Responder } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { closeAfterTest, startNode } from "../support/andesite.ts";

/** Creates a client of a node with the same response for all requests. */
const setUp = async (answer: ReturnType<Responder>, { path = "", password = null as string | null } = {}) => {
  const node = await startNode();
  node.respond = () => answer;
  const http = closeAfterTest(new HTTP(node.httpUrl + path, password));
  const lineOf = ({ method, path: to, query, body }: ReceivedRequest) => [method, to, query, body];
  return { node, http, lines: () => node.requests.map(lineOf) };
};
const ok = (body: unknown) => ({ status: 200, body });
const track = (text: string) => ({ track: text, info: { class: "T", title: text } });

describe("14.2 getSearcher", () => {
  it("14.2 returns a value of the enumeration unchanged", () => {
    expect([getSearcher(Searcher.YOUTUBE), getSearcher(Searcher.SOUNDCLOUD)]).toEqual([
      "ytsearch",
      "scsearch",
    ]);
  });
  it("14.2 accepts a name in any case", () => {
    expect(["youtube", "YOUTUBE", "YouTube", "SoundCloud"].map(getSearcher)).toEqual([
      "ytsearch",
      "ytsearch",
      "ytsearch",
      "scsearch",
    ]);
  });
  it("14.2 accepts an exact id", () => {
    expect(["ytsearch", "scsearch"].map(getSearcher)).toEqual(["ytsearch", "scsearch"]);
  });
  it("14.2 throws for an id in upper case and for other strings", () => {
    for (const text of ["YTSEARCH", "ScSearch", "bing", "", " youtube", "__proto__"]) {
      expect(() => getSearcher(text)).toThrow(RangeError);
    }
  });
  it("14.2 throws a TypeError for values that are not strings", () => {
    for (const value of [5, null, undefined, {}, ["ytsearch"]]) {
      expect(() => getSearcher(value as never)).toThrow(TypeError);
    }
  });
});

describe("14.3 HTTP", () => {
  const routes: readonly [string, (http: HTTP) => Promise<unknown>, unknown, unknown[]][] = [
    ["getStats", (http) => http.getStats(), {}, ["GET", "stats", {}, null]],
    [
      "loadTracks",
      (http) => http.loadTracks("a b&c=ä"),
      { loadType: "NO_MATCHES" },
      ["GET", "loadtracks", { identifier: "a b&c=ä" }, null],
    ],
    [
      "loadTracksSafe",
      (http) => http.loadTracksSafe("ytsearch:x"),
      { loadType: "NO_MATCHES" },
      ["GET", "loadtracks", { identifier: "raw:ytsearch:x" }, null],
    ],
    [
      "searchTracks",
      (http) => http.searchTracks("x"),
      { loadType: "NO_MATCHES" },
      ["GET", "loadtracks", { identifier: "ytsearch:x" }, null],
    ],
    [
      "searchTracks with another searcher",
      (http) => http.searchTracks("x", { searcher: "SoundCloud" }),
      { loadType: "NO_MATCHES" },
      ["GET", "loadtracks", { identifier: "scsearch:x" }, null],
    ],
    [
      "decodeTrack",
      (http) => http.decodeTrack("Q+/="),
      track("x"),
      ["POST", "decodetrack", {}, { track: "Q+/=" }],
    ],
    [
      "decodeTracks",
      (http) => http.decodeTracks(["a", "b"]),
      [track("a"), track("b")],
      ["POST", "decodetracks", {}, ["a", "b"]],
    ],
  ];
  it.each(routes)("14.3 %s: method, path, query and body", async (_, call, body, line) => {
    const { http, lines } = await setUp(ok(body));
    await call(http);
    expect(lines()).toEqual([line]);
  });

  it("14.3 sends user agent and password with each request", async () => {
    for (const [password, authorization] of [
      ["geheim", "geheim"],
      ["", ""],
      [null, undefined],
    ] as const) {
      const { node, http } = await setUp(ok({}), { password });
      await http.getStats();
      const { headers = {} } = node.requests[0] ?? {};
      expect([headers["user-agent"], headers.authorization]).toEqual([USER_AGENT, authorization]);
    }
  });

  it("14.3 keeps the path of the base URL", async () => {
    for (const path of ["base", "base/"]) {
      const { http, lines } = await setUp(ok({}), { path });
      await http.getStats();
      expect(lines()).toEqual([["GET", "base/stats", {}, null]]);
    }
  });

  it("14.3 returns null for an empty response such as 204", async () => {
    const { http } = await setUp({ status: 204 });
    expect(await http.request("POST", "player/voice-server-update", { json: {} })).toBeNull();
  });

  const exception = { class: "java.io.IOException", message: "broken", suppressed: [], cause: null };
  it.each([
    ["a code and a message", { code: 404, message: "Not found" }, 404, "Not found"],
    ["an exception", exception, 500, "broken"],
    ["an exception with its stack", { ...exception, stack: [{ pretty: "at x" }] }, 500, "broken"],
    ["an exception without message", { ...exception, message: null }, 500, "java.io.IOException"],
    ["an array", [], 500, "Internal Server Error"],
    ["a text", "no", 500, "Internal Server Error"],
    ["nothing", undefined, 500, "Internal Server Error"],
  ])("14.3 rejects for an error whose body is %s", async (_, body, code, message) => {
    const { http } = await setUp({ status: 500, body });
    const error: unknown = await http.request("GET", "x").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HTTPError);
    expect(error).toMatchObject({ code, message });
    expect(String(error)).toContain(String(code));
    expect(String(error)).toContain(message);
  });

  it("14.3 rejects when closed before the first request, during one, and until reset", async () => {
    const { http, node } = await setUp(undefined);
    const { session } = http;
    const running = http.getStats().catch((error: unknown) => error);
    while (node.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await http.close();
    expect(await running).toBeInstanceOf(ClientClosedError);
    expect(http.closed).toBe(true);
    await expect(http.getStats()).rejects.toThrow(ClientClosedError);
    await http.reset();
    node.respond = () => ok({});
    await http.getStats();
    expect(http.session).not.toBe(session);
    const unused = new HTTP(node.httpUrl, null);
    await unused.close();
    expect(unused.closed).toBe(true);
    await expect(unused.getStats()).rejects.toThrow(ClientClosedError);
  });
});

describe("14.4 decodeTrack and decodeTracks", () => {
  it.each([
    ["400", { status: 400, body: { code: 400, message: "Unable to decode track" } }],
    ["500", { status: 500, body: { class: "X", message: "bad", suppressed: [], cause: null } }],
    ["500 without a body", { status: 500 }],
    ["401", { status: 401, body: { code: 401, message: "Unauthorized" } }],
  ])("14.4 %s: returns null for one track, and rejects with an HTTPError for several", async (_, answer) => {
    const { http } = await setUp(answer);
    expect(await http.decodeTrack("x")).toBeNull();
    await expect(http.decodeTracks(["x"])).rejects.toThrow(HTTPError);
  });

  it("14.4 decodes a track", async () => {
    const { http } = await setUp(ok(track("Song")));
    expect(await http.decodeTrack("x")).toMatchObject({ track: "Song", info: { title: "Song" } });
  });

  it("14.4 decodes an array in order, and an empty one", async () => {
    const { http, lines } = await setUp(ok([track("a"), track("b")]));
    expect((await http.decodeTracks(["a", "b"])).map((decoded) => decoded.track)).toEqual(["a", "b"]);
    expect(await http.decodeTracks([])).toEqual([]);
    expect(lines().length).toBeLessThanOrEqual(2);
  });

  it("14.4 rejects with an HTTPError of code 400 with text and index when one track cannot be decoded", async () => {
    const { http } = await setUp(ok([track("a"), { error: "no source" }, track("c")]));
    const error: unknown = await http.decodeTracks(["a", "b", "c"]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HTTPError);
    expect(error).toMatchObject({ code: 400, message: expect.stringMatching(/1.*no source/) });
  });

  it("14.4 rejects with transport errors", async () => {
    const { http, node } = await setUp(ok({}));
    await node.die();
    const error: unknown = await http.decodeTrack("x").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(HTTPError);
  });
});
