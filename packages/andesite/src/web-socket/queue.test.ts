import { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { QueueFullError } from "../advanced.ts";
import { ClientClosedError, RawMsgSendEvent } from "../index.ts";
import { makeClient, startNode } from "../nodes.test-support.ts";

describe("the queue", () => {
  it("connects automatically and keeps the order before, during and after connecting", async () => {
    const node = await startNode();
    const client = makeClient(node);
    const sent = [client.volume("5", 0.1), client.volume("5", 0.2)];
    const connecting = client.connect();
    sent.push(client.volume("5", 0.3));
    await connecting;
    sent.push(client.volume("5", 0.4));
    await Promise.all(sent);
    await client.ping("5");
    expect(node.operations.map(({ fields }) => fields["volume"])).toEqual([10, 20, 30, 40]);
  });

  it("keeps messages in order while the node is unreachable, and emits each send event once", async () => {
    const node = await startNode();
    const client = makeClient(node);
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

  it("writes guild id and operation into the caller's object", async () => {
    const node = await startNode();
    const client = makeClient(node);
    const payload = { pause: true };
    await client.send(5n, "pause", payload);
    expect(payload).toEqual({ pause: true, guildId: "5", op: "pause" });
  });

  it("rejects messages above the limit", async () => {
    const client = makeClient(await ScriptedNode.deadUrl(), { maxQueuedMessages: 2 });
    const sent = [client.stop("5"), client.stop("5")];
    await expect(client.stop("5")).rejects.toThrow(QueueFullError);
    await client.close();
    for (const promise of sent) await expect(promise).rejects.toThrow(ClientClosedError);
  });

  it("rejects messages when closed", async () => {
    const client = makeClient(await ScriptedNode.deadUrl());
    await client.close();
    await expect(client.stop("5")).rejects.toThrow(ClientClosedError);
    await expect(client.ping("5")).rejects.toThrow(ClientClosedError);
  });
});
