import { SubscriptionClosed } from "@asterite/observable";
import { describe, expect, it } from "vitest";
import { Client, createClient, createPool, HTTPBase, WebSocketConnectEvent } from "../index.ts";
import { closeAfterTest, makeClient, makePool, startNode } from "../nodes.test-support.ts";

/** Returns the error with which a wait for a connection ends. */
const endOfWait = (client: Pick<Client, "subscribe">): Promise<unknown> =>
  client
    .subscribe(WebSocketConnectEvent)
    .first()
    .catch((error: unknown) => error);

describe("close", () => {
  it.each([
    ["a WebSocket client", () => makeClient("ws://127.0.0.1:1/")],
    ["a pool", () => makePool([])],
    [
      "a combined client",
      () => closeAfterTest(createClient("http://127.0.0.1:1", "ws://127.0.0.1:1", null, "1")),
    ],
    ["a combined pool", () => closeAfterTest(createPool([], [], { userId: "1" }))],
  ])("ends the waits for events of %s, and reset allows new ones", async (_name, make) => {
    const client = make();
    const waiting = endOfWait(client);
    await client.close();
    expect(await waiting).toBeInstanceOf(SubscriptionClosed);
    expect(await endOfWait(client)).toBeInstanceOf(SubscriptionClosed);
    await client.reset();
    const event = client.subscribe(WebSocketConnectEvent).first();
    const emitted = new WebSocketConnectEvent(makeClient("ws://127.0.0.1:1/"));
    await client.eventTarget.emit(emitted);
    expect(await event).toBe(emitted);
  });

  it("ends those of a combined client when its WebSocket client gives up", async () => {
    const client = createClient("http://127.0.0.1:1", "ws://127.0.0.1:1", null, "1", {
      maxConnectAttempts: 1,
    });
    closeAfterTest(client);
    const waiting = endOfWait(client);
    await expect(client.connect()).rejects.toMatchObject({ code: "CONNECTION_ERROR" });
    expect(client.closed).toBe(true);
    expect(await waiting).toBeInstanceOf(SubscriptionClosed);
  });

  it("leaves those of a combined client whose WebSocket client was replaced", async () => {
    const node = await startNode();
    const [before, after] = [makeClient("ws://127.0.0.1:1/"), makeClient(node)];
    const client = closeAfterTest(new Client(new HTTPBase(node.httpUrl, null), before));
    client.webSocket = after;
    const waiting = client.subscribe(WebSocketConnectEvent).first();
    await before.close();
    await after.connect();
    expect((await waiting).client).toBe(after);
  });
});
