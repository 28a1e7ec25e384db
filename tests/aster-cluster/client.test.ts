import { Client } from "@asterite/aster";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RunningServer } from "../support/asterite.ts";
import { clusterMissing, logIn, type Services, startCluster, startServices } from "../support/cluster.ts";
import { ask, firstChannel } from "../support/server.ts";

describe.skipIf(clusterMissing)("the client library with several endpoints", { timeout: 60_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  it("reconnects to another process, catches up on missed messages, and sends again", async () => {
    const { members } = await startCluster(services, 2);
    const [near, far] = members as [RunningServer, RunningServer];
    const bob = await logIn(far, "bob");
    const channel = await firstChannel(bob);
    const client = new Client({
      username: "ann",
      password: "secret",
      registerIfMissing: true,
      tls: false,
      reconnect: { firstDelayMs: 50 },
    });
    onTestFinished(() => client.disconnect());
    // No process listens on the first endpoint.
    const server = client.addServer("127.0.0.1", 1, {
      endpoints: [near, far].map(({ port }) => ({ host: "127.0.0.1", port })),
    });
    const received: string[] = [];
    client.on("message", ({ content }) => void received.push(content));
    await client.connect();
    const send = (content: string) => ask(bob, "send", { channel, content });
    await send("before");
    await expect.poll(() => received).toEqual(["before"]);
    near.process.kill("SIGKILL");
    for (const content of ["one", "two", "three"]) await send(content);
    await expect.poll(() => received.length).toBe(4);
    await expect.poll(() => server.status).toBe("ready");
    await server.getChannel(channel)?.send("four");
    await send("five");
    await expect.poll(() => received).toEqual(["before", "one", "two", "three", "four", "five"]);
  });
});
