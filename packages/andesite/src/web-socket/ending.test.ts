import { settled } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { ConnectionError, WebSocketConnectEvent, WebSocketDisconnectEvent } from "../index.ts";
import { makeClient, nextEvent, startNode } from "../nodes.test-support.ts";

describe("disconnecting", () => {
  it("reports deliberate and lost connections, each once", async () => {
    const node = await startNode();
    const client = makeClient(node);
    const events: string[] = [];
    client.on(WebSocketConnectEvent, () => events.push("up"));
    client.on(WebSocketDisconnectEvent, ({ deliberate }) => events.push(deliberate ? "wanted" : "lost"));
    await client.connect();
    await client.connect();
    const back = nextEvent(client, WebSocketConnectEvent);
    node.drop();
    await back;
    await client.disconnect();
    await client.disconnect();
    await client.close();
    expect(events).toEqual(["up", "lost", "up", "wanted"]);
    await settled(() => node.sessions.length);
    expect(node.sessions).toHaveLength(0);
  });

  it("detects a node that no longer responds", async () => {
    const node = await startNode();
    const client = makeClient(node, { heartbeat: { intervalMs: 30, timeoutMs: 30 } });
    await client.connect();
    const lost = nextEvent(client, WebSocketDisconnectEvent);
    node.stall();
    expect((await lost).deliberate).toBe(false);
    node.resume();
  });

  it("rejects queries whose reply can no longer arrive", async () => {
    const node = await startNode();
    const client = makeClient(node);
    await client.connect();
    node.onOperation = ({ op }) => {
      if (op === "get-player") node.drop();
      return op === "get-player";
    };
    await expect(client.getPlayer("5")).rejects.toThrow(ConnectionError);
  });
});
