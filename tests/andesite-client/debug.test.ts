// The option `debug` of every client and pool, and options that would be ignored.

import { createClient, createPool, type DebugEntry, HTTP, WebSocket } from "@asterite/andesite";
import { HTTPPool, WebSocketPool } from "@asterite/andesite/advanced";
import { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { closeAfterTest, nodeKinds, startNode, until } from "../support/andesite.ts";

const quick = { backoff: { capMs: 20 }, stableAfterMs: 0 };

/** Collects entries of a debug log. */
function collect() {
  const entries: DebugEntry[] = [];
  const named = (source: string, event: string) =>
    entries.filter((entry) => entry.source === source && entry.event === event).map(({ details }) => details);
  return { entries, named, debug: (entry: DebugEntry) => void entries.push(entry) };
}

describe.each(nodeKinds)("the debug log on $name", ({ start }) => {
  it("of a combined client has attempts, packets and requests, without secrets", async () => {
    const node = await start({ password: "geheim" });
    const { entries, named, debug } = collect();
    const client = createClient(node.httpUrl, node.webSocketUrl, "geheim", "1", { ...quick, debug });
    closeAfterTest(client);
    await client.play("5", node.track("private title"));
    await client.ping("5");
    await client.loadTracks("raw:private search");
    const address = node.webSocketUrl;
    expect(named("socket", "connect-attempt")).toMatchObject([
      { address, userId: "1", hasPassword: true, isResuming: false },
    ]);
    expect(named("socket", "handshake-completed")).toEqual([{ address }]);
    expect(named("socket", "connected")).toEqual([{ address }]);
    expect(named("socket", "packet-sent")).toContainEqual({
      address,
      op: "play",
      guildId: "5",
      bytes: expect.any(Number),
    });
    const received = named("socket", "packet-received").map(({ op }) => op);
    expect(received).toEqual(expect.arrayContaining(["connection-id", "pong", "player-update"]));
    const request = { origin: new URL(node.httpUrl).origin, method: "GET", path: "/loadtracks" };
    expect(named("http", "request-sent")).toEqual([request]);
    expect(named("http", "response-received")).toMatchObject([{ ...request, status: 200 }]);
    node.drop();
    await until(() => named("socket", "connected").length === 2);
    expect(named("socket", "disconnected")).toEqual([{ address, isDeliberate: false }]);
    expect(named("socket", "closed")).toHaveLength(1);
    expect(named("socket", "connect-attempt")[1]).toMatchObject({ isResuming: true });
    expect(JSON.stringify(entries)).not.toMatch(/geheim|private/);
  });

  it("of a pool has scores, assignments, moves and their reasons", async () => {
    const [a, b] = [await start(), await start()];
    const { named, debug } = collect();
    const client = createPool([], [[a.webSocketUrl, null]], {
      userId: "1",
      debug,
      webSocketOptions: quick,
      webSocketPoolOptions: { migrateAfterMs: 20 },
    });
    closeAfterTest(client);
    const pool = client.webSocket as WebSocketPool;
    await client.play("5", a.track("A"));
    await client.ping("5");
    pool.addClient(closeAfterTest(new WebSocket(b.webSocketUrl, "1", null, { ...quick, state: false })));
    await a.die();
    await until(() => named("pool", "guild-moved").length > 0);
    const [one, two] = [`WebSocketBase(${a.webSocketUrl})`, `WebSocket(${b.webSocketUrl})`];
    expect(named("pool", "member-added").map(({ client: added }) => added)).toEqual([one, two]);
    expect(named("pool", "member-scored")[0]).toMatchObject({
      guildId: "5",
      client: one,
      score: [0, 0, expect.any(Number)],
    });
    expect(named("pool", "guild-assigned")[0]).toEqual({ guildId: "5", client: one });
    expect(named("pool", "member-unreachable")).toEqual([{ client: one }]);
    expect(named("pool", "migration-started")[0]).toEqual({ client: one, reason: "unreachable", guilds: 1 });
    expect(named("pool", "guild-moved")).toMatchObject([{ guildId: "5", client: two }]);
    expect(named("socket", "attempt-failed")[0]).toMatchObject({ attempt: 1, error: expect.any(String) });
  });
});

describe("the debug log", () => {
  it("of an HTTP pool has the chosen clients and their failures", async () => {
    const node = await startNode();
    node.respond = () => ({ status: 200, body: {} });
    const { named, debug } = collect();
    const [good, bad] = [
      new HTTP(node.httpUrl, null),
      new HTTP((await ScriptedNode.deadUrl()).replace("ws", "http"), null),
    ];
    const pool = closeAfterTest(new HTTPPool([good, bad], { debug }));
    await pool.request("GET", "stats");
    expect(named("pool", "client-chosen").map(({ client }) => client)).toEqual([String(bad), String(good)]);
    expect(named("pool", "request-failed")).toMatchObject([
      { client: String(bad), method: "GET", path: "stats", error: expect.stringContaining("ECONNREFUSED") },
    ]);
  });

  it("that throws is a warning, and affects nothing else", async () => {
    const warnings: Error[] = [];
    const add = (warning: Error) => void warnings.push(warning);
    process.on("warning", add);
    onTestFinished(() => void process.off("warning", add));
    const node = await startNode();
    const fail = () => {
      throw new Error("mine");
    };
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null, { debug: fail }));
    expect(await client.ping("5")).toBeGreaterThan(0);
    await until(() => warnings.length > 0);
    expect(String(warnings[0])).toContain("the hook debug failed: Error: mine");
    expect(warnings[0]).toMatchObject({ detail: expect.stringContaining("debug.test.ts") });
  });
});

describe("an option that would be ignored", () => {
  const http = () => new HTTP("http://n/", null);
  const socket = (options?: object) => new WebSocket("ws://n/websocket", "1", null, options as never);
  it.each<[field: string, call: () => unknown]>([
    ["pasword", () => socket({ pasword: "x" })],
    ["backoff.jiter", () => socket({ backoff: { jiter: 1 } })],
    ["heartbeat.interval", () => socket({ heartbeat: { interval: 1 } })],
    ["socket.cert", () => socket({ socket: { cert: "" } })],
    ["backoff", () => socket({ backoff: 5 })],
    ["options", () => socket(5 as never)],
    ["debug", () => socket({ debug: true })],
    ["retries", () => new HTTP("http://n/", null, { retries: 1 } as never)],
    ["timeoutMs", () => new HTTPPool([], { timeoutMs: 1 } as never)],
    ["timeoutMs", () => new WebSocketPool([], { timeoutMs: 1 } as never)],
    ["password", () => createClient("http://n/", "ws://n/", null, "1", { password: "" } as never)],
    ["password", () => createPool([], [], { userId: "1", password: "" } as never)],
    [
      "httpOptions.retries",
      () => createPool([["http://n/", null]], [], { userId: "1", httpOptions: { retries: 1 } as never }),
    ],
    ["attempts", () => socket().connect({ attempts: 1 } as never)],
    ["signal", () => socket().connect({ signal: 5 as never })],
    ["timeout", () => socket().getPlayer("5", { timeout: 1 } as never)],
    ["signal", () => socket().ping("5", { signal: {} as never })],
    ["guild", () => socket().waitForReceive(Object as never, { guild: "5" } as never)],
    ["query", () => http().request("GET", "x", { query: {} } as never)],
    ["signal", () => http().request("GET", "x", { signal: 5 as never })],
    ["extend", () => http().loadTracks("x", { extend: true } as never)],
    ["extend", () => http().loadTracksSafe("x", { extend: true } as never)],
    ["source", () => http().searchTracks("x", { source: "youtube" } as never)],
    ["remote", () => http().decodeTrack("x", { remote: true } as never)],
    ["local", () => http().decodeTracks(["x"], { local: true } as never)],
    ["timeout", () => http().getStats({ timeout: 1 } as never)],
    ["seconds", () => http().listen("5", { userId: "1", seconds: 1 } as never)],
  ])("is named: %s", async (field, call) => {
    const error = await Promise.resolve()
      .then(call)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toMatchObject({ name: "InvalidTypeError", field });
  });

  it("is named with those that exist", () => {
    expect(() => socket({ backoff: { jiter: 1 } })).toThrow("one of the options jitter, capMs, random");
  });
});
