import { Client } from "@asterite/aster";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RunningServer } from "../support/asterite.ts";
import { clusterMissing, enter, type Services, startCluster, startServices } from "../support/cluster.ts";
import { ask, firstChannel } from "../support/server.ts";

describe.skipIf(clusterMissing)("the client library with several endpoints", { timeout: 60_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  it("goes to another process when its own dies, tells what was missed, and sends on", async () => {
    const { members } = await startCluster(services, 2);
    const [near, far] = members as [RunningServer, RunningServer];
    const bob = await enter(far, "bob");
    const channel = await firstChannel(bob);
    const client = new Client({
      username: "ann",
      password: "secret",
      registerIfMissing: true,
      tls: false,
      reconnect: { firstDelayMs: 50 },
    });
    onTestFinished(() => client.disconnect());
    // The first one is not there at all.
    const server = client.addServer("127.0.0.1", 1, {
      endpoints: [near, far].map(({ port }) => ({ host: "127.0.0.1", port })),
    });
    const told: string[] = [];
    client.on("message", ({ content }) => void told.push(content));
    await client.connect();
    const say = (content: string) => ask(bob, "send", { channel, content });
    await say("before");
    await expect.poll(() => told).toEqual(["before"]);
    near.process.kill("SIGKILL");
    for (const content of ["one", "two", "three"]) await say(content);
    await expect.poll(() => told.length).toBe(4);
    await expect.poll(() => server.status).toBe("ready");
    await server.getChannel(channel)?.send("four");
    await say("five");
    await expect.poll(() => told).toEqual(["before", "one", "two", "three", "four", "five"]);
  });
});
