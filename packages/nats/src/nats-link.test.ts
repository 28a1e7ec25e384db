import { NatsServer } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { NatsLink, type NatsLogger } from "./nats-link.ts";

const ignore = (): void => {};
const logger: NatsLogger = { debug: ignore, info: ignore, warn: ignore };

function open(addresses: string): NatsLink {
  const link = new NatsLink({ addresses, logger });
  onTestFinished(() => link.close());
  return link;
}

/** What a link hears on a subject, as texts. */
function heardBy(link: NatsLink, subject: string): string[] {
  const heard: string[] = [];
  link.subscribe(subject, (message, from) => heard.push(`${from} ${Buffer.from(message)}`));
  return heard;
}

const publish = (link: NatsLink, subject: string, text: string): void =>
  link.publish(subject, Buffer.from(text));

describe.skipIf(!NatsServer.isInstalled)("a link over NATS", () => {
  async function startServer(): Promise<NatsServer> {
    const server = await NatsServer.start();
    onTestFinished(() => server[Symbol.asyncDispose]());
    return server;
  }

  it("hands on what others publish in their order, and nothing of its own", async () => {
    const { url } = await startServer();
    const [one, other] = [open(url), open(url)];
    const early = heardBy(one, "asterite.test.*");
    await expect.poll(() => one.isConnected && other.isConnected).toBe(true);
    const late = heardBy(other, "asterite.test.late");
    for (let count = 0; count < 3; count++) publish(other, "asterite.test.x", String(count));
    publish(other, "asterite.test.late", "mine");
    await expect.poll(() => early).toHaveLength(4);
    publish(one, "asterite.test.late", "yours");
    await expect.poll(() => late).toEqual(["asterite.test.late yours"]);
    expect(early.slice(0, 3)).toEqual([0, 1, 2].map((count) => `asterite.test.x ${count}`));
    expect(one.maxMessageBytes).toBe(1_048_576);
  });

  it("drops what is published without a connection, and comes back by itself", async () => {
    const server = await startServer();
    const [one, other] = [open(server.url), open(server.url)];
    const heard = heardBy(one, "asterite.test");
    let connected = 0;
    one.onConnected(() => connected++);
    await expect.poll(() => one.isConnected && other.isConnected).toBe(true);
    await server.kill();
    await expect.poll(() => one.isConnected || other.isConnected).toBe(false);
    publish(other, "asterite.test", "lost");
    await server.restart();
    await expect.poll(() => one.isConnected && other.isConnected).toBe(true);
    publish(other, "asterite.test", "heard");
    await expect.poll(() => heard).toEqual(["asterite.test heard"]);
    expect(connected).toBe(2);
  });

  it("sends what was published last before it closes", async () => {
    const { url } = await startServer();
    const [one, other] = [open(url), open(url)];
    const heard = heardBy(one, "asterite.test");
    await expect.poll(() => one.isConnected && other.isConnected).toBe(true);
    publish(other, "asterite.test", "goodbye");
    await other.close();
    publish(other, "asterite.test", "too late");
    await expect.poll(() => heard).toEqual(["asterite.test goodbye"]);
    expect(other.isConnected).toBe(false);
  });

  it("waits for a server that is not there yet, and goes on to the next address", async () => {
    const { port } = await startServer();
    const link = open(`nats://127.0.0.1:1,nats://127.0.0.1:${port}`);
    await expect.poll(() => link.isConnected).toBe(true);
    const never = open("nats://127.0.0.1:1");
    publish(never, "asterite.test", "nowhere");
    await never.close();
    expect(never.isConnected).toBe(false);
  });
});
