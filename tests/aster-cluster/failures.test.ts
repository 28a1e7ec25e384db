import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FaultProxy, NatsServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type RunningServer, temporaryFolder } from "../support/asterite.ts";
import {
  clusterMissing,
  enter,
  openTo,
  type Services,
  startCluster,
  startMember,
  startServices,
  wholeHistory,
} from "../support/cluster.ts";
import { type Place, Reader, Writer } from "../support/cluster-load.ts";
import { ask, firstChannel, statusOf } from "../support/server.ts";

describe.skipIf(clusterMissing)("nothing acknowledged is lost", { timeout: 120_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  /** Readers and writers at every process. */
  async function load(members: readonly RunningServer[]) {
    const places: Place[] = members.map(({ port }) => ({ port }));
    const [first] = members;
    if (!first) throw new Error("no members");
    const guide = await enter(first, "guide");
    const channel = await firstChannel(guide);
    await guide.close();
    const readers = places.map((_, index) => new Reader(places, `reader ${index}`, index));
    const writers = places.map((_, index) => new Writer(places, `writer ${index}`, index));
    const running = [...readers.map((one) => one.run()), ...writers.map((one) => one.run(channel))];
    onTestFinished(async () => {
      for (const one of [...writers, ...readers]) await one.stop();
    });
    /** Waits until every writer has had so many more messages acknowledged. */
    const progress = async (messages = 30): Promise<void> => {
      const goals = writers.map(({ acknowledged }) => acknowledged.length + messages);
      const isThere = () =>
        writers.every(({ acknowledged }, index) => acknowledged.length >= (goals[index] ?? 0));
      await expect.poll(isThere, { timeout: 60_000 }).toBe(true);
    };
    /** Ends the load and compares what everybody knows. */
    const compare = async (): Promise<void> => {
      for (const writer of writers) writer.stop();
      await Promise.all(running.slice(readers.length));
      const acknowledged = writers.flatMap((writer) => writer.acknowledged);
      const [place] = places;
      const history = await wholeHistory(await enter({ ...first, port: place?.port ?? 0 }, "guide"));
      expect(new Set(acknowledged).size).toBe(acknowledged.length);
      expect(new Set(history)).toEqual(new Set(acknowledged));
      expect(history).toHaveLength(acknowledged.length);
      for (const writer of writers) {
        const own = new Set(writer.acknowledged);
        expect(history.filter((uuid) => own.has(uuid))).toEqual(writer.acknowledged);
      }
      for (const reader of readers) {
        await expect.poll(() => reader.told.length, { timeout: 30_000 }).toBe(history.length);
        expect(reader.told).toEqual(history);
        expect(reader.repeated).toBe(0);
      }
      for (const reader of readers) await reader.stop();
      await Promise.all(running);
    };
    return { places, progress, compare, readers };
  }

  it("when processes are killed", async () => {
    const { members, database } = await startCluster(services, 3);
    const { places, progress, compare, readers } = await load(members);
    await progress();
    for (const [index, member] of members.entries()) {
      member.process.kill("SIGKILL");
      await progress();
      const place = places[index];
      if (place) place.port = (await startMember({ database, nats: services.nats.url })).port;
      await progress(10);
    }
    await compare();
    expect(readers.every(({ connections }) => connections > 1)).toBe(true);
  });

  it("when all processes are replaced one after the other", async () => {
    const { members, database } = await startCluster(services, 2);
    const { places, progress, compare } = await load(members);
    await progress();
    for (const [index, member] of members.entries()) {
      const place = places[index];
      if (place) place.port = (await startMember({ database, nats: services.nats.url })).port;
      expect((await member.process.stop()).code).toBe(0);
      await progress();
    }
    await compare();
  });

  it("when NATS is killed and comes back", async () => {
    const { members } = await startCluster(services, 2);
    const { progress, compare, readers } = await load(members);
    await progress();
    await services.nats.kill();
    await progress();
    await services.nats.restart();
    await progress();
    await compare();
    expect(readers.every(({ connections }) => connections === 1)).toBe(true);
  });

  it("when members of a NATS cluster are killed, and come back", async () => {
    const cluster = await NatsServer.startCluster(3);
    onTestFinished(async () => {
      for (const server of cluster) await server[Symbol.asyncDispose]();
    });
    const nats = cluster.map(({ url }) => url).join(",");
    const { members } = await startCluster(services, 3, { nats });
    const { progress, compare, readers } = await load(members);
    await progress();
    for (const server of cluster) {
      await server.kill();
      await progress();
      await server.restart();
      await progress();
    }
    await compare();
    expect(readers.every(({ connections }) => connections === 1)).toBe(true);
    // Each was connected to a member that died, and all hear of each other's users again.
    const clients = await Promise.all(members.map((member, index) => enter(member, `guest ${index}`)));
    for (const client of clients) {
      const online = async () => ((await ask(client, "online")).reply["data"] as unknown[]).length;
      // The guide who has looked at the history is still there.
      await expect.poll(online, { timeout: 20_000 }).toBe(clients.length + 1);
    }
  });

  it("when PostgreSQL crashes and comes back", async () => {
    const { members } = await startCluster(services, 2);
    const { progress, compare } = await load(members);
    await progress();
    await services.postgres.kill();
    await services.postgres.restart();
    await progress();
    await services.postgres.stop();
    await services.postgres.restart();
    await progress();
    await compare();
  });

  it("when the network between a process and NATS stands still", async () => {
    const proxy = await FaultProxy.start({ port: services.nats.port });
    onTestFinished(() => proxy.close());
    const { members, database } = await startCluster(services, 1);
    members.push(await startMember({ database, nats: `nats://127.0.0.1:${proxy.port}` }));
    const { progress, compare } = await load(members);
    await progress();
    proxy.inject({ type: "stall" });
    await progress();
    proxy.heal();
    proxy.cut();
    await progress();
    await compare();
  });

  it("when the processes disagree about the time", async () => {
    const folder = await temporaryFolder();
    const skewed = async (seconds: number) => {
      const file = join(folder, `skew${seconds}.mjs`);
      await writeFile(file, `const now = Date.now; Date.now = () => now() + ${seconds * 1000};\n`);
      return { NODE_OPTIONS: `--import=${pathToFileURL(file)}` };
    };
    const { members, database } = await startCluster(services, 1, { env: await skewed(-60) });
    members.push(await startMember({ database, nats: services.nats.url, env: await skewed(60) }));
    const { progress, compare } = await load(members);
    await progress();
    await compare();
    const [early, late] = await Promise.all(members.map((member) => enter(member, "guide")));
    if (!early || !late) throw new Error("no members");
    const channel = await firstChannel(early);
    for (const client of [late, early]) await ask(client, "send", { channel, content: "now" });
    const { reply } = await ask(early, "history", { channel, num: 1000 });
    const dates = (reply["data"] as { date: number }[]).map(({ date }) => date);
    expect(dates).toEqual(dates.toSorted((a, b) => a - b));
    expect(Math.abs((dates.at(-1) ?? 0) - Date.now() / 1000)).toBeLessThan(30);
  });

  it("and a process that is cut off from the database refuses rather than being wrong", async () => {
    const proxy = await FaultProxy.start({ port: services.postgres.port });
    onTestFinished(() => proxy.close());
    const { members, database } = await startCluster(services, 1);
    const behind = new URL(database);
    behind.port = String(proxy.port);
    const cut = await startMember({ database: behind.href, nats: services.nats.url });
    const ann = await enter(cut, "ann");
    const channel = await firstChannel(ann);
    expect(await statusOf(ann, "history", { channel, num: 1 })).toBe(200);
    proxy.inject({ type: "stall" });
    const options = { timeoutMs: 30_000 };
    ann.send({ command: "history", channel, num: 1 });
    const { packet } = await ann.until(({ command }) => command === "history", options);
    expect(packet.status).toBe(500);
    // Once the lease is over, nothing is asked of the database at all, and no push goes out on hearsay.
    ann.send({ command: "list_channels" });
    expect((await ann.until(({ command }) => command === "list_channels", options)).packet.status).toBe(500);
    const [first] = members;
    if (!first) throw new Error("no members");
    const bob = await enter(first, "bob");
    const { reply } = await ask(bob, "send", { channel, content: "meanwhile" });
    expect(reply.status).toBe(200);
    expect(ann.packets.some(({ command }) => command === "content")).toBe(false);
    proxy.heal();
    proxy.cut();
    const told = await ann.until(({ command }) => command === "content", options);
    expect(told.packet["uuid"]).toBe(reply["message"]);
    await expect.poll(() => statusOf(ann, "history", { channel, num: 1 }), { timeout: 20_000 }).toBe(200);
    expect(await statusOf(await openTo(cut), "login", { uname: "ann", passwd: "secret" })).toBe(200);
  });
});
