import { NatsServer } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { describe, expect, it, onTestFinished } from "vitest";
import { NatsLink } from "./nats-link.ts";

function open(addresses: string): NatsLink {
  const link = new NatsLink({ addresses, logger: silentLogger });
  onTestFinished(() => link.close());
  return link;
}

/** Subscribes to a subject and records the messages as texts. */
function recordMessages(link: NatsLink, subject: string): string[] {
  const received: string[] = [];
  link.subscribe(subject, (message, from) => received.push(`${from} ${Buffer.from(message)}`));
  return received;
}

const publish = (link: NatsLink, subject: string, text: string): void =>
  link.publish(subject, Buffer.from(text));

describe.skipIf(!NatsServer.isInstalled)("NatsLink", () => {
  async function startServer(): Promise<NatsServer> {
    const server = await NatsServer.start();
    onTestFinished(() => server[Symbol.asyncDispose]());
    return server;
  }

  it("delivers messages of others in order, and none of its own", async () => {
    const { url } = await startServer();
    const [one, other] = [open(url), open(url)];
    const early = recordMessages(one, "asterite.test.*");
    await expect.poll(() => one.isConnected && other.isConnected).toBe(true);
    const late = recordMessages(other, "asterite.test.late");
    for (let count = 0; count < 3; count++) publish(other, "asterite.test.x", String(count));
    publish(other, "asterite.test.late", "mine");
    await expect.poll(() => early).toHaveLength(4);
    publish(one, "asterite.test.late", "yours");
    await expect.poll(() => late).toEqual(["asterite.test.late yours"]);
    expect(early.slice(0, 3)).toEqual([0, 1, 2].map((count) => `asterite.test.x ${count}`));
    expect(one.maxMessageBytes).toBe(1_048_576);
  });

  it("drops messages while disconnected, and reconnects by itself", async () => {
    const server = await startServer();
    const [one, other] = [open(server.url), open(server.url)];
    const received = recordMessages(one, "asterite.test");
    let connected = 0;
    one.onConnected(() => connected++);
    await expect.poll(() => one.isConnected && other.isConnected).toBe(true);
    await server.kill();
    await expect.poll(() => one.isConnected || other.isConnected).toBe(false);
    publish(other, "asterite.test", "lost");
    await server.restart();
    await expect.poll(() => one.isConnected && other.isConnected).toBe(true);
    publish(other, "asterite.test", "received");
    await expect.poll(() => received).toEqual(["asterite.test received"]);
    expect(connected).toBe(2);
  });

  it("sends buffered messages before it closes", async () => {
    const { url } = await startServer();
    const [one, other] = [open(url), open(url)];
    const received = recordMessages(one, "asterite.test");
    await expect.poll(() => one.isConnected && other.isConnected).toBe(true);
    publish(other, "asterite.test", "goodbye");
    await other.close();
    publish(other, "asterite.test", "too late");
    await expect.poll(() => received).toEqual(["asterite.test goodbye"]);
    expect(other.isConnected).toBe(false);
  });

  it("retries an unreachable server, and tries the next address", async () => {
    const { port } = await startServer();
    const link = open(`nats://127.0.0.1:1,nats://127.0.0.1:${port}`);
    await expect.poll(() => link.isConnected).toBe(true);
    const never = open("nats://127.0.0.1:1");
    publish(never, "asterite.test", "nowhere");
    await never.close();
    expect(never.isConnected).toBe(false);
  });
});
