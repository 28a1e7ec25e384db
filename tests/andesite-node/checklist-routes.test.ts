// Lines 5 to 7 of section 17 of the protocol.

import { encodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import { plainTrack } from "../../packages/andesite-node/src/api/fixtures.ts";
import { ask, type Json, startTestNode } from "../support/andesite-node.ts";

const headers = { "User-Id": "1" };
const guildId = "81384788765712384";
const guild = `/player/${guildId}`;
const known = plainTrack("a song");
const unknown = plainTrack("a video", "vimeo");
const undecodable = "Unable to decode track. Is the source manager enabled?";

describe("5. error objects", () => {
  it("are long, with causes and suppressed entries, and tell no path", async () => {
    const { url } = await startTestNode();
    const { body } = await ask(`${url}/loadtracks?identifier=fail:gone`);
    const { cause } = body as { cause: Json };
    expect(cause).toMatchObject({
      class: "TrackError",
      message: "gone",
      cause: { class: "Error", message: "the server said no", cause: null, suppressed: [] },
      suppressed: [{ class: "EnvironmentInformation", stack: [] }],
    });
    const [frame] = cause["stack"] as Json[];
    expect(frame).toEqual({
      classLoader: null,
      moduleName: null,
      moduleVersion: null,
      className: "PlainLoader",
      methodName: "load",
      fileName: "fixtures.ts",
      lineNumber: expect.any(Number),
      pretty: expect.stringMatching(/^PlainLoader\.load\(fixtures\.ts:\d+\)$/),
    });
    expect(JSON.stringify(body)).not.toContain(process.cwd());
  });

  it.each([
    ["by header", "", { "Andesite-Short-Errors": "" }],
    ["by query", "&shortErrors", {}],
  ])("are short %s", async (_name, query, more) => {
    const { url } = await startTestNode();
    const short = await ask(`${url}/decodetrack?track=!${query}`, { headers: more });
    expect(short.status).toBe(500);
    expect(short.body).toEqual({
      class: "TrackFormatError",
      message: expect.any(String),
      suppressed: [],
      cause: null,
    });
    const long = await ask(`${url}/decodetrack?track=!`);
    expect(long.body).toEqual({ ...(short.body as Json), stack: expect.any(Array) });
  });

  it("stand for defects too, and the node goes on", async () => {
    const { url } = await startTestNode();
    const answer = await ask(`${url}/loadtracks?identifier=break:`);
    expect(answer).toMatchObject({ status: 500, body: { class: "TypeError", message: "a defect" } });
    expect(await ask(`${url}/stats`)).toMatchObject({ status: 200 });
  });
});

const withBodies = [
  [
    "POST",
    `${guild}/play`,
    { track: known },
    { track: known, start: "100", end: 200, pause: true, volume: 50, noReplace: false, radio: false },
  ],
  [
    "PATCH",
    `${guild}/mixer`,
    {},
    { enable: true, players: { a: { track: known, start: 1, volume: 3 }, b: { track: null } } },
  ],
  [
    "PATCH",
    `${guild}/filters`,
    {},
    { equalizer: { bands: [{ band: 0, gain: 0.2 }] }, volume: 2, karaoke: { level: 1 } },
  ],
  ["PATCH", `${guild}/pause`, {}, { pause: true }],
  ["PATCH", `${guild}/seek`, {}, { position: "500" }],
  ["PATCH", `${guild}/volume`, {}, { volume: 20 }],
  ["PATCH", guild, {}, { pause: false, position: 1, volume: 7, filters: { lowpass: { smoothing: 2 } } }],
] as const;

const problem = (status: number, message: string) => ({ status, body: { code: status, message } });

describe("6. bodies", () => {
  it.each(withBodies)("%s %s takes a minimal and a full one", async (method, path, minimal, full) => {
    const { url } = await startTestNode();
    const created = await ask(url + path, { method, headers, body: minimal });
    expect(created).toMatchObject({ status: 200, body: { volume: 100, mixerEnabled: false } });
    const answer = await ask(url + path, { method, headers, body: full });
    expect(answer).toMatchObject({ status: 200, body: { frame: { loss: 0 } } });
    // The clock of the node goes on between the two.
    const withoutTime = (body: unknown) => JSON.stringify(body).replaceAll(/"time":"?\d+"?/g, "");
    expect(withoutTime(answer.body)).toBe(withoutTime((await ask(url + guild, { headers })).body));
    const allNull = Object.fromEntries(Object.keys(full).map((key) => [key, null]));
    if (!("track" in full))
      expect(await ask(url + path, { method, headers, body: allNull })).toMatchObject({ status: 200 });
  });

  it.each([
    ...withBodies.map(([method, path]) => [method, path] as const),
    ["POST", "/player/voice-server-update"],
    ["POST", "/decodetrack"],
  ] as const)(
    "%s %s refuses an empty one, what is no JSON, what is no object, and one that is too large",
    async (method, path) => {
      const { url } = await startTestNode();
      const send = (body: string) => ask(url + path, { method, headers, body });
      expect(await send("")).toMatchObject(problem(400, "The body is not JSON"));
      expect(await send("{")).toMatchObject(problem(400, "The body is not JSON"));
      expect(await send("[]")).toMatchObject(problem(400, "The body is not a JSON object"));
      expect(await send("null")).toMatchObject(problem(400, "The body is not a JSON object"));
      const large = JSON.stringify({ x: "x".repeat(65_536) });
      expect(await send(large)).toMatchObject(problem(413, "The body is too large"));
      expect(await ask(`${url}${guild}`, { headers })).toMatchObject({ status: 404 });
    },
  );

  it("POST /stop ignores one", async () => {
    const { url } = await startTestNode();
    for (const body of ["", "{", "[]"]) {
      expect(await ask(`${url}${guild}/stop`, { method: "POST", headers, body })).toMatchObject({
        status: 200,
      });
    }
  });

  it.each([
    ["POST", `${guild}/play`, { track: null }, "track"],
    ["POST", `${guild}/play`, {}, "track"],
    ["POST", `${guild}/play`, { track: known, start: true }, "start"],
    ["PATCH", `${guild}/volume`, { volume: "loud" }, "volume"],
    ["PATCH", `${guild}/pause`, { pause: 1 }, "pause"],
    ["PATCH", `${guild}/mixer`, { players: { a: { volume: {} } } }, "players.a.volume"],
    ["PATCH", `${guild}/filters`, { tremolo: { depth: 2 } }, "tremolo.depth"],
    ["POST", "/decodetrack", { track: 1 }, "track"],
    ["POST", "/decodetracks", [1], "0"],
  ])("%s %s with %j is an error object that names the field", async (method, path, body, field) => {
    const { url } = await startTestNode();
    const answer = await ask(url + path, { method, headers, body });
    expect(answer).toMatchObject({ status: 500, body: { class: "OperationError", cause: null } });
    expect((answer.body as Json)["message"]).toContain(field);
  });

  it("DELETE answers the last state without a mark, once", async () => {
    const { url } = await startTestNode();
    await ask(`${url}${guild}/volume`, { method: "PATCH", headers, body: { volume: 33 } });
    const answer = await ask(url + guild, { method: "DELETE", headers });
    expect(answer).toMatchObject({ status: 200, body: { volume: 33 } });
    expect(answer.body).not.toHaveProperty("destroyed");
    expect(await ask(url + guild, { method: "DELETE", headers })).toMatchObject(
      problem(404, "Player not found"),
    );
  });

  it("a voice server update is answered with nothing, and makes no player", async () => {
    const { url } = await startTestNode();
    const update = `${url}/player/voice-server-update`;
    const body = { guildId, sessionId: "s", event: { endpoint: "e", token: "t" } };
    expect(await ask(update, { method: "POST", headers, body })).toMatchObject({
      status: 204,
      body: undefined,
    });
    expect(await ask(update, { method: "POST", headers, body: { ...body, event: null } })).toMatchObject({
      status: 204,
    });
    expect(await ask(update, { method: "POST", headers, body: { ...body, guildId: 5 } })).toMatchObject(
      problem(400, "Missing or invalid guild id"),
    );
    expect(await ask(url + guild, { headers })).toMatchObject({ status: 404 });
  });

  it("listening gives an address, with and without a body, for a player that is there", async () => {
    const { url } = await startTestNode({ password: "x" });
    const all = { ...headers, Authorization: "x" };
    const listen = (body?: unknown) => ask(`${url}${guild}/listen`, { method: "POST", headers: all, body });
    expect(await listen()).toMatchObject(problem(404, "Player not found"));
    await ask(`${url}${guild}/stop`, { method: "POST", headers: all });
    const { body } = await listen({ ttl: 60 });
    expect(body).toEqual({ url: expect.stringMatching(/^\/listen\//), expires: expect.any(Number) });
    expect(await listen()).toMatchObject({ status: 200 });
    expect(await listen({ ttl: -1 })).toMatchObject({ status: 500 });
    const heard = await fetch(url + (body as { url: string }).url);
    expect([heard.status, heard.headers.get("content-type")]).toEqual([200, "audio/ogg"]);
    expect((await fetch(`${url}/listen/forged`)).status).toBe(403);
  });

  it("loading answers 200 for each of its five ends", async () => {
    const { url } = await startTestNode();
    const load = async (identifier: string) => (await ask(`${url}/loadtracks?identifier=${identifier}`)).body;
    const info = { track: expect.any(String), info: expect.objectContaining({ title: "a" }) };
    expect(await load("one:a")).toEqual({ loadType: "TRACK_LOADED", tracks: [info], playlistInfo: {} });
    expect(await load("list:a")).toMatchObject({ playlistInfo: { name: "a", selectedTrack: 0 } });
    expect(await load("search:a")).toMatchObject({ playlistInfo: { name: "a", selectedTrack: null } });
    expect(await load("x")).toEqual({ loadType: "NO_MATCHES", tracks: [], playlistInfo: {} });
    expect(await load("fail:a")).toMatchObject({ loadType: "LOAD_FAILED", severity: "COMMON", tracks: [] });
    expect(await ask(`${url}/loadtracks`)).toMatchObject(problem(400, "Missing identifier query param"));
    expect(await load("one:a&identifier=list:b")).toMatchObject({ loadType: "TRACK_LOADED" });
  });

  it("a client that leaves ends its load", async () => {
    const { url, loader } = await startTestNode();
    const controller = new AbortController();
    const load = fetch(`${url}/loadtracks?identifier=wait:`, { signal: controller.signal }).catch(() => {});
    await expect.poll(() => loader.waiting.length).toBe(1);
    controller.abort();
    await load;
    await expect.poll(() => loader.waiting[0]?.aborted).toBe(true);
  });
});

describe("7. decoding", () => {
  it("gives each track in its place, and an error for one whose source is off", async () => {
    const { url } = await startTestNode();
    const answer = await ask(`${url}/decodetracks`, { method: "POST", body: [known, unknown, known] });
    expect(answer).toMatchObject({
      status: 200,
      body: [{ info: { title: "a song" } }, { error: undecodable }, { info: { title: "a song" } }],
    });
    expect(await ask(`${url}/decodetracks`, { method: "POST", body: [] })).toMatchObject({
      status: 200,
      body: [],
    });
    expect(await ask(`${url}/decodetracks`, { method: "POST", body: {} })).toMatchObject(
      problem(400, "The body is not a JSON array"),
    );
    expect(await ask(`${url}/decodetracks`, { method: "POST", body: [known, "!"] })).toMatchObject({
      status: 500,
    });
  });

  it("tells why a single one cannot be had", async () => {
    const { url } = await startTestNode();
    const post = (body: unknown) => ask(`${url}/decodetrack`, { method: "POST", body });
    expect(await post({ track: unknown })).toMatchObject(problem(400, undecodable));
    expect(await post({})).toMatchObject(problem(400, "Missing track json field"));
    expect(await post({ track: null })).toMatchObject(problem(400, "Missing track json field"));
    expect(await ask(`${url}/decodetrack`)).toMatchObject(problem(400, "Missing track query param"));
    expect(await post({ track: known.slice(0, 20) })).toMatchObject({ status: 500 });
  });

  it("takes a plus in the query for a blank, unless it is encoded", async () => {
    const { url } = await startTestNode();
    // A track whose base64 has a plus.
    const track = encodeTrack({
      info: { title: "~~~>>>", author: "a", lengthMs: 1, identifier: "x" },
      source: "youtube",
    });
    expect(track).toContain("+");
    expect(await ask(`${url}/decodetrack?track=${track}`)).toMatchObject({ status: 500 });
    expect(await ask(`${url}/decodetrack?track=${encodeURIComponent(track)}`)).toMatchObject({
      status: 200,
      body: { track, info: { title: "~~~>>>" } },
    });
  });
});
