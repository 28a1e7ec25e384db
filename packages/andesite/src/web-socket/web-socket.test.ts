import { FakeClock, ScriptedNode, settled } from "@asterite/testkit";
import { afterEach, describe, expect, it } from "vitest";
import {
  ClientClosedError,
  type Clock,
  ConnectionError,
  MissingUserIdError,
  OutOfRangeError,
  PlayerUpdate,
  PongResponse,
  QueueFullError,
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  TrackStartEvent,
  tryConnect,
  WebSocket,
  type WebSocketClientOptions,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "../index.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const startNode = async (options?: Parameters<typeof ScriptedNode.start>[0]): Promise<ScriptedNode> => {
  const node = await ScriptedNode.start(options);
  cleanUps.push(() => node.die());
  return node;
};

const makeClient = (
  url: string,
  options?: WebSocketClientOptions,
  password: string | null = null,
): WebSocket => {
  const client = new WebSocket(url, "1", password, { backoff: { capMs: 20 }, stableAfterMs: 0, ...options });
  cleanUps.push(() => client.close());
  return client;
};

const next = <Event extends object>(client: WebSocket, type: abstract new (...args: never[]) => Event) =>
  client.subscribe(type as abstract new (...args: never[]) => object).first() as Promise<Event>;

describe("the handshake", () => {
  it("sends user and password, and reads id and region", async () => {
    const node = await startNode({ password: "geheim", region: "eu", nodeId: "n1" });
    const client = makeClient(node.webSocketUrl, {}, "geheim");
    expect([client.nodeRegion, client.nodeId, client.connectionId, client.webSocketClient]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    await client.connect();
    expect(client.connected).toBe(true);
    expect([client.nodeRegion, client.nodeId, client.connectionId]).toEqual(["eu", "n1", "1"]);
    const [{ headers, path } = { headers: {}, path: "" }] = node.handshakes;
    expect(path).toBe("websocket");
    expect(headers).toMatchObject({ "user-id": "1", authorization: "geheim" });
    expect(headers).not.toHaveProperty("andesite-resume-id");
    expect(String(client)).not.toContain("geheim");
  });

  it("sends no password where there is none, and takes region and id from the metadata message too", async () => {
    const node = await startNode({ region: "us", nodeId: "n2", metadataHeaders: false });
    const client = makeClient(node.webSocketUrl);
    await client.ping("5");
    expect([client.nodeRegion, client.nodeId]).toEqual(["us", "n2"]);
    expect(node.handshakes[0]?.headers).not.toHaveProperty("authorization");
  });

  it("wants a user id, which may be set later and counts from the next connection", async () => {
    const node = await startNode();
    const client = new WebSocket(node.webSocketUrl, null, null, { stableAfterMs: 0 });
    cleanUps.push(() => client.close());
    expect(client.userId).toBeNull();
    await expect(client.connect()).rejects.toThrow(MissingUserIdError);
    await expect(client.pause("5", true)).rejects.toThrow(MissingUserIdError);
    client.userId = 18446744073709551615n;
    await client.connect();
    expect(node.handshakes[0]?.headers["user-id"]).toBe("18446744073709551615");
  });

  it("resumes with the id of the connection, unless that was forgotten", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl);
    await client.connect();
    await client.disconnect();
    expect(client.connectionId).toBe("1");
    await client.connect();
    expect(node.handshakes[1]?.headers["andesite-resume-id"]).toBe("1");
    await client.disconnect();
    client.deleteConnectionId();
    await client.connect();
    expect(node.handshakes[2]?.headers).not.toHaveProperty("andesite-resume-id");
    await client.reset();
    expect(client.connectionId).toBeNull();
  });
});

describe("resuming", () => {
  it("replays the events that happened while the connection was lost", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl);
    await client.play("5", "A");
    await client.ping("5");
    const reasons: string[] = [];
    client.on(RawMsgReceiveEvent, ({ body }) => body["reason"] && reasons.push(String(body["reason"])));
    const back = next(client, WebSocketConnectEvent);
    client.once(WebSocketDisconnectEvent, () => node.endTrack("5"));
    node.drop();
    await back;
    await client.ping("5");
    expect(reasons).toEqual(["FINISHED"]);
  });
});

describe("attempts", () => {
  /** A client of a node that is not there, and the waits in s that it asked for, which take no time. */
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
    cleanUps.push(() => client.close());
    return { client, waits, url };
  };

  it("waits 1, 2, 5, 8, 11, 14, 18 s between them, and none after the last", async () => {
    const { client, waits, url } = await failing({ maxConnectAttempts: 8 });
    const error = await client.connect().catch((reason: unknown) => reason);
    expect(waits).toEqual([1, 2, 5, 8, 11, 14, 18]);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain("8 attempts");
    expect(String(error)).toContain(new URL(url).host);
    await expect(client.connect()).rejects.toThrow(ClientClosedError);
  });

  it("rejects what is queued when they are used up, and closes", async () => {
    const { client, waits } = await failing({ maxConnectAttempts: 2 });
    const sent = [client.pause("5", true), client.stop("6")];
    for (const promise of sent) await expect(promise).rejects.toThrow("2 attempts");
    expect(client.closed).toBe(true);
    await client.reset();
    expect(client.closed).toBe(false);
    await expect(client.connect({ maxAttempts: 1 })).rejects.toThrow("1 attempt");
    expect(waits).toEqual([1]);
  });

  it("jitters and caps the waits as told", async () => {
    const { client, waits } = await failing({ backoff: { jitter: 0.5, capMs: 4_000, random: () => 1 } });
    await expect(client.connect({ maxAttempts: 5 })).rejects.toThrow(ConnectionError);
    expect(waits).toEqual([0.5, 1, 2, 2]);
  });

  it("leaves no timer behind when it is closed while it waits", async () => {
    const clock = new FakeClock();
    const { client } = await failing({ clock });
    const ended = client.connect().catch((error: unknown) => error);
    while (clock.pending === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await client.close();
    expect(await ended).toBeInstanceOf(ClientClosedError);
    expect(clock.pending).toBe(0);
  });

  it("begins with a wait after a connection that did not last, and counts anew after one that did", async () => {
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
    cleanUps.push(() => client.close());
    await client.connect();
    for (const lastsMs of [0, 0, 5_000, 0]) {
      const back = next(client, WebSocketConnectEvent);
      nowMs += lastsMs;
      node.drop();
      await back;
    }
    expect(waits).toEqual([1_000, 2_000, 1_000]);
  });

  it("refuses a limit of 0", async () => {
    const { client } = await failing();
    await expect(client.connect({ maxAttempts: 0 })).rejects.toThrow(OutOfRangeError);
    expect(() => {
      client.maxConnectAttempts = 0;
    }).toThrow(OutOfRangeError);
  });

  it("goes on after another status than that of a WebSocket", async () => {
    const node = await startNode();
    node.refuseWith = 503;
    const client = makeClient(node.webSocketUrl);
    const connected = client.connect();
    while (node.handshakes.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    node.refuseWith = null;
    await connected;
    expect(client.connected).toBe(true);
  });

  it("says at once that an address is none", () => {
    expect(() => new WebSocket("http://node/", "1", null)).toThrow(OutOfRangeError);
    expect(() => new WebSocket("nonsense", "1", null)).toThrow("wsUri");
    expect(() => new WebSocket("ws://node/", 1 as never, null)).toThrow("userId");
    expect(() => new WebSocket("ws://node/", "1", null, { maxQueuedMessages: 0 })).toThrow(
      "maxQueuedMessages",
    );
  });
});

describe("the queue", () => {
  it("connects by itself and keeps the order, before, during and after connecting", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl);
    const sent = [client.volume("5", 0.1), client.volume("5", 0.2)];
    const connecting = client.connect();
    sent.push(client.volume("5", 0.3));
    await connecting;
    sent.push(client.volume("5", 0.4));
    await Promise.all(sent);
    await client.ping("5");
    expect(node.operations.map(({ fields }) => fields["volume"])).toEqual([10, 20, 30, 40]);
  });

  it("keeps what is sent while the node is away, in order, and announces it once", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl);
    await client.connect();
    const announced: unknown[] = [];
    client.on(RawMsgSendEvent, ({ body }) => announced.push(body["volume"]));
    await node.die();
    const sent = [1, 2, 3].map((volume) => client.volume("5", volume));
    expect(announced).toEqual([100, 200, 300]);
    await node.restart();
    await Promise.all(sent);
    await client.ping("5");
    expect(node.operations.map(({ fields }) => fields["volume"])).toEqual([100, 200, 300]);
    expect(announced).toEqual([100, 200, 300, undefined]);
  });

  it("writes guild and operation into the caller's object", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl);
    const payload = { pause: true };
    await client.send(5n, "pause", payload);
    expect(payload).toEqual({ pause: true, guildId: "5", op: "pause" });
  });

  it("has a limit", async () => {
    const client = makeClient(await ScriptedNode.deadUrl(), { maxQueuedMessages: 2 });
    const sent = [client.stop("5"), client.stop("5")];
    await expect(client.stop("5")).rejects.toThrow(QueueFullError);
    await client.close();
    for (const promise of sent) await expect(promise).rejects.toThrow(ClientClosedError);
  });

  it("refuses when closed", async () => {
    const client = makeClient(await ScriptedNode.deadUrl());
    await client.close();
    await expect(client.stop("5")).rejects.toThrow(ClientClosedError);
    await expect(client.ping("5")).rejects.toThrow(ClientClosedError);
  });
});

describe("ending", () => {
  it("tells wanted from lost connections, each once", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl);
    const events: string[] = [];
    client.on(WebSocketConnectEvent, () => events.push("up"));
    client.on(WebSocketDisconnectEvent, ({ deliberate }) => events.push(deliberate ? "wanted" : "lost"));
    await client.connect();
    await client.connect();
    const back = next(client, WebSocketConnectEvent);
    node.drop();
    await back;
    await client.disconnect();
    await client.disconnect();
    await client.close();
    expect(events).toEqual(["up", "lost", "up", "wanted"]);
    await settled(() => node.sessions.length);
    expect(node.sessions).toHaveLength(0);
  });

  const actions = ["connect", "disconnect", "close", "reset"] as const;
  for (const first of actions) {
    for (const second of actions) {
      it(`leaves nothing behind after ${first} and ${second} at once`, async () => {
        const node = await startNode();
        const client = makeClient(node.webSocketUrl);
        for (const connected of [false, true]) {
          await client.reset();
          if (connected) await client.connect();
          await Promise.allSettled([client[first](), client[second]()]);
          await client.reset();
          await client.connect();
          await client.ping("5");
          expect(await settled(() => node.sessions.length)).toBe(1);
        }
        await client.close();
        expect(await settled(() => node.sessions.length)).toBe(0);
        await expect(client.connect()).rejects.toThrow(ClientClosedError);
      });
    }
  }

  it("finds a node that neither answers nor hangs up", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl, { heartbeat: { intervalMs: 30, timeoutMs: 30 } });
    await client.connect();
    const lost = next(client, WebSocketDisconnectEvent);
    node.stall();
    expect((await lost).deliberate).toBe(false);
    node.resume();
  });

  it("rejects requests whose answer cannot come any more", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl);
    await client.connect();
    node.onOperation = ({ op }) => {
      if (op === "get-player") node.drop();
      return op === "get-player";
    };
    await expect(client.getPlayer("5")).rejects.toThrow(ConnectionError);
  });
});

describe("receiving", () => {
  it("survives garbage, and reads what it can", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl);
    await client.ping("5");
    const raw: unknown[] = [];
    const typed: string[] = [];
    client.on(RawMsgReceiveEvent, ({ body }) => raw.push(body["op"]));
    client.on([PlayerUpdate, TrackStartEvent, PongResponse], (event) => typed.push(event.op));
    for (const text of [
      "{",
      "[]",
      "7",
      '"x"',
      "null",
      "{}",
      '{"op":7}',
      '{"op":"nonsense"}',
      '{"op":"event"}',
      '{"op":"player-update","guildId":{}}',
      `{"op":"player-update","guildId":"5","state":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
      '{"op":"player-update","guildId":"5","extra":{"a":1},"state":{"time":"1700000000000"}}',
    ]) {
      node.sendText(text);
    }
    await client.ping("5");
    expect(raw).toEqual([
      ...[undefined, 7, "nonsense", "event", "player-update", "player-update", "player-update", "pong"],
    ]);
    expect(typed).toEqual(["player-update", "pong"]);
    expect(client.connected).toBe(true);
  });

  it("answers requests for several guilds at once with their own players", async () => {
    for (const form of ["java", "documented"] as const) {
      const node = await startNode({ form });
      const client = makeClient(node.webSocketUrl);
      const guilds = Array.from({ length: 20 }, (_, index) => String(100 + index));
      for (const [index, guild] of guilds.entries()) void client.volume(guild, index / 10);
      const players = await Promise.all(guilds.map((guild) => client.getPlayer(guild)));
      expect(players.map((player) => player?.volume)).toEqual(guilds.map((_, index) => index / 10));
      expect(await client.getPlayer("999")).toBeNull();
      expect((await client.getStats("5")).players.total).toBe(0);
      expect(await client.ping("5")).toBeGreaterThan(0);
    }
  });
});

describe("with a state", () => {
  it("brings players back on a node that was restarted, and sends what it had not carried out", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl, { state: true });
    await client.voiceServerUpdate("5", "s", { endpoint: "e", token: "t" });
    await client.play("5", "A", { volume: 0.5 });
    await client.mixer("5", false, {});
    await client.ping("5");
    node.onOperation = ({ op }) => op === "pause";
    await client.pause("5", true);
    await client.ping("5");
    node.onOperation = null;
    node.operations.length = 0;
    await node.die();
    const back = next(client, WebSocketConnectEvent);
    await node.restart();
    await back;
    await client.ping("5");
    expect(node.player("5")).toMatchObject({ track: "A", volume: 50 });
    expect(node.opsOf("5").slice(0, 2)).toEqual(["voice-server-update", "play"]);
  });

  it("does not disturb players that outlived the connection, and hears of them again", async () => {
    const node = await startNode();
    const client = makeClient(node.webSocketUrl, { state: true, eventBufferTimeout: 0 });
    await client.play("5", "A");
    await client.ping("5");
    node.operations.length = 0;
    const back = next(client, WebSocketConnectEvent);
    node.drop();
    await back;
    await client.ping("5");
    expect(node.operations.map(({ op, fields }) => [op, fields["noReplace"]])).toEqual([["play", true]]);
    const events: unknown[] = [];
    client.on(RawMsgReceiveEvent, ({ body }) => body["op"] === "event" && events.push(body["type"]));
    node.endTrack("5");
    await client.ping("5");
    expect(events).toEqual(["TrackEndEvent"]);
  });
});

describe("tryConnect", () => {
  it("gives a socket, null for what may pass, and rejects for what will not", async () => {
    const node = await startNode();
    const socket = await tryConnect(node.webSocketUrl, { headers: { "User-Id": "1" } });
    expect(socket?.open).toBe(true);
    const first = new Promise<string>((resolve) =>
      socket?.listen({ message: resolve, pong: () => {}, close: () => {} }),
    );
    expect(JSON.parse(await first)).toEqual({ op: "connection-id", id: "1" });
    socket?.terminate();
    expect(await tryConnect(node.webSocketUrl)).toBeNull();
    expect(await tryConnect(await ScriptedNode.deadUrl())).toBeNull();
    expect(await tryConnect("ws://name.invalid/")).toBeNull();
    await expect(tryConnect("http://node/")).rejects.toThrow(OutOfRangeError);
    await expect(tryConnect("ws://node/", { timeoutMs: 0 })).rejects.toThrow("timeoutMs");
  });
});
