import { getEventListeners } from "node:events";
import { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { InvalidTypeError, MissingUserIdError, OutOfRangeError } from "../advanced.ts";
import {
  RawMsgReceiveEvent,
  tryConnect,
  WebSocket,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "../index.ts";
import { closeAfterTest, encoded, makeClient, nextEvent, startNode } from "../nodes.test-support.ts";

describe("the handshake", () => {
  it("sends user id and password, and reads node id and region", async () => {
    const node = await startNode({ password: "geheim", region: "eu", nodeId: "n1" });
    const client = makeClient(node, {}, "geheim");
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

  it("sends no password without one, and reads region and id from the metadata message", async () => {
    const node = await startNode({ region: "us", nodeId: "n2", metadataHeaders: false });
    const client = makeClient(node);
    await client.ping("5");
    expect([client.nodeRegion, client.nodeId]).toEqual(["us", "n2"]);
    expect(node.handshakes[0]?.headers).not.toHaveProperty("authorization");
  });

  it("requires a user id; a change applies to the next connection", async () => {
    const node = await startNode();
    const client = new WebSocket(node.webSocketUrl, null, null, { stableAfterMs: 0 });
    closeAfterTest(client);
    expect(client.userId).toBeNull();
    await expect(client.connect()).rejects.toThrow(MissingUserIdError);
    await expect(client.pause("5", true)).rejects.toThrow(MissingUserIdError);
    client.userId = 18446744073709551615n;
    await client.connect();
    expect(node.handshakes[0]?.headers["user-id"]).toBe("18446744073709551615");
  });

  it("resumes with the connection id, unless it was deleted", async () => {
    const node = await startNode();
    const client = makeClient(node);
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

describe("node region and id", () => {
  it("are those of the latest connection, from headers or metadata", async () => {
    const options = { region: "eu", nodeId: "n1", metadataHeaders: false };
    const node = await startNode(options);
    const client = makeClient(node);
    await client.ping("5");
    Object.assign(options, { region: "us", nodeId: "n2" });
    await client.disconnect();
    expect([client.nodeRegion, client.nodeId]).toEqual(["eu", "n1"]);
    await client.ping("5");
    expect([client.nodeRegion, client.nodeId]).toEqual(["us", "n2"]);
  });
});

describe("connectionId", () => {
  it("cannot be set to an id", () => {
    const client = makeClient("ws://node/");
    expect(() => {
      client.connectionId = "7" as never;
    }).toThrow(InvalidTypeError);
  });
});

describe("resuming", () => {
  it("replays events that occurred while the connection was lost", async () => {
    const node = await startNode();
    const client = makeClient(node);
    await client.play("5", encoded("A"));
    await client.ping("5");
    const reasons: string[] = [];
    client.on(RawMsgReceiveEvent, ({ body }) => body["reason"] && reasons.push(String(body["reason"])));
    const back = nextEvent(client, WebSocketConnectEvent);
    client.once(WebSocketDisconnectEvent, () => node.endTrack("5"));
    node.drop();
    await back;
    await client.ping("5");
    expect(reasons).toEqual(["FINISHED"]);
  });
});

describe("tryConnect", () => {
  it("returns a socket, or null for failures that a retry may solve, and rejects for others", async () => {
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

describe("a socket of tryConnect", () => {
  it("reports its end also to a listener that is set afterwards", async () => {
    const node = await startNode();
    const socket = await tryConnect(node.webSocketUrl, { headers: { "User-Id": "1" } });
    if (!socket) throw new Error("no socket");
    await node.die();
    const ended = new Promise<number>((resolve) => {
      const listen = () => socket.listen({ message: () => {}, pong: () => {}, close: resolve });
      // The end of a paused socket is detected by writing.
      const write = () => {
        if (socket.open) socket.send("{}", () => setImmediate(write));
        else listen();
      };
      write();
    });
    expect(await ended).toBe(1_006);
  });

  it.each([
    ["headers.X-A", { headers: { "X-A": 5 as never } }],
    ["headers.X-A", { headers: { "X-A": "secret\n" } }],
    ["headers.X A", { headers: { "X A": "1" } }],
    ["protocols", { protocols: "x" as never }],
    ["protocols.1", { protocols: ["a", "b:c"] }],
    ["protocols.1", { protocols: ["a", "a"] }],
    ["ca", { ca: 5 as never }],
    ["maxMessageBytes", { maxMessageBytes: 0 }],
    ["timeoutMs", { timeoutMs: "5" as never }],
  ])("is refused for a wrong %s", async (field, options) => {
    const refused = tryConnect("ws://127.0.0.1:9/", options);
    await expect(refused).rejects.toThrow(expect.objectContaining({ field }));
    await expect(refused).rejects.not.toThrow("secret");
  });

  it("waits without limit for an infinite timeout", async () => {
    const node = await startNode();
    const socket = await tryConnect(node.webSocketUrl, {
      headers: { "User-Id": "1" },
      timeoutMs: Number.POSITIVE_INFINITY,
    });
    expect(socket?.open).toBe(true);
    socket?.terminate();
  });

  it("leaves no timer", async () => {
    const node = await startNode();
    const signal = new AbortController();
    for (let attempt = 0; attempt < 3; attempt++) {
      const socket = await tryConnect(node.webSocketUrl, {
        headers: { "User-Id": "1" },
        signal: signal.signal,
      });
      socket?.terminate();
    }
    expect(getEventListeners(signal.signal, "abort")).toHaveLength(0);
  });
});
