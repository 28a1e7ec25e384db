// Check-list of the client's contract (section 14), items 5 to 9: handshake, back-off, queue, concurrent
// connecting and closeAfterTest, and their events. Tests also run with a complete node, except item 6, which
// needs rejected handshakes, and those without a node.

import {
  ClientClosedError,
  type Clock,
  ConnectionError,
  RawMsgSendEvent,
  tryConnect,
  WebSocket,
  type WebSocketClientOptions,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "@asterite/andesite";
import { OutOfRangeError } from "@asterite/andesite/advanced";
import { FakeClock, ScriptedNode, settled } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { closeAfterTest, nodeKinds, type ObservedNode, startNode, until } from "../support/andesite.ts";

const quick = { backoff: { capMs: 10 }, stableAfterMs: 0 };
const makeClient = (
  node: ObservedNode | ScriptedNode | string,
  options?: WebSocketClientOptions,
  password?: string,
) => {
  const url = typeof node === "string" ? node : node.webSocketUrl;
  return closeAfterTest(new WebSocket(url, "1", password ?? null, { ...quick, ...options }));
};
const headersOf = (node: ObservedNode, index = -1) => node.handshakes.at(index)?.headers ?? {};
const volumesOf = (node: ObservedNode) => node.operations.map(({ fields }) => fields["volume"]);
/** Drops the connection and waits until it is restored. */
const lose = async (client: WebSocket, node: ObservedNode) => {
  const back = client.subscribe(WebSocketConnectEvent).first();
  node.drop();
  await back;
};

describe.each(nodeKinds)("14.5 Handshake with $name", ({ start }) => {
  it("14.5 sends the password", async () => {
    const node = await start({ password: "geheim" });
    await makeClient(node, {}, "geheim").connect();
    expect(headersOf(node)).toMatchObject({ "user-id": "1", authorization: "geheim" });
  });

  it("14.5 sends no password header without a password", async () => {
    const node = await start();
    await makeClient(node).connect();
    expect(headersOf(node)).not.toHaveProperty("authorization");
  });

  it("14.5 applies a changed user id to the next connection", async () => {
    const node = await start();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, null, null, quick));
    expect(client.userId).toBeNull();
    await expect(client.connect()).rejects.toThrow("userId");
    client.userId = 18446744073709551615n;
    await client.connect();
    expect(headersOf(node)["user-id"]).toBe("18446744073709551615");
    client.userId = "2";
    await lose(client, node);
    expect(headersOf(node)["user-id"]).toBe("2");
  });

  it("14.5 resumes with the connection id on a reconnect and after a disconnect", async () => {
    const node = await start();
    const client = makeClient(node);
    await client.connect();
    expect(headersOf(node)).not.toHaveProperty("andesite-resume-id");
    const first = client.connectionId;
    await lose(client, node);
    expect(headersOf(node)["andesite-resume-id"]).toBe(first);
    await client.disconnect();
    const second = client.connectionId;
    expect([first, second]).toEqual([
      expect.stringMatching(/^\d+$/),
      expect.not.stringMatching(`^${first}$`),
    ]);
    await client.connect();
    expect(headersOf(node)["andesite-resume-id"]).toBe(second);
  });

  it("14.5 does not resume after the id was deleted in either way, or reset", async () => {
    const node = await start();
    const client = makeClient(node);
    for (const forget of [
      () => client.deleteConnectionId(),
      () => {
        client.connectionId = null;
      },
      () => client.reset(),
    ]) {
      await client.connect();
      await client.disconnect();
      await forget();
      expect(client.connectionId).toBeNull();
      await client.connect();
      expect(headersOf(node)).not.toHaveProperty("andesite-resume-id");
      await client.disconnect();
    }
  });
});

describe("14.6 Back-off", () => {
  /** Clock that records the requested delays. */
  class NotingClock extends FakeClock {
    readonly delaysMs: number[] = [];
    override setTimeout(callback: () => void, delayMs: number) {
      this.delaysMs.push(delayMs);
      return super.setTimeout(callback, delayMs);
    }
  }
  /** Lets a number of delays elapse, checking each at its last ms, and returns them in seconds. */
  const pass = async (clock: NotingClock, count: number) => {
    const waits: number[] = [];
    while (waits.length < count) {
      await until(() => clock.pending === 1);
      const delayMs = clock.delaysMs.at(-1) ?? 0;
      await clock.advance(delayMs - 1);
      expect(clock.pending).toBe(1);
      await clock.advance(1);
      waits.push(delayMs / 1_000);
    }
    return waits;
  };

  it("14.6 backs off floor(n^1.5) s, and starts again after a success", async () => {
    const node = await startNode();
    node.refuseWith = 503;
    const clock = new NotingClock();
    const heartbeat = { intervalMs: Number.POSITIVE_INFINITY };
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null, { clock, heartbeat }));
    const connected = client.connect();
    expect(await pass(clock, 10)).toEqual([1, 2, 5, 8, 11, 14, 18, 22, 27, 31]);
    await until(() => node.handshakes.length === 11);
    node.refuseWith = null;
    expect(await pass(clock, 1)).toEqual([36]);
    await connected;
    // Longer than `stableAfterMs`, so that no back-off follows.
    await clock.advance(2_000);
    node.refuseWith = 503;
    node.drop();
    await until(() => !client.connected);
    expect(await pass(clock, 3)).toEqual([1, 2, 5]);
    await client.close();
    expect(clock.pending).toBe(0);
  });

  it("14.6 prefers the limit of the call over that of the client, and has no delay after the last attempt", async () => {
    const node = await startNode();
    node.refuseWith = 503;
    const client = makeClient(node, { maxConnectAttempts: 5 });
    const error: unknown = await client.connect({ maxAttempts: 2 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain("2 attempts");
    expect(String(error)).toContain(new URL(node.webSocketUrl).host);
    expect(node.handshakes).toHaveLength(2);
  });

  it("14.6 uses the limit of the client, which may be changed", async () => {
    const node = await startNode();
    node.refuseWith = 503;
    const client = makeClient(node, { maxConnectAttempts: 5 });
    client.maxConnectAttempts = 3;
    await expect(client.connect()).rejects.toThrow("3 attempts");
    expect(node.handshakes).toHaveLength(3);
    expect(() => {
      client.maxConnectAttempts = 0;
    }).toThrow(RangeError);
    await client.reset();
    await expect(client.connect({ maxAttempts: 0 })).rejects.toThrow(RangeError);
  });

  it("14.6 closes when the limit is exceeded, even after a lost connection", async () => {
    const node = await startNode();
    const client = makeClient(node, { maxConnectAttempts: 2 });
    await client.connect();
    node.refuseWith = 503;
    node.drop();
    await until(() => client.closed);
    await expect(client.connect()).rejects.toThrow(ClientClosedError);
    await client.reset();
    expect(client.closed).toBe(false);
  });

  it("14.6 does not retry an invalid address", async () => {
    for (const uri of ["http://node/", "nonsense", "ws://user:password@node/"]) {
      expect(() => new WebSocket(uri, "1", null)).toThrow(OutOfRangeError);
      await expect(tryConnect(uri)).rejects.toThrow(OutOfRangeError);
    }
    expect(await tryConnect(await ScriptedNode.deadUrl())).toBeNull();
  });
});

describe.each(nodeKinds)("14.7 Queue to $name", ({ start }) => {
  it("14.7 sends messages from before, during and after connecting in order", async () => {
    const node = await start();
    const client = makeClient(node);
    const sent = [client.volume("5", 0.1)];
    const connecting = client.connect();
    sent.push(client.volume("6", 0.2));
    await connecting;
    sent.push(client.volume("5", 0.3));
    await Promise.all(sent);
    await client.ping("5");
    expect(volumesOf(node)).toEqual([10, 20, 30]);
  });

  it("14.7 sends messages from a reconnect in order", async () => {
    const node = await start();
    const client = makeClient(node);
    await client.connect();
    await node.die();
    const sent = [1, 2, 3].map((volume) => client.volume("5", volume));
    await until(() => !client.connected);
    sent.push(client.volume("5", 4));
    await node.restart();
    await Promise.all(sent);
    await client.ping("5");
    expect(volumesOf(node)).toEqual([100, 200, 300, 400]);
  });

  it("14.7 loses and reorders no message when a transmission fails", async () => {
    const node = await start();
    const client = makeClient(node, { state: true });
    await client.connect();
    // Large enough that the connection is dropped while most messages are in flight.
    const note = "x".repeat(20_000);
    const sent = Array.from({ length: 200 }, (_, volume) => client.send("5", "volume", { volume, note }));
    node.onOperation = ({ fields }) => {
      if (fields["volume"] !== 50) return false;
      node.onOperation = null;
      node.drop();
      return true;
    };
    await Promise.all(sent);
    await until(() => volumesOf(node).at(-1) === 199);
    const arrived = volumesOf(node) as number[];
    expect(new Set(arrived).size).toBe(200);
    // The node may still process messages that it had received when it dropped the connection, so the second
    // transmission begins where the order first goes back.
    const resentAt = arrived.findIndex((volume, index) => volume <= (arrived[index - 1] ?? -1));
    expect(resentAt).toBeGreaterThan(50);
    for (const transmission of [arrived.slice(0, resentAt), arrived.slice(resentAt)]) {
      expect(transmission).toEqual(transmission.toSorted((one, other) => one - other));
    }
  });

  it("14.7 emits RawMsgSendEvent exactly once, before the transmission", async () => {
    const node = await start();
    const client = makeClient(node);
    const announced: unknown[] = [];
    client.on(RawMsgSendEvent, ({ guildId, op, body }) => announced.push([guildId, op, { ...body }]));
    await client.connect();
    await node.die();
    const sent = client.pause(5n, true);
    expect(announced).toEqual([["5", "pause", { op: "pause", guildId: "5", pause: true }]]);
    await node.restart();
    await sent;
    await lose(client, node);
    await client.ping("5");
    expect(announced.map((entry) => (entry as unknown[])[1])).toEqual(["pause", "ping"]);
  });
});

describe("14.7 Queue without a node", () => {
  it("14.7 rejects queued messages when giving up", async () => {
    const client = makeClient(await ScriptedNode.deadUrl(), { maxConnectAttempts: 2 });
    const sent = [client.stop("5"), client.stop("6")];
    for (const promise of sent) await expect(promise).rejects.toThrow(ConnectionError);
  });

  it("14.7 rejects queued messages when closing and disconnecting", async () => {
    const client = makeClient(await ScriptedNode.deadUrl());
    const first = client.stop("5").catch((error: unknown) => error);
    await client.disconnect();
    expect(await first).toBeInstanceOf(ConnectionError);
    const second = client.stop("5").catch((error: unknown) => error);
    await client.close();
    expect(await second).toBeInstanceOf(ClientClosedError);
    await expect(client.stop("5")).rejects.toThrow(ClientClosedError);
  });
});

/** System clock that counts its running timers. */
class CountingClock implements Clock {
  readonly running = new Set<unknown>();
  now = () => performance.now();
  setTimeout(callback: () => void, delayMs: number): unknown {
    const timer = setTimeout(() => {
      this.running.delete(timer);
      callback();
    }, delayMs);
    this.running.add(timer);
    return timer;
  }
  clearTimeout(timer: unknown): void {
    this.running.delete(timer);
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  }
}

describe.each(nodeKinds)("14.8 Connecting and ending at the same time, with $name", ({ start }) => {
  const actions = ["connect", "disconnect", "close", "reset"] as const;
  const pairs = actions.flatMap((first) => actions.map((second) => [first, second] as const));
  const states = {
    "while idle": () => Promise.resolve(),
    "while connecting": (client: WebSocket) => void client.connect().catch(() => {}),
    "while connected": (client: WebSocket) => client.connect(),
  };
  describe.each(Object.keys(states) as (keyof typeof states)[])("14.8 %s", (state) => {
    it.each(pairs)("%s and %s leave at most one connection, and finally no timer", async (first, second) => {
      const node = await start();
      const clock = new CountingClock();
      const client = makeClient(node, { clock });
      await states[state](client);
      await Promise.allSettled([client[first](), client[second]()]);
      if (client.closed) await client.reset();
      await client.connect();
      await client.ping("5");
      expect(await settled(() => node.sessions.length)).toBe(1);
      await client.close();
      await until(() => node.sessions.length === 0);
      expect(clock.running.size).toBe(0);
      await expect(client.connect()).rejects.toThrow(ClientClosedError);
    });
  });
});

describe.each(nodeKinds)("14.9 Disconnect events, with $name", ({ start }) => {
  it("14.9 emits deliberate and accidental ones once each, and none without a connection", async () => {
    const node = await start();
    const client = makeClient(node);
    const events: string[] = [];
    client.on(WebSocketConnectEvent, (event) => events.push(event.client === client ? "up" : "?"));
    client.on(WebSocketDisconnectEvent, ({ deliberate }) => events.push(deliberate ? "wanted" : "lost"));
    await client.disconnect();
    await client.connect();
    await client.connect();
    await lose(client, node);
    await Promise.all([client.disconnect(), client.disconnect()]);
    await client.connect();
    await client.reset();
    await client.connect();
    await client.close();
    await client.close();
    expect(events).toEqual(["up", "lost", "up", "wanted", "up", "wanted", "up", "wanted"]);
  });

  it("14.9 treats a stopped and a silent node as accidental", async () => {
    for (const end of ["die", "stall"] as const) {
      const node = await start();
      const client = makeClient(node, { heartbeat: { intervalMs: 30, timeoutMs: 30 } });
      await client.connect();
      const lost = client.subscribe(WebSocketDisconnectEvent);
      await node[end]();
      expect((await lost.next()).deliberate).toBe(false);
      await client.close();
      expect(await settled(() => Number(lost.closed))).toBe(1);
      lost.unsubscribe();
    }
  });
});
