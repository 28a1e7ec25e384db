import { FakeClock, ScriptedNode } from "@asterite/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ConnectionTimeoutError, OutOfRangeError } from "../advanced.ts";
import {
  ClientClosedError,
  type Clock,
  ConnectionError,
  ProblemEvent,
  WebSocket,
  type WebSocketClientOptions,
  WebSocketConnectEvent,
  WebSocketConnectFailedEvent,
} from "../index.ts";
import { closeAfterTest, makeClient, nextEvent, startNode, waitUntil } from "../nodes.test-support.ts";
import { playerTransferOf } from "./player-transfer.ts";

describe("attempts", () => {
  /**
   * Creates a client of an unreachable node, and records its back-off delays in s, which elapse immediately.
   */
  const failing = async (options: WebSocketClientOptions = {}) => {
    const waits: number[] = [];
    const clock: Clock = {
      now: () => performance.now(),
      setTimeout: (callback, delayMs) => {
        waits.push(delayMs / 1_000);
        return setTimeout(callback, 0);
      },
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    };
    const url = await ScriptedNode.deadUrl();
    const client = new WebSocket(url, "1", null, { clock, ...options });
    closeAfterTest(client);
    return { client, waits, url };
  };

  it("backs off 1, 2, 5, 8, 11, 14, 18 s, and not after the last one", async () => {
    const { client, waits, url } = await failing({ maxConnectAttempts: 8 });
    const error = await client.connect().catch((reason: unknown) => reason);
    expect(waits).toEqual([1, 2, 5, 8, 11, 14, 18]);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain("8 attempts");
    expect(String(error)).toContain(new URL(url).host);
    await expect(client.connect()).rejects.toThrow(ClientClosedError);
  });

  it("reject queued messages and close the client when all have failed", async () => {
    const { client, waits } = await failing({ maxConnectAttempts: 2 });
    const sent = [client.pause("5", true), client.stop("6")];
    for (const promise of sent) await expect(promise).rejects.toThrow("2 attempts");
    expect(client.closed).toBe(true);
    await client.reset();
    expect(client.closed).toBe(false);
    await expect(client.connect({ maxAttempts: 1 })).rejects.toThrow("1 attempt");
    expect(waits).toEqual([1]);
  });

  it("apply jitter and maximum of the back-off", async () => {
    const { client, waits } = await failing({ backoff: { jitter: 0.5, capMs: 4_000, random: () => 1 } });
    await expect(client.connect({ maxAttempts: 5 })).rejects.toThrow(ConnectionError);
    expect(waits).toEqual([0.5, 1, 2, 2]);
  });

  it("leave no timer when closed during a back-off", async () => {
    const clock = new FakeClock();
    const { client } = await failing({ clock });
    const ended = client.connect().catch((error: unknown) => error);
    while (clock.pending === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await client.close();
    expect(await ended).toBeInstanceOf(ClientClosedError);
    expect(clock.pending).toBe(0);
  });

  it("start with a back-off after a short connection, and reset it after a stable one", async () => {
    const node = await startNode();
    let nowMs = 0;
    const waits: number[] = [];
    const clock: Clock = {
      now: () => nowMs,
      setTimeout: (callback, delayMs) => {
        if (delayMs < 10_000) waits.push(delayMs);
        return setTimeout(callback, delayMs < 10_000 ? 0 : 60_000);
      },
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    };
    const client = new WebSocket(node.webSocketUrl, "1", null, { clock });
    closeAfterTest(client);
    await client.connect();
    for (const lastsMs of [0, 0, 5_000, 0]) {
      const back = nextEvent(client, WebSocketConnectEvent);
      nowMs += lastsMs;
      node.drop();
      await back;
    }
    expect(waits).toEqual([1_000, 2_000, 1_000]);
  });

  it("reject a limit of 0", async () => {
    const { client } = await failing();
    await expect(client.connect({ maxAttempts: 0 })).rejects.toThrow(OutOfRangeError);
    expect(() => {
      client.maxConnectAttempts = 0;
    }).toThrow(OutOfRangeError);
  });

  it("continue after an HTTP status other than 101", async () => {
    const node = await startNode();
    node.refuseWith = 503;
    const client = makeClient(node);
    const connected = client.connect();
    while (node.handshakes.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    node.refuseWith = null;
    await connected;
    expect(client.connected).toBe(true);
  });

  it("throw for an invalid address", () => {
    expect(() => new WebSocket("http://node/", "1", null)).toThrow(OutOfRangeError);
    expect(() => new WebSocket("nonsense", "1", null)).toThrow("wsUri");
    expect(() => new WebSocket("ws://node/", 1 as never, null)).toThrow("userId");
    expect(() => new WebSocket("ws://node/", "1", null, { maxQueuedMessages: 0 })).toThrow(
      "maxQueuedMessages",
    );
  });
});

describe("a caller of connect", () => {
  it("can stop waiting without ending the attempts", async () => {
    const node = await startNode();
    node.refuseWith = 503;
    const client = makeClient(node);
    const patient = client.connect();
    await expect(client.connect({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
    const controller = new AbortController();
    const waiting = client.connect({ signal: controller.signal });
    await waitUntil(() => node.handshakes.length > 0);
    controller.abort(new Error("too slow"));
    await expect(waiting).rejects.toThrow("too slow");
    node.refuseWith = null;
    await patient;
    expect(client.connected).toBe(true);
  });
});

describe("a listener of attempts", () => {
  const listen = (client: WebSocket) => {
    const calls: string[] = [];
    const remove = playerTransferOf(client)?.addListener({
      onGaveUp: () => calls.push("gave up"),
      onRefused: ({ code }) => calls.push(code),
      onAttemptFailed: () => calls.push("failed"),
    });
    return { calls, remove: () => remove?.() };
  };

  it("is called for a refused password, which closes no client", async () => {
    const node = await startNode({ password: "right" });
    const client = makeClient(node, {}, "wrong");
    const { calls, remove } = listen(client);
    await expect(client.connect()).rejects.toThrow(ConnectionError);
    expect([calls, client.closed]).toEqual([["failed", "AUTHENTICATION_FAILED"], false]);
    remove();
    await expect(client.connect()).rejects.toThrow(ConnectionError);
    expect(calls).toHaveLength(2);
  });

  it("is called when the client gives up", async () => {
    const client = makeClient(await ScriptedNode.deadUrl(), { maxConnectAttempts: 2 });
    const { calls } = listen(client);
    await expect(client.connect()).rejects.toThrow(ConnectionError);
    expect(calls).toEqual(["failed", "failed", "gave up"]);
  });
});

describe("a lost connection that cannot be restored", () => {
  it("is reported as a problem", async () => {
    const node = await startNode();
    const client = makeClient(node, { maxConnectAttempts: 1 });
    await client.connect();
    const problem = nextEvent(client, ProblemEvent);
    await node.die();
    const { error } = await problem;
    expect(error).toBeInstanceOf(ConnectionError);
    expect(client.closed).toBe(true);
  });
});

describe("options", () => {
  it.each([
    ["backoff.jitter", { backoff: { jitter: 2 } }],
    ["backoff.capMs", { backoff: { capMs: "1" as never } }],
    ["backoff.random", { backoff: { random: 1 as never } }],
    ["heartbeat.intervalMs", { heartbeat: { intervalMs: 0 } }],
    ["heartbeat.timeoutMs", { heartbeat: { timeoutMs: "1" as never } }],
    ["stableAfterMs", { stableAfterMs: -1 }],
    ["restoreTimeoutMs", { restoreTimeoutMs: 0 }],
    ["eventBufferSeconds", { eventBufferSeconds: -1 }],
    ["eventBufferSeconds", { eventBufferSeconds: Number.POSITIVE_INFINITY }],
    ["maxConnectAttempts", { maxConnectAttempts: 1.5 }],
    ["maxConnectAttempts", { maxConnectAttempts: "1" as never }],
    ["socket.headers.X-A", { socket: { headers: { "X-A": "\n" } } }],
    ["socket.protocols.0", { socket: { protocols: ["a b"] } }],
    ["state", { state: 5 as never }],
    ["backoff.cap", { backoff: { cap: 1 } as never }],
    ["heartbeat.interval", { heartbeat: { interval: 1 } as never }],
    ["socket.timeout", { socket: { timeout: 1 } as never }],
    ["timeout", { timeout: 1 } as never],
  ])("name a wrong %s", (field, options) => {
    const make = () => new WebSocket("ws://node/", "1", null, options);
    expect(make).toThrow(expect.objectContaining({ field }));
  });

  it("treat infinity as never", async () => {
    const node = await startNode();
    const delaysMs: number[] = [];
    const clock: Clock = {
      now: () => performance.now(),
      setTimeout: (callback, delayMs) => {
        delaysMs.push(delayMs);
        return setTimeout(callback, delayMs);
      },
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
    };
    const client = makeClient(node, {
      clock,
      heartbeat: { intervalMs: Number.POSITIVE_INFINITY },
      socket: { timeoutMs: Number.POSITIVE_INFINITY, maxMessageBytes: Number.POSITIVE_INFINITY },
    });
    await client.ping("5");
    // Node's timers treat longer delays as 1 ms.
    expect(delaysMs).toEqual([2 ** 31 - 1]);
  });
});

describe("the wait of connect", () => {
  it("has a time limit, after which the attempts continue", async () => {
    const client = makeClient(await ScriptedNode.deadUrl());
    const error = await client.connect({ timeoutMs: 50 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionTimeoutError);
    expect(error).toMatchObject({ timeoutMs: 50, cause: { code: "CONNECTION_ERROR" } });
    expect(String(error)).toContain("not connected within 50 ms");
    expect(client.closed).toBe(false);
    // A later attempt fails as well: they continue.
    await nextEvent(client, WebSocketConnectFailedEvent);
    await expect(client.connect({ timeoutMs: 0 })).rejects.toThrow(OutOfRangeError);
  });

  it("ends after a minute by default, and with the attempts where their number is limited", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const open = { clock: { now: () => 0, setTimeout: () => null, clearTimeout: () => {} } };
    const url = await ScriptedNode.deadUrl();
    const outcomes: unknown[] = [];
    const connect = (client: WebSocket, name: string) =>
      void client.connect().then(
        () => outcomes.push(name),
        (error: unknown) => outcomes.push(name, error instanceof ConnectionTimeoutError),
      );
    connect(closeAfterTest(new WebSocket(url, "1", null, open)), "default");
    connect(closeAfterTest(new WebSocket(url, "1", null, { ...open, maxConnectAttempts: 2 })), "limited");
    await vi.advanceTimersByTimeAsync(59_000);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(outcomes).toEqual(["default", true]);
  });
});
