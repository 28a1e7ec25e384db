import { settled } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  ClientClosedError,
  ConnectionError,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "../index.ts";
import { makeClient, nextEvent, startNode } from "../nodes.test-support.ts";

describe("ending", () => {
  it("tells wanted from lost connections, each once", async () => {
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

  const actions = ["connect", "disconnect", "close", "reset"] as const;
  for (const first of actions) {
    for (const second of actions) {
      it(`leaves nothing behind after ${first} and ${second} at once`, async () => {
        const node = await startNode();
        const client = makeClient(node);
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
    const client = makeClient(node, { heartbeat: { intervalMs: 30, timeoutMs: 30 } });
    await client.connect();
    const lost = nextEvent(client, WebSocketDisconnectEvent);
    node.stall();
    expect((await lost).deliberate).toBe(false);
    node.resume();
  });

  it("rejects requests whose answer cannot come any more", async () => {
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
