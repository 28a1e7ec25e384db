// closed, close and reset of the Andesite document, of each class that has them, on a real node.

import { ClientClosedError, HTTP, HTTPBase } from "@asterite/andesite";
import { describe, expect, it } from "vitest";
import { closeAfterTest } from "../../support/andesite.ts";
import { newMessages, shareNode } from "../../support/shared-node.ts";

const shared = shareNode();

describe.each(["HTTPBase", "HTTP", "WebSocketBase", "WebSocket"] as const)("%s", (name) => {
  /** Creates a client, with a function that uses it. */
  const create = () => {
    if (name === "HTTPBase" || name === "HTTP") {
      const client = closeAfterTest(new (name === "HTTP" ? HTTP : HTTPBase)(shared.node.httpUrl, null));
      return { client, use: () => client.request("GET", "stats") };
    }
    const [client, guild] = [newMessages(name, shared.node), shared.guild()];
    return { client, use: () => client.send(guild, "volume", { volume: 50 }) };
  };

  // Shows andesite: AbstractHTTP.closed AbstractHTTP.close/0,3
  it("closed: is false until the client is closed, which is no longer usable then", async () => {
    const { client, use } = create();
    expect(client.closed).toBe(false);
    await use();
    expect(client.closed).toBe(false);
    expect(await client.close()).toBeUndefined();
    expect(client.closed).toBe(true);
    await expect(use()).rejects.toThrow(ClientClosedError);
  });

  // Shows andesite: AbstractHTTP.close/1-2
  it("close: leaves no connection, running request or queued message behind", async () => {
    const { client, use } = create();
    await use();
    // A request that is running, or a message that waits for a new connection.
    shared.node.refuseWith = 503;
    shared.node.drop();
    const unfinished = use().then(
      () => "done before",
      (error: unknown) => error,
    );
    await client.close();
    expect(["done before", expect.any(ClientClosedError)]).toContainEqual(await unfinished);
    await expect.poll(() => shared.node.sessions.length).toBe(0);
    shared.node.refuseWith = null;
    const handshakes = shared.node.handshakes.length;
    await client.close();
    expect(shared.node.handshakes).toHaveLength(handshakes);
  });

  // Shows andesite: AbstractHTTP.reset
  it("reset: makes a closed client usable again", async () => {
    const { client, use } = create();
    await client.close();
    await expect(use()).rejects.toThrow(ClientClosedError);
    expect(await client.reset()).toBeUndefined();
    expect(client.closed).toBe(false);
    await use();
    await client.close();
    expect(client.closed).toBe(true);
  });
});
