import { getEventListeners, once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClientClosedError, InvalidTypeError, MalformedDataError, OutOfRangeError } from "../errors.ts";
import { isInstance } from "../mixin.ts";
import { encoded } from "../nodes.test-support.ts";
import { AbstractHTTP } from "./abstract-http.ts";
import { HTTP } from "./http.ts";
import { HTTPBase } from "./http-base.ts";
import { HTTPError } from "./http-error.ts";
import { HTTPInterface } from "./http-interface.ts";
import { getSearcher, Searcher } from "./searcher.ts";
import { USER_AGENT } from "./user-agent.ts";

interface Received {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

let server: Server;
let uri: string;
let received: Received[];
let answer: (response: ServerResponse, request: Received) => void;

const json = (body: unknown, status = 200) => {
  answer = (response) => void response.writeHead(status).end(JSON.stringify(body));
};

beforeEach(async () => {
  received = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    const entry = { method, url, headers, body };
    received.push(entry);
    answer(response, entry);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const result = { loadType: "NO_MATCHES" };
const track = (text: string) => ({ track: text, info: { class: "T", title: text, length: 1000 } });

describe("listen", () => {
  it("sends the user id, and returns the link with its expiry", async () => {
    json({ url: "/listen/7.5.x", expires: 1_700_000_000_000 });
    await using http = new HTTP(uri, "secret");
    const link = await http.listen("5", { userId: 7n });
    expect(link).toEqual({ url: "/listen/7.5.x", expires: new Date(1_700_000_000_000) });
    expect(received[0]).toMatchObject({ body: "{}", headers: { "user-id": "7" } });
  });

  it("rejects invalid arguments and malformed links", async () => {
    await using http = new HTTP(uri, null);
    for (const ttlSeconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(http.listen("5", { userId: "7", ttlSeconds })).rejects.toThrow(OutOfRangeError);
    }
    await expect(http.listen("five", { userId: "7" })).rejects.toThrow("guildId");
    await expect(http.listen("5", { userId: "" })).rejects.toThrow("userId");
    json({ url: "/listen/x" });
    await expect(http.listen("5", { userId: "7" })).rejects.toThrow(MalformedDataError);
  });
});

describe("routes", () => {
  it.each([
    ["getStats", (http: HTTP) => http.getStats(), {}, "GET /stats", ""],
    [
      "loadTracks",
      (http: HTTP) => http.loadTracks("a b+c&d=ä"),
      result,
      "GET /loadtracks?identifier=a+b%2Bc%26d%3D%C3%A4",
      "",
    ],
    [
      "loadTracks with more",
      (http: HTTP) => http.loadTracks("a", { extended: true }),
      result,
      "GET /loadtracks?identifier=a&extended=true",
      "",
    ],
    [
      "listen",
      (http: HTTP) => http.listen(5n, { userId: "7", ttlSeconds: 60 }),
      { url: "/listen/x", expires: 1 },
      "POST /player/5/listen",
      '{"ttl":60}',
    ],
    [
      "loadTracksSafe",
      (http: HTTP) => http.loadTracksSafe("ytsearch:x"),
      result,
      "GET /loadtracks?identifier=raw%3Aytsearch%3Ax",
      "",
    ],
    [
      "searchTracks",
      (http: HTTP) => http.searchTracks("q"),
      result,
      "GET /loadtracks?identifier=ytsearch%3Aq",
      "",
    ],
    [
      "searchTracks elsewhere",
      (http: HTTP) => http.searchTracks("q", { searcher: "SoundCloud" }),
      result,
      "GET /loadtracks?identifier=scsearch%3Aq",
      "",
    ],
    [
      "decodeTrack",
      (http: HTTP) => http.decodeTrack("Q+/="),
      track("x"),
      "POST /decodetrack",
      '{"track":"Q+/="}',
    ],
    [
      "decodeTracks",
      (http: HTTP) => http.decodeTracks(new Set([encoded("a")])),
      [track("a")],
      "POST /decodetracks",
      JSON.stringify([encoded("a")]),
    ],
  ])("%s sends exactly its request", async (_, call, body, line, sent) => {
    json(body);
    await using http = new HTTP(uri, "secret");
    await call(http);
    expect(received).toHaveLength(1);
    const [request] = received;
    expect([`${request?.method} ${request?.url}`, request?.body]).toEqual([line, sent]);
    expect(request?.headers).toMatchObject({ authorization: "secret", "user-agent": USER_AGENT });
    expect(request?.headers["content-type"]).toBe(sent ? "application/json" : undefined);
  });

  it("return models", async () => {
    await using http = new HTTP(uri, null);
    json({ players: { total: 2 } });
    expect((await http.getStats()).players.total).toBe(2);
    json({ loadType: "TRACK_LOADED", tracks: [track("a")] });
    expect((await http.loadTracks("a")).getSelectedTrack()?.info.length).toBe(1);
    json({ tracks: 5 });
    await expect(http.loadTracks("a")).rejects.toThrow(MalformedDataError);
  });

  it("reject arguments that are not strings", async () => {
    await using http = new HTTP(uri, null);
    const calls = [
      http.loadTracks(5 as never),
      http.loadTracksSafe(null as never),
      http.searchTracks({} as never),
      http.searchTracks("q", { searcher: 5 as never }),
      http.decodeTrack(undefined as never),
      http.decodeTracks([encoded("a"), 5 as never]),
    ];
    for (const call of calls) await expect(call).rejects.toThrow(InvalidTypeError);
    await expect(http.searchTracks("q", { searcher: "bing" })).rejects.toThrow(OutOfRangeError);
    expect(received).toHaveLength(0);
  });
});

describe("decodeTrack and decodeTracks", () => {
  const exception = { class: "java.io.IOException", message: "bad", suppressed: [], cause: null };

  it.each([
    ["400", { code: 400, message: "Unable to decode track. Is the source manager enabled?" }, 400],
    ["500 with an exception", exception, 500],
    ["401", { code: 401, message: "Unauthorized" }, 401],
  ])("decodeTrack returns null for %s", async (_, body, status) => {
    json(body, status);
    await using http = new HTTP(uri, null);
    expect(await http.decodeTrack("x")).toBe(null);
    await expect(http.decodeTracks([encoded("x")])).rejects.toThrow(HTTPError);
  });

  it("decodeTrack rejects with transport errors", async () => {
    answer = (response) => response.destroy();
    await using http = new HTTP(uri, null);
    const error = await http.decodeTrack("x").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).not.toBeInstanceOf(HTTPError);
  });

  it("decodeTracks keeps the order, and rejects with the index of a failed track", async () => {
    await using http = new HTTP(uri, null);
    json([track("a"), track("b")]);
    expect((await http.decodeTracks([encoded("a"), encoded("b")])).map(String)).toEqual([" - a", " - b"]);
    json([track("a"), { error: "no" }]);
    await expect(http.decodeTracks([encoded("a"), encoded("b")])).rejects.toMatchObject({
      code: 400,
      message: "track 1: no",
    });
    json([track("a")]);
    await expect(http.decodeTracks([encoded("a"), encoded("b")])).rejects.toThrow(MalformedDataError);
    expect(received).toHaveLength(3);
    expect(await http.decodeTracks([])).toEqual([]);
    expect(received).toHaveLength(3);
  });

  it("decodeTrack with `local` sends no request", async () => {
    await using http = new HTTP(uri, null);
    const text =
      "QAAAbQIAB0hhbGZ3YXkADEV4YW1wbGUgQmFuZAAAAAAAAr8gAAtlZWVlZWVlZWVlZQABACtodHRwczovL3d3dy55b3V0dWJlLmNvbS93YXRjaD92PWVlZWVlZWVlZWVlAAd5b3V0dWJlAAAAAAABYA0=";
    const decoded = await http.decodeTrack(text, { local: true });
    expect(decoded).toMatchObject({
      track: text,
      info: { title: "Halfway", author: "Example Band", length: 180, position: 90.125, isSeekable: true },
    });
    expect(await http.decodeTrack("nonsense", { local: true })).toBe(null);
    expect(received).toHaveLength(0);
  });
});

describe("requests", () => {
  it("keep the base path, and send parameters and headers", async () => {
    json({ a: 1 });
    await using http = new HTTPBase(`${uri}/base?key=1`, "");
    const options = { params: { q: "x y" }, headers: { "X-More": "1", "User-Agent": "mine" } };
    expect(await http.request("PATCH", "sub/path", options)).toEqual({ a: 1 });
    expect(received[0]).toMatchObject({
      method: "PATCH",
      url: "/base/sub/path?key=1&q=x+y",
      headers: { authorization: "", "x-more": "1", "user-agent": "mine" },
    });
  });

  it("send no Authorization header without a password", async () => {
    json(null);
    await using http = new HTTPBase(new URL(uri), null);
    expect(await http.request("GET", "x")).toBe(null);
    expect(received[0]?.headers.authorization).toBe(undefined);
  });

  it("return null for an empty body, and reject invalid JSON", async () => {
    await using http = new HTTPBase(uri, null);
    answer = (response) => void response.writeHead(204).end();
    expect(await http.request("POST", "x")).toBe(null);
    answer = (response) => void response.end("<html>");
    await expect(http.request("GET", "x")).rejects.toThrow(MalformedDataError);
  });

  it.each([
    ["a simple error", '{"code":404,"message":"Player not found"}', 404, "Player not found"],
    ["an exception", '{"class":"X","message":"broken","suppressed":[],"cause":null}', 500, "broken"],
    ["an exception without message", '{"class":"X","message":null}', 500, "X"],
    ["a body that is not JSON", "<html>", 500, "Internal Server Error"],
    ["no body", "", 500, "Internal Server Error"],
    ["an array", "[]", 500, "Internal Server Error"],
  ])("reject for %s", async (_, body, code, message) => {
    answer = (response) => void response.writeHead(500, { "Content-Type": "text/plain" }).end(body);
    await using http = new HTTPBase(uri, null);
    const error: unknown = await http.request("GET", "x").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HTTPError);
    expect(error).toMatchObject({ code, message });
    expect(String(error)).toBe(`HTTPError: ${code} ${message}`);
  });

  it("reject an absolute path, and never leave the base URL", async () => {
    json({});
    await using http = new HTTPBase(uri, "secret");
    await expect(http.request("GET", "/stats")).rejects.toThrow(RangeError);
    await expect(http.request("GET", 5 as never)).rejects.toThrow(InvalidTypeError);
    await http.request("GET", "http://elsewhere.invalid/x");
    await http.request("GET", "a?b#c");
    expect(received.map(({ url }) => url)).toEqual(["/http://elsewhere.invalid/x", "/a%3Fb%23c"]);
  });

  it("reject with the reason of their signal", async () => {
    answer = () => {};
    await using http = new HTTPBase(uri, null);
    const controller = new AbortController();
    const running = http.request("GET", "x", { signal: controller.signal });
    await once(server, "request");
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
  });

  it("stop reading a response above the maximum size", async () => {
    answer = (response) => {
      const write = () => {
        while (!response.destroyed && response.write("x".repeat(1_000)));
      };
      response.on("drain", write);
      write();
    };
    await using http = new HTTPBase(uri, null, { maxResponseBytes: 50_000 });
    await expect(http.request("GET", "x")).rejects.toThrow(MalformedDataError);
  });
});

describe("timeoutMs", () => {
  it("applies until the whole response is read", async () => {
    answer = (response) => void response.write("{");
    await using http = new HTTP(uri, null, { timeoutMs: 50 });
    await expect(http.getStats()).rejects.toThrow(expect.objectContaining({ name: "TimeoutError" }));
  });

  it("may be infinite, and leaves no timer after the response", async () => {
    json({});
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    for (const timeoutMs of [Number.POSITIVE_INFINITY, 60_000]) {
      await using http = new HTTP(uri, null, { timeoutMs });
      await http.getStats();
      // An unrelated timer may have expired in the meantime.
      expect(timers()).toBeLessThanOrEqual(before);
    }
  });
});

describe("every route", () => {
  it.each<[string, (http: HTTP, options: { signal: AbortSignal }) => Promise<unknown>]>([
    ["getStats", (http, options) => http.getStats(options)],
    ["loadTracks", (http, options) => http.loadTracks("x", options)],
    ["loadTracksSafe", (http, options) => http.loadTracksSafe("x", options)],
    ["searchTracks", (http, options) => http.searchTracks("x", options)],
    ["decodeTrack", (http, options) => http.decodeTrack("x", options)],
    ["decodeTracks", (http, options) => http.decodeTracks([encoded("x")], options)],
  ])("%s rejects when its signal aborts, and leaves no listener on it", async (_, call) => {
    answer = () => {};
    await using http = new HTTP(uri, null);
    const controller = new AbortController();
    const running = call(http, controller);
    await once(server, "request");
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});

describe("close", () => {
  it("aborts running requests and rejects new ones until reset", async () => {
    answer = () => {};
    const http = new HTTP(uri, null);
    const { session } = http;
    expect(http.session).toBe(session);
    const running = http.getStats();
    const outcome = running.catch((error: unknown) => error);
    await once(server, "request");
    await Promise.all([http.close(), http.close()]);
    expect(await outcome).toBeInstanceOf(ClientClosedError);
    expect(http.closed).toBe(true);
    await expect(http.getStats()).rejects.toThrow(ClientClosedError);
    await http.reset();
    expect(http.closed).toBe(false);
    expect(http.session).not.toBe(session);
    json({});
    await http.getStats();
    await http.close();
  });

  it("closes a client that has never sent a request", async () => {
    const http = new HTTPBase(uri, null);
    await http.close();
    expect(http.closed).toBe(true);
    expect(() => http.session).toThrow(ClientClosedError);
    await expect(http.request("GET", "x")).rejects.toThrow(ClientClosedError);
  });
});

describe("construction", () => {
  it.each([
    ["uri", [5, null]],
    ["uri", ["nonsense", null]],
    ["uri", ["ftp://host", null]],
    ["uri", ["http://user:secret@host", null]],
    ["password", ["http://host", 5]],
    ["password", ["http://host", "secret\n"]],
    ["maxResponseBytes", ["http://host", null, { maxResponseBytes: 0 }]],
    ["timeoutMs", ["http://host", null, { timeoutMs: "1" }]],
    ["fetch", ["http://host", null, { fetch: 5 }]],
  ])("names a wrong %s: %j", (field, [base, password, options]) => {
    const construct = () => new HTTPBase(base as never, password as never, options as never);
    expect(construct).toThrow(expect.objectContaining({ field }));
    expect(construct).not.toThrow("secret");
  });

  it("never exposes the password", () => {
    const http = new HTTP("http://host/path", "secret");
    expect(String(http)).toBe("HTTP(http://host/path/)");
    expect(String(new HTTP("http://host/?password=secret", null))).toBe("HTTP(http://host/)");
    expect(inspect(http, { showHidden: true, depth: 9 }) + JSON.stringify(http)).not.toContain("secret");
  });

  it("has the documented class hierarchy", () => {
    const http = new HTTP("http://host", null);
    expect([AbstractHTTP, HTTPBase, HTTPInterface, HTTP].map((cls) => http instanceof cls)).toEqual(
      new Array(4).fill(true),
    );
    const base = new HTTPBase("http://host", null);
    expect([base instanceof AbstractHTTP, base instanceof HTTPInterface, base instanceof HTTP]).toEqual([
      true,
      false,
      false,
    ]);
    class Mine extends HTTP {}
    expect([new Mine("http://host", null) instanceof HTTPInterface, http instanceof Mine]).toEqual([
      true,
      false,
    ]);
    abstract class Other extends HTTPInterface {}
    expect([http instanceof Other, isInstance(HTTPInterface, null)]).toEqual([false, false]);
    expect(HTTP.name).toBe("HTTP");
  });

  it("sends the version of the package as user agent", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(USER_AGENT).toMatch(new RegExp(`^asterite-andesite/${version} \\(https://`));
  });
});

describe("getSearcher", () => {
  it.each([
    [Searcher.SOUNDCLOUD, "scsearch"],
    ["youtube", "ytsearch"],
    ["SoundCloud", "scsearch"],
    ["YOUTUBE", "ytsearch"],
    ["ytsearch", "ytsearch"],
  ])("returns %2$s for %1$s", (given, searcher) => expect(getSearcher(given)).toBe(searcher));

  it.each(["YTSEARCH", "", "bing", "__proto__", "toString"])(
    "throws for the unknown searcher %j",
    (given) => {
      expect(() => getSearcher(given)).toThrow(RangeError);
    },
  );

  it.each([5, null, undefined, {}])("throws for %j, which is not a string", (given) => {
    expect(() => getSearcher(given as never)).toThrow(TypeError);
  });
});
