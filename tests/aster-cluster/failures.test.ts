import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FaultProxy, NatsServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type RunningServer, temporaryFolder } from "../support/asterite.ts";
import {
  clusterMissing,
  connectTo,
  logIn,
  readHistory,
  type Services,
  startCluster,
  startMember,
  startServices,
} from "../support/cluster.ts";
import { type Endpoint, Reader, Writer } from "../support/cluster-load.ts";
import { ask, firstChannel, statusOf } from "../support/server.ts";

describe.skipIf(clusterMissing)("a cluster loses no acknowledged message", { timeout: 120_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  /** Starts a reader and a writer on every process. */
  async function startLoad(members: readonly RunningServer[]) {
    const endpoints: Endpoint[] = members.map(({ port }) => ({ port }));
    const [first] = members;
    if (!first) throw new Error("no members");
    const guide = await logIn(first, "guide");
    const channel = await firstChannel(guide);
    await guide.close();
    const readers = endpoints.map((_, index) => new Reader(endpoints, `reader ${index}`, index));
    const writers = endpoints.map((_, index) => new Writer(endpoints, `writer ${index}`, index));
    const running = [...readers.map((one) => one.run()), ...writers.map((one) => one.run(channel))];
    onTestFinished(async () => {
      for (const one of [...writers, ...readers]) await one.stop();
    });
    /** Waits until every writer has got that many more messages acknowledged. */
    const waitForProgress = async (messages = 30): Promise<void> => {
      const goals = writers.map(({ acknowledged }) => acknowledged.length + messages);
      const hasProgressed = () =>
        writers.every(({ acknowledged }, index) => acknowledged.length >= (goals[index] ?? 0));
      await expect.poll(hasProgressed, { timeout: 60_000 }).toBe(true);
    };
    /** Stops the load and compares what writers and readers observed with the history. */
    const verify = async (): Promise<void> => {
      for (const writer of writers) writer.stop();
      await Promise.all(running.slice(readers.length));
      const acknowledged = writers.flatMap((writer) => writer.acknowledged);
      const [endpoint] = endpoints;
      const history = await readHistory(await logIn({ ...first, port: endpoint?.port ?? 0 }, "guide"));
      expect(new Set(acknowledged).size).toBe(acknowledged.length);
      expect(new Set(history)).toEqual(new Set(acknowledged));
      expect(history).toHaveLength(acknowledged.length);
      for (const writer of writers) {
        const own = new Set(writer.acknowledged);
        expect(history.filter((uuid) => own.has(uuid))).toEqual(writer.acknowledged);
      }
      for (const reader of readers) {
        await expect.poll(() => reader.received.length, { timeout: 30_000 }).toBe(history.length);
        expect(reader.received).toEqual(history);
        expect(reader.duplicates).toBe(0);
      }
      for (const reader of readers) await reader.stop();
      await Promise.all(running);
    };
    return { endpoints, waitForProgress, verify, readers };
  }

  it("when processes are killed", async () => {
    const { members, database } = await startCluster(services, 3);
    const { endpoints, waitForProgress, verify, readers } = await startLoad(members);
    await waitForProgress();
    for (const [index, member] of members.entries()) {
      member.process.kill("SIGKILL");
      await waitForProgress();
      const endpoint = endpoints[index];
      if (endpoint) endpoint.port = (await startMember({ database, nats: services.nats.url })).port;
      await waitForProgress(10);
    }
    await verify();
    expect(readers.every(({ connections }) => connections > 1)).toBe(true);
  });

  it("during a rolling restart", async () => {
    const { members, database } = await startCluster(services, 2);
    const { endpoints, waitForProgress, verify } = await startLoad(members);
    await waitForProgress();
    for (const [index, member] of members.entries()) {
      const endpoint = endpoints[index];
      if (endpoint) endpoint.port = (await startMember({ database, nats: services.nats.url })).port;
      expect((await member.process.stop()).code).toBe(0);
      await waitForProgress();
    }
    await verify();
  });

  it("when NATS is killed and restarted", async () => {
    const { members } = await startCluster(services, 2);
    const { waitForProgress, verify, readers } = await startLoad(members);
    await waitForProgress();
    await services.nats.kill();
    await waitForProgress();
    await services.nats.restart();
    await waitForProgress();
    await verify();
    expect(readers.every(({ connections }) => connections === 1)).toBe(true);
  });

  it("when members of a NATS cluster are killed and restarted", async () => {
    const cluster = await NatsServer.startCluster(3);
    onTestFinished(async () => {
      for (const server of cluster) await server[Symbol.asyncDispose]();
    });
    const nats = cluster.map(({ url }) => url).join(",");
    const { members } = await startCluster(services, 3, { nats });
    const { waitForProgress, verify, readers } = await startLoad(members);
    await waitForProgress();
    for (const server of cluster) {
      await server.kill();
      await waitForProgress();
      await server.restart();
      await waitForProgress();
    }
    await verify();
    expect(readers.every(({ connections }) => connections === 1)).toBe(true);
    // Each process was connected to a NATS server that died, and presence is replicated again.
    const clients = await Promise.all(members.map((member, index) => logIn(member, `guest ${index}`)));
    for (const client of clients) {
      const online = async () => ((await ask(client, "online")).reply["data"] as unknown[]).length;
      // The client that read the history is still connected.
      await expect.poll(online, { timeout: 20_000 }).toBe(clients.length + 1);
    }
  });

  it("when PostgreSQL is killed and restarted", async () => {
    const { members } = await startCluster(services, 2);
    const { waitForProgress, verify } = await startLoad(members);
    await waitForProgress();
    await services.postgres.kill();
    await services.postgres.restart();
    await waitForProgress();
    await services.postgres.stop();
    await services.postgres.restart();
    await waitForProgress();
    await verify();
  });

  it("when the network between a process and NATS stalls", async () => {
    const proxy = await FaultProxy.start({ port: services.nats.port });
    onTestFinished(() => proxy.close());
    const { members, database } = await startCluster(services, 1);
    members.push(await startMember({ database, nats: `nats://127.0.0.1:${proxy.port}` }));
    const { waitForProgress, verify } = await startLoad(members);
    await waitForProgress();
    proxy.inject({ type: "stall" });
    await waitForProgress();
    proxy.heal();
    proxy.cut();
    await waitForProgress();
    await verify();
  });

  it("when the clocks of the processes differ", async () => {
    const folder = await temporaryFolder();
    const skewed = async (seconds: number) => {
      const file = join(folder, `skew${seconds}.mjs`);
      await writeFile(file, `const now = Date.now; Date.now = () => now() + ${seconds * 1000};\n`);
      return { NODE_OPTIONS: `--import=${pathToFileURL(file)}` };
    };
    const { members, database } = await startCluster(services, 1, { env: await skewed(-60) });
    members.push(await startMember({ database, nats: services.nats.url, env: await skewed(60) }));
    const { waitForProgress, verify } = await startLoad(members);
    await waitForProgress();
    await verify();
    const [early, late] = await Promise.all(members.map((member) => logIn(member, "guide")));
    if (!early || !late) throw new Error("no members");
    const channel = await firstChannel(early);
    for (const client of [late, early]) await ask(client, "send", { channel, content: "now" });
    const { reply } = await ask(early, "history", { channel, num: 1000 });
    const dates = (reply["data"] as { date: number }[]).map(({ date }) => date);
    expect(dates).toEqual(dates.toSorted((a, b) => a - b));
    expect(Math.abs((dates.at(-1) ?? 0) - Date.now() / 1000)).toBeLessThan(30);
  });

  it("and a process that is cut off from the database refuses requests instead of answering wrongly", async () => {
    const proxy = await FaultProxy.start({ port: services.postgres.port });
    onTestFinished(() => proxy.close());
    const { members, database } = await startCluster(services, 1);
    const proxiedDatabase = new URL(database);
    proxiedDatabase.port = String(proxy.port);
    const cut = await startMember({ database: proxiedDatabase.href, nats: services.nats.url });
    const ann = await logIn(cut, "ann");
    const channel = await firstChannel(ann);
    expect(await statusOf(ann, "history", { channel, num: 1 })).toBe(200);
    proxy.inject({ type: "stall" });
    const options = { timeoutMs: 30_000 };
    ann.send({ command: "history", channel, num: 1 });
    const { packet } = await ann.until(({ command }) => command === "history", options);
    expect(packet.status).toBe(500);
    // After the lease, requests fail without a query, and no push is published that the database cannot
    // confirm.
    ann.send({ command: "list_channels" });
    expect((await ann.until(({ command }) => command === "list_channels", options)).packet.status).toBe(500);
    const [first] = members;
    if (!first) throw new Error("no members");
    const bob = await logIn(first, "bob");
    const { reply } = await ask(bob, "send", { channel, content: "during the outage" });
    expect(reply.status).toBe(200);
    expect(ann.packets.some(({ command }) => command === "content")).toBe(false);
    proxy.heal();
    proxy.cut();
    const push = await ann.until(({ command }) => command === "content", options);
    expect(push.packet["uuid"]).toBe(reply["message"]);
    await expect.poll(() => statusOf(ann, "history", { channel, num: 1 }), { timeout: 20_000 }).toBe(200);
    expect(await statusOf(await connectTo(cut), "login", { uname: "ann", passwd: "secret" })).toBe(200);
  });
});
