// Line 18 of section 17 of the protocol: andesite.py 0.2.4 builds its models from exact sets of keys (section
// 16) and drops
// messages with additional or missing keys. The sets are listed here.

import { filterNames } from "@asterite/andesite-protocol";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import { everyNode, type Json, sendRequest, startTestNode, TestSocket } from "../support/andesite-node.ts";

const guildId = "81384788765712384";

/**
 * Checks a value against a form: objects must have exactly the keys of their form, arrays entries of one
 * form.
 */
function fits(value: unknown, form: Form, path = ""): void {
  if (form === null) {
    expect(value, path).not.toBeUndefined();
    return;
  }
  if (form instanceof Nullable) {
    if (value !== null) fits(value, form.form, path);
    return;
  }
  if (Array.isArray(form)) {
    expect(Array.isArray(value), path).toBe(true);
    for (const [index, item] of (value as unknown[]).entries())
      fits(item, form[0] ?? null, `${path}.${index}`);
    return;
  }
  expect(Object.keys(value as object).sort(), path).toEqual(Object.keys(form).sort());
  for (const [key, inner] of Object.entries(form)) fits((value as Json)[key], inner, `${path}.${key}`);
}

/** Expected structure of a value; null for any primitive value. */
type Form = null | Nullable | readonly Form[] | { readonly [key: string]: Form };

class Nullable {
  readonly form: Form;
  constructor(form: Form) {
    this.form = form;
  }
}

const nullable = (form: Form): Nullable => new Nullable(form);
const keys = (text: string): { readonly [key: string]: Form } =>
  Object.fromEntries(text.split(" ").map((key) => [key, null]));

const frame = keys("loss success usable");
const mixerPlayer = { ...keys("time position paused volume filters"), frame };
const player = { ...mixerPlayer, ...keys("mixer mixerEnabled") };
const stackFrame = keys(
  "classLoader moduleName moduleVersion className methodName fileName lineNumber pretty",
);
const innermost = { ...keys("class message suppressed cause"), stack: [stackFrame] };
const error = {
  ...keys("class message"),
  stack: [stackFrame],
  suppressed: [innermost],
  cause: nullable(innermost),
};
const trackInfo = {
  track: null,
  info: keys("class title author length identifier uri isStream isSeekable position"),
};
const loaded = { loadType: null, playlistInfo: null, tracks: [trackInfo] };
const named = keys("name vendor version");
const usage = keys("init used committed max");
const stats = {
  players: keys("total playing"),
  runtime: {
    ...keys("uptime pid managementSpecVersion name"),
    vm: named,
    spec: named,
    version: keys("feature interim update patch pre build optional"),
  },
  os: keys("processors name arch version"),
  cpu: nullable(keys("andesite system")),
  classLoading: keys("loaded totalLoaded unloaded"),
  thread: keys("running daemon peak totalStarted"),
  compilation: keys("name totalTime"),
  memory: { pendingFinalization: null, heap: usage, nonHeap: usage },
  gc: [{ ...keys("name collectionCount collectionTime"), pools: [null] }],
  memoryPools: [
    {
      ...keys("name type collectionUsageThreshold collectionUsageThresholdCount"),
      ...keys("usageThreshold usageThresholdCount"),
      collectionUsage: nullable(usage),
      peakUsage: usage,
      usage,
      managers: [null],
    },
  ],
  memoryManagers: [{ name: null, pools: [null] }],
  frameStats: [keys("user guild success loss")],
} satisfies Form;

const event = "op type userId guildId";

describe.each(everyNode)("18. the models of andesite.py: $name", ({ start }) => {
  it("accept players in every state", async () => {
    const { url, track: named } = await start();
    const track = named("a song");
    const headers = { "User-Id": "1" };
    const change = async (method: string, path: string, body: unknown = {}) =>
      (await sendRequest(`${url}/player/${guildId}${path}`, { method, headers, body })).body as Json;
    const idle = await change("POST", "/stop");
    fits(idle, player);
    expect(idle["position"]).toBeNull();
    expect(Object.keys(idle["filters"] as Json).sort()).toEqual([...filterNames].sort());
    for (const settings of Object.values(idle["filters"] as Json)) {
      expect(settings).toMatchObject({ enabled: false });
    }
    fits(await change("POST", "/play", { track }), player);
    const mixing = await change("PATCH", "/mixer", { enable: true, players: { a: { track }, b: {} } });
    fits(mixing, player);
    const mixer = Object.values(mixing["mixer"] as Json) as Json[];
    expect(mixer).toHaveLength(2);
    for (const one of mixer) {
      fits(one, mixerPlayer);
      expect([typeof one["time"], typeof mixing["time"]]).toEqual(["string", "number"]);
    }
    fits(await change("DELETE", "", undefined), player);
  });

  it("accept the results of loading and decoding", async () => {
    const { url, identifiers, track } = await start();
    const get = async (path: string) => (await sendRequest(url + path)).body;
    const load = (identifier: string) => get(`/loadtracks?identifier=${encodeURIComponent(identifier)}`);
    const { one, list, search, nothing, failure } = identifiers;
    for (const identifier of [one, list, search, nothing]) fits(await load(identifier), loaded);
    fits(((await load(list)) as Json)["playlistInfo"], keys("name selectedTrack"));
    fits(await load(failure), { ...loaded, severity: null, cause: error });
    fits(await get(`/decodetrack?track=${encodeURIComponent(track("a song"))}`), trackInfo);
  });

  it("accept statistics with and without a player", async () => {
    const { url } = await start();
    fits((await sendRequest(`${url}/stats`)).body, stats);
    await sendRequest(`${url}/player/${guildId}/stop`, { method: "POST", headers: { "User-Id": "1" } });
    const { body } = await sendRequest(`${url}/stats`);
    fits(body, stats);
    expect(body).toMatchObject({
      players: { total: 1, playing: 0 },
      runtime: { pid: process.pid, version: { feature: 24 } },
    });
    const { memory, memoryPools } = body as { memory: { heap: Json }; memoryPools: Json[] };
    expect(Number(memory.heap["used"])).toBeGreaterThan(1_000_000);
    expect(Number(memory.heap["max"])).toBeGreaterThan(Number(memory.heap["used"]));
    expect(memoryPools.map(({ name }) => name)).toContain("old_space");
  });

  it("accept every WebSocket message, with the documented exception of the reply to destroy", async () => {
    const { url, track } = await start();
    const socket = await TestSocket.open(url);
    socket.send({ op: "play", guildId, track: track("a song") });
    socket.send({ op: "get-stats" });
    socket.send({ op: "ping", guildId });
    socket.send({ op: "get-player", guildId: "5" });
    await socket.settle();
    socket.send({ op: "stop", guildId });
    await socket.settle();
    const forms: Record<string, Form> = {
      "connection-id": keys("op id"),
      metadata: keys("op data"),
      stats: { ...keys("op userId"), stats },
      pong: keys("op userId guildId"),
      "player-update": { ...keys("op userId guildId"), state: nullable(player) },
      TrackStartEvent: keys(`${event} track`),
      TrackEndEvent: keys(`${event} track reason mayStartNext`),
    };
    const seen = new Set<string>();
    for (const message of socket.received) {
      const name = String(message["type"] ?? message["op"]);
      seen.add(name);
      fits(message, forms[name] ?? {}, name);
    }
    expect([...seen].sort()).toEqual(Object.keys(forms).sort());
    socket.received.length = 0;
    socket.send({ op: "destroy", guildId });
    const [reply] = await socket.messages(1);
    fits(reply, { ...keys("op userId guildId"), state: { ...player, destroyed: null } });
  });
});

it("18. the models of andesite.py accept frame counts", async () => {
  const { url } = await startTestNode();
  await sendRequest(`${url}/player/${guildId}/stop`, { method: "POST", headers: { "User-Id": "1" } });
  const { body } = await sendRequest(`${url}/stats`);
  fits(body, stats);
  const frames = { user: "1", guild: guildId, success: 3_000, loss: 0 };
  expect(body).toMatchObject({ frameStats: [frames] });
});

it("18. the models of andesite.py accept a stuck track", async () => {
  const { url, players, track } = await startTestNode();
  const socket = await TestSocket.open(url);
  socket.send({ op: "play", guildId, track: track("a song") });
  await socket.settle();
  players.emitEvent("1", guildId, "TrackStuckEvent", { track: track("a song"), thresholdMs: 10_000 });
  await socket.until(() => socket.received.some(({ type }) => type === "TrackStuckEvent"));
  const stuck = socket.received.find(({ type }) => type === "TrackStuckEvent");
  fits(stuck, keys(`${event} track thresholdMs`));
});

it("18. the models of andesite.py accept a track that fails during playback", async () => {
  const { url, identifiers } = await everyNode[1].start();
  const socket = await TestSocket.open(url);
  const file = identifiers.failure.replace("raw:", "");
  const info = { title: "broken", author: "Nobody", lengthMs: 60_000, identifier: file, uri: file };
  const source = { name: "local", probe: { name: "mp3", parameters: null } };
  socket.send({ op: "play", guildId, track: encodeTrack({ info, source }), radio: true });
  await socket.until(() => socket.received.some(({ type }) => type === "TrackEndEvent"));
  const events = socket.received.filter(({ op }) => op === "event");
  expect(events.map(({ type }) => type)).toEqual(["TrackStartEvent", "TrackExceptionEvent", "TrackEndEvent"]);
  fits(events[1], { ...keys(`${event} track error`), exception: keys("class message suppressed cause") });
  expect(events[2]).toMatchObject({ reason: "LOAD_FAILED", mayStartNext: true });
});
