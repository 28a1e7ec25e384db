// Lines 5 and 6 of section 17 of the protocol.

import { describe, expect, it } from "vitest";
import { encodeFakeTrack } from "../../packages/andesite-node/src/api/api.test-support.ts";
import { everyNode, type Json, sendRequest, startTestNode } from "../support/andesite-node.ts";

const headers = { "User-Id": "1" };
const guildId = "81384788765712384";
const guild = `/player/${guildId}`;
const unknown = encodeFakeTrack("a video", "nowhere");

describe.each(everyNode)("5. error objects: $name", ({ start }) => {
  it("are long, include suppressed entries, and contain no paths", async () => {
    const { url, identifiers } = await start();
    const { body } = await sendRequest(
      `${url}/loadtracks?identifier=${encodeURIComponent(identifiers.failure)}`,
    );
    const { cause } = body as { cause: Json };
    expect(cause).toMatchObject({
      class: "TrackError",
      message: expect.any(String),
      suppressed: [{ class: "EnvironmentInformation", stack: [], suppressed: [], cause: null }],
    });
    expect(cause).toHaveProperty("cause");
    const [frame] = cause["stack"] as Json[];
    expect(frame).toEqual({
      classLoader: null,
      moduleName: null,
      moduleVersion: null,
      className: expect.any(String),
      methodName: expect.stringMatching(/./),
      fileName: expect.stringMatching(/^[a-z.-]+\.ts$/),
      lineNumber: expect.any(Number),
      pretty: expect.stringMatching(/^\S+\([a-z.-]+\.ts:\d+\)$/),
    });
    expect(JSON.stringify(body)).not.toContain(process.cwd());
    expect(JSON.stringify(body)).not.toContain(identifiers.failure.replace("raw:", ""));
  });

  it.each([
    ["by header", "", { "Andesite-Short-Errors": "" }],
    ["by query", "&shortErrors", {}],
  ])("are short %s", async (_name, query, more) => {
    const { url } = await start();
    const short = await sendRequest(`${url}/decodetrack?track=!${query}`, { headers: more });
    expect(short.status).toBe(500);
    expect(short.body).toEqual({
      class: "TrackFormatError",
      message: expect.any(String),
      suppressed: [],
      cause: null,
    });
    const long = await sendRequest(`${url}/decodetrack?track=!`);
    expect(long.body).toEqual({ ...(short.body as Json), stack: expect.any(Array) });
  });
});

describe("5. error objects: fake loader", () => {
  it("include all nested causes", async () => {
    const { url } = await startTestNode();
    const { body } = await sendRequest(`${url}/loadtracks?identifier=fail:gone`);
    expect(body).toMatchObject({
      cause: {
        message: "gone",
        cause: { class: "Error", message: "the server refused the request", cause: null, suppressed: [] },
        stack: expect.arrayContaining([
          expect.objectContaining({
            className: "FakeLoader",
            methodName: "load",
            fileName: "api.test-support.ts",
          }),
        ]),
      },
    });
  });

  it("represent unexpected errors, and the node keeps running", async () => {
    const { url } = await startTestNode();
    const answer = await sendRequest(`${url}/loadtracks?identifier=break:`);
    expect(answer).toMatchObject({ status: 500, body: { class: "TypeError", message: "a defect" } });
    expect(await sendRequest(`${url}/stats`)).toMatchObject({ status: 200 });
  });
});

/** Returns a minimal and a full body for each route that has one. */
const withBodies = (track: string) =>
  [
    [
      "POST",
      `${guild}/play`,
      { track: track },
      { track: track, start: "100", end: 200, pause: true, volume: 50, noReplace: false, radio: false },
    ],
    [
      "PATCH",
      `${guild}/mixer`,
      {},
      { enable: true, players: { a: { track: track, start: 1, volume: 3 }, b: { track: null } } },
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

const routesWithBodies = withBodies("").map(([method, path], index) => [method, path, index] as const);

const problem = (status: number, message: string) => ({ status, body: { code: status, message } });

describe.each(everyNode)("6. bodies: $name", ({ start }) => {
  it.each(routesWithBodies)("%s %s accepts a minimal and a full body", async (method, path, index) => {
    const { url, track } = await start();
    const [, , minimal = {}, full = {}] = withBodies(track("a song"))[index] ?? [];
    const created = await sendRequest(url + path, { method, headers, body: minimal });
    expect(created).toMatchObject({ status: 200, body: { volume: 100, mixerEnabled: false } });
    const answer = await sendRequest(url + path, { method, headers, body: full });
    expect(answer).toMatchObject({ status: 200, body: { frame: { loss: 0 } } });
    // The time advances between the two responses.
    const withoutTime = (body: unknown) => JSON.stringify(body).replaceAll(/"time":"?\d+"?/g, "");
    expect(withoutTime(answer.body)).toBe(withoutTime((await sendRequest(url + guild, { headers })).body));
    const allNull = Object.fromEntries(Object.keys(full).map((key) => [key, null]));
    if (!("track" in full))
      expect(await sendRequest(url + path, { method, headers, body: allNull })).toMatchObject({
        status: 200,
      });
  });

  it.each([
    ...routesWithBodies.map(([method, path]) => [method, path] as const),
    ["POST", "/player/voice-server-update"],
    ["POST", "/decodetrack"],
  ] as const)(
    "%s %s rejects a body that is empty, not JSON, not an object, or too large",
    async (method, path) => {
      const { url } = await start();
      const send = (body: string) => sendRequest(url + path, { method, headers, body });
      expect(await send("")).toMatchObject(problem(400, "The body is not JSON"));
      expect(await send("{")).toMatchObject(problem(400, "The body is not JSON"));
      expect(await send("[]")).toMatchObject(problem(400, "The body is not a JSON object"));
      expect(await send("null")).toMatchObject(problem(400, "The body is not a JSON object"));
      const large = JSON.stringify({ x: "x".repeat(65_536) });
      expect(await send(large)).toMatchObject(problem(413, "The body is too large"));
      expect(await sendRequest(`${url}${guild}`, { headers })).toMatchObject({ status: 404 });
    },
  );

  it("POST /stop ignores the body", async () => {
    const { url } = await start();
    for (const body of ["", "{", "[]"]) {
      expect(await sendRequest(`${url}${guild}/stop`, { method: "POST", headers, body })).toMatchObject({
        status: 200,
      });
    }
  });

  it.each([
    ["POST", `${guild}/play`, { track: null }, "track"],
    ["POST", `${guild}/play`, {}, "track"],
    ["POST", `${guild}/play`, { track: unknown, start: true }, "start"],
    ["PATCH", `${guild}/volume`, { volume: "loud" }, "volume"],
    ["PATCH", `${guild}/pause`, { pause: 1 }, "pause"],
    ["PATCH", `${guild}/mixer`, { players: { a: { volume: {} } } }, "players.a.volume"],
    ["PATCH", `${guild}/filters`, { tremolo: { depth: 2 } }, "tremolo.depth"],
    ["POST", "/decodetrack", { track: 1 }, "track"],
  ])("%s %s with %j returns an error object that names the field", async (method, path, body, field) => {
    const { url } = await start();
    const answer = await sendRequest(url + path, { method, headers, body });
    expect(answer).toMatchObject({
      status: 500,
      body: { class: expect.stringMatching(/^(?:Operation|Filter)Error$/), cause: null },
    });
    expect((answer.body as Json)["message"]).toContain(field);
  });

  it("DELETE returns the last state without the field destroyed, once", async () => {
    const { url } = await start();
    await sendRequest(`${url}${guild}/volume`, { method: "PATCH", headers, body: { volume: 33 } });
    const answer = await sendRequest(url + guild, { method: "DELETE", headers });
    expect(answer).toMatchObject({ status: 200, body: { volume: 33 } });
    expect(answer.body).not.toHaveProperty("destroyed");
    expect(await sendRequest(url + guild, { method: "DELETE", headers })).toMatchObject(
      problem(404, "Player not found"),
    );
  });

  it("a voice server update has an empty response and creates no player", async () => {
    const { url } = await start();
    const update = `${url}/player/voice-server-update`;
    const body = { guildId, sessionId: "s", event: { endpoint: "127.0.0.1:1", token: "t" } };
    expect(await sendRequest(update, { method: "POST", headers, body })).toMatchObject({
      status: 204,
      body: undefined,
    });
    // Discord sends such updates before it has assigned a voice server.
    for (const partial of [
      { ...body, event: null },
      { guildId, sessionId: "s" },
      { guildId },
      { guildId, event: {} },
      { guildId, event: { endpoint: null, token: "t" } },
      { guildId, event: { endpoint: "", token: "t" } },
    ]) {
      expect(await sendRequest(update, { method: "POST", headers, body: partial })).toMatchObject({
        status: 204,
      });
    }
    expect(
      await sendRequest(update, { method: "POST", headers, body: { ...body, guildId: 5 } }),
    ).toMatchObject(problem(400, "Missing or invalid guild id"));
    expect(await sendRequest(url + guild, { headers })).toMatchObject({ status: 404 });
  });

  it("POST /listen returns a link for an existing player, with and without a body", async () => {
    const { url } = await start({ password: "x" });
    const all = { ...headers, Authorization: "x" };
    const listen = (body?: unknown) =>
      sendRequest(`${url}${guild}/listen`, { method: "POST", headers: all, body });
    expect(await listen()).toMatchObject(problem(404, "Player not found"));
    await sendRequest(`${url}${guild}/stop`, { method: "POST", headers: all });
    const { body } = await listen({ ttl: 60 });
    expect(body).toEqual({ url: expect.stringMatching(/^\/listen\//), expires: expect.any(Number) });
    expect(await listen()).toMatchObject({ status: 200 });
    expect(await listen({ ttl: -1 })).toMatchObject({ status: 500 });
    const stream = await fetch(url + (body as { url: string }).url);
    expect([stream.status, stream.headers.get("content-type")]).toEqual([
      200,
      expect.stringMatching(/^audio\/ogg(?:; codecs=opus)?$/),
    ]);
    await stream.body?.cancel();
    expect((await fetch(`${url}/listen/forged`)).status).toBe(403);
  });

  it("loading returns 200 for each of its five results", async () => {
    const { url, identifiers } = await start();
    const load = async (identifier: string, more = "") =>
      (await sendRequest(`${url}/loadtracks?identifier=${encodeURIComponent(identifier)}${more}`)).body;
    const { one, list, search, nothing, failure } = identifiers;
    const info = { track: expect.any(String), info: expect.objectContaining({ title: "a song" }) };
    const name = expect.stringMatching(/a song$/);
    expect(await load(one)).toEqual({ loadType: "TRACK_LOADED", tracks: [info], playlistInfo: {} });
    expect(await load(list)).toMatchObject({
      loadType: "PLAYLIST_LOADED",
      tracks: expect.arrayContaining([info]),
      playlistInfo: { name, selectedTrack: expect.toBeOneOf([0, null]) },
    });
    expect(await load(search)).toMatchObject({
      loadType: "SEARCH_RESULT",
      tracks: [info],
      playlistInfo: { name, selectedTrack: null },
    });
    expect(await load(nothing)).toEqual({ loadType: "NO_MATCHES", tracks: [], playlistInfo: {} });
    expect(await load(failure)).toMatchObject({ loadType: "LOAD_FAILED", severity: "COMMON", tracks: [] });
    expect(await sendRequest(`${url}/loadtracks`)).toMatchObject(
      problem(400, "Missing identifier query param"),
    );
    const twice = `&identifier=${encodeURIComponent(list)}`;
    expect(await load(one, twice)).toMatchObject({ loadType: "TRACK_LOADED" });
  });
});

describe("6. a voice server update to a real node", () => {
  it("requires a session id with an endpoint", async () => {
    const { url } = await everyNode[1].start();
    const body = { guildId, event: { endpoint: "127.0.0.1:1", token: "t" } };
    const answer = await sendRequest(`${url}/player/voice-server-update`, { method: "POST", headers, body });
    expect(answer).toMatchObject({ status: 500, body: { class: "OperationError" } });
    expect((answer.body as Json)["message"]).toContain("sessionId");
  });
});

describe("6. a load that hangs", () => {
  it("is aborted when its client disconnects", async () => {
    const { url, loader } = await startTestNode();
    const controller = new AbortController();
    const load = fetch(`${url}/loadtracks?identifier=wait:`, { signal: controller.signal }).catch(() => {});
    await expect.poll(() => loader.waiting.length).toBe(1);
    controller.abort();
    await load;
    await expect.poll(() => loader.waiting[0]?.aborted).toBe(true);
  });
});
