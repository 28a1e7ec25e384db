import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { settled } from "../settled.ts";
import { ScriptedNode } from "./scripted-node.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const startNode = async () => {
  const node = await ScriptedNode.start();
  cleanUps.push(() => node.die());
  return node;
};

/** Connects a client to the node and collects the messages that it receives. */
const connectTo = async (node: ScriptedNode) => {
  const received: Record<string, unknown>[] = [];
  const webSocket = new WebSocket(node.webSocketUrl, { headers: { "User-Id": "1" } });
  webSocket.on("error", () => {});
  webSocket.on("message", (data) => received.push(JSON.parse(String(data))));
  cleanUps.push(() => webSocket.terminate());
  await new Promise((resolve) => webSocket.once("open", resolve));
  const send = (body: object) => webSocket.send(JSON.stringify(body));
  return { webSocket, received, send };
};
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (condition: () => boolean) => {
  while (!condition()) await sleep(2);
};
const opsOf = (received: readonly Record<string, unknown>[]) => received.map(({ op }) => op);

describe("delayMs", () => {
  it("delays answers of both kinds and keeps their order", async () => {
    const node = await startNode();
    node.respond = () => ({ status: 200, body: {} });
    const { received, send } = await connectTo(node);
    await until(() => received.length === 2);
    node.delayMs = 1_000;
    const startMs = performance.now();
    send({ op: "play", guildId: "5", track: "A" });
    send({ op: "ping", guildId: "5" });
    const answer = fetch(`${node.httpUrl}stats`);
    await until(() => node.operations.length === 1 && node.requests.length === 1);
    // Applied immediately, answered later.
    expect(node.player("5")?.track).toBe("A");
    expect(received).toHaveLength(2);
    await until(() => received.length === 6);
    // A timer may fire slightly early by the other clock.
    expect(performance.now() - startMs).toBeGreaterThan(995);
    expect((await answer).status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThan(995);
    expect(opsOf(received).slice(2)).toEqual(["player-update", "event", "player-update", "pong"]);
  });

  it("applies to requests received after it was set", async () => {
    const node = await startNode();
    const { received, send } = await connectTo(node);
    await until(() => received.length === 2);
    node.delayMs = 1_000;
    send({ op: "ping", guildId: "5", late: true });
    send({ op: "play", guildId: "5", track: "A" });
    await until(() => node.operations.length === 1);
    node.delayMs = 0;
    send({ op: "ping", guildId: "5", late: false });
    await until(() => received.filter(({ op }) => op === "pong").length === 2);
    expect(received.filter(({ op }) => op === "pong").map(({ late }) => late)).toEqual([false, true]);
  });

  it("leaves no answer behind when the node dies", async () => {
    const started = vi.spyOn(globalThis, "setTimeout");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    cleanUps.push(() => vi.restoreAllMocks());
    const node = await startNode();
    node.respond = () => ({ status: 200, body: {} });
    const { webSocket, send } = await connectTo(node);
    node.delayMs = 60_000;
    send({ op: "play", guildId: "5", track: "A" });
    const answer = fetch(`${node.httpUrl}stats`).catch(() => "none");
    await until(() => node.operations.length === 1 && node.requests.length === 1);
    const closed = new Promise((resolve) => webSocket.once("close", resolve));
    await node.die();
    await closed;
    expect(await answer).toBe("none");
    // Sockets and the test runner start and end timers of their own, so only those of the answers are
    // compared.
    const delays = started.mock.results.filter((_, index) => started.mock.calls[index]?.[1] === 60_000);
    expect(delays).toHaveLength(4);
    for (const { value } of delays) expect(cleared).toHaveBeenCalledWith(value);
  });
});

describe("stall", () => {
  it("answers requests and handshakes that arrived during the stall once it is over", async () => {
    const node = await startNode();
    node.respond = () => ({ status: 200, body: {} });
    node.stall();
    const connecting = connectTo(node);
    const answer = fetch(`${node.httpUrl}stats`);
    expect(await settled(() => node.sessions.length + node.requests.length)).toBe(0);
    node.resume();
    const { received } = await connecting;
    await until(() => received.length === 2);
    expect((await answer).status).toBe(200);
  });
});
