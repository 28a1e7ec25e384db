import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Announcement,
  AnnouncementSeal,
  announcementSubject,
} from "@asterite/andesite-protocol/announcement";
import { silentLogger } from "@asterite/dj";
import { NatsLink } from "@asterite/nats";
import { type LaunchedProcess, NatsServer } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { join, type Listener } from "../support/dj.ts";
import {
  type FoundNode,
  musicFolder,
  nodePassword,
  startFindingDj,
  startFoundNode,
} from "../support/found-nodes.ts";

const patience = { timeout: 20_000 };
const wasFound = "an audio node was found";
const isGone = "an audio node is gone";
const leftBehind = "shutting down: players not moved to other nodes";

/** Addresses of the nodes about which a process has logged something. */
const named = ({ process }: { readonly process: LaunchedProcess }, message: string): unknown[] =>
  process
    .jsonLines()
    .filter(({ msg }) => msg === message)
    .map(({ node }) => node);

const logged = ({ process }: { readonly process: LaunchedProcess }, message: string): number =>
  process.jsonLines().filter(({ msg }) => msg === message).length;

describe.skipIf(!NatsServer.isInstalled)("nodes that announce themselves", { timeout: 90_000 }, () => {
  async function startNats(): Promise<NatsServer> {
    const nats = await NatsServer.start();
    onTestFinished(() => nats[Symbol.asyncDispose]());
    return nats;
  }

  /** A chat server, NATS, nodes, and a bot that was told of none of them. */
  async function start(count: number) {
    const nats = await startNats();
    const server = await startServerProcess(["--data", await temporaryFolder()]);
    const folder = await musicFolder();
    const startNode = () => startFoundNode(nats.url, folder);
    const nodes = await Promise.all(Array.from({ length: count }, startNode));
    const bot = await startFindingDj(server.port, nats.url);
    const ann = await join(server.port, "ann");
    const guildId = String(ann.channel.uuid);
    const position = (node: FoundNode | undefined) => node?.position(bot.userId, guildId) ?? null;
    await expect.poll(() => named(bot, wasFound).toSorted(), patience).toEqual(urlsOf(nodes));
    return { nats, nodes, bot, ann, position, startNode };
  }

  const urlsOf = (nodes: readonly FoundNode[]): string[] => nodes.map(({ url }) => url).toSorted();

  /** Lets a minute of a track have passed on one of the nodes, and returns that one and the other. */
  async function play({ nodes, ann, position }: Awaited<ReturnType<typeof start>>) {
    expect(await ann.ask("!play morning")).toContain("Playing `morning`");
    await ann.ask("!seek 1:00");
    const positions = () => Promise.all(nodes.map(position));
    await expect
      .poll(async () => Math.max(...(await positions()).map(Number)))
      .toBeGreaterThanOrEqual(60_000);
    const busy = (await positions()).findIndex((one) => one !== null);
    return { busy: nodes[busy], idle: nodes[1 - busy] };
  }

  const playsAt = async (ann: Listener, node: FoundNode | undefined): Promise<void> => {
    await expect.poll(() => ann.music?.listen ?? "", patience).toContain(node?.url);
    expect(ann.music?.player?.track.title).toBe("morning");
  };

  it("are found; one that is told to end hands its music over, and one that is killed is forgotten", async () => {
    const all = await start(2);
    const { bot, ann, position, startNode } = all;
    const { busy, idle } = await play(all);
    await playsAt(ann, busy);
    expect(await busy?.process.stop()).toEqual({ code: 0, signal: null });
    expect(busy && logged(busy, leftBehind)).toBe(0);
    await expect.poll(() => position(idle), patience).toBeGreaterThanOrEqual(60_000);
    await playsAt(ann, idle);

    const third = await startNode();
    await expect.poll(() => named(bot, wasFound), patience).toContain(third.url);
    idle?.process.kill("SIGKILL");
    await expect.poll(() => position(third), patience).toBeGreaterThanOrEqual(60_000);
    await expect.poll(() => named(bot, isGone), patience).toContain(idle?.url);
    await playsAt(ann, third);
  });

  it("are waited for: what plays goes on when there is a node again", async () => {
    const all = await start(1);
    const { nodes, bot, ann, position, startNode } = all;
    await play(all);
    nodes[0]?.process.kill("SIGKILL");
    await expect.poll(() => named(bot, isGone), patience).toHaveLength(1);
    expect(await ann.ask("!play noon")).toContain("There is no audio node at the moment.");
    const other = await startNode();
    await expect.poll(() => position(other), patience).toBeGreaterThanOrEqual(60_000);
    await playsAt(ann, other);
  });

  it("stay while they answer, although NATS is away, and are found again by what it tells then", async () => {
    const all = await start(2);
    const { nats, bot, ann, position, startNode } = all;
    const { busy, idle } = await play(all);
    await nats.kill();
    await expect.poll(() => logged(bot, "connection to NATS lost"), patience).toBe(1);
    // One that dies meanwhile is left as if it had been configured, and waited for.
    busy?.process.kill("SIGKILL");
    await expect.poll(() => position(idle), patience).toBeGreaterThanOrEqual(60_000);
    await playsAt(ann, idle);
    expect(named(bot, isGone)).toEqual([]);
    await nats.restart();
    await expect.poll(() => named(bot, isGone), patience).toEqual([busy?.url]);
    await playsAt(ann, idle);
    const third = await startNode();
    await expect.poll(() => named(bot, wasFound), patience).toContain(third.url);
    expect(await ann.ask("!play noon")).toContain("number 1");
  });

  it("do not ask a bot with another password, and nobody learns a password by asking for it", async () => {
    const { nats, bot, nodes, ann } = await start(1);
    const visits: unknown[] = [];
    const trap = createServer(({ headers }, response) => {
      visits.push(headers);
      response.end();
    });
    trap.on("upgrade", ({ headers }, socket) => {
      visits.push(headers);
      socket.destroy();
    });
    trap.listen(0, "127.0.0.1");
    await once(trap, "listening");
    onTestFinished(() => void trap.close());
    const { port } = trap.address() as AddressInfo;
    const link = new NatsLink({ addresses: nats.url, logger: silentLogger });
    onTestFinished(() => link.close());
    const heard: Uint8Array[] = [];
    link.subscribe(announcementSubject, (message) => heard.push(message));
    await expect.poll(() => heard.length, patience).toBeGreaterThan(1);
    const [genuine = new Uint8Array()] = heard;
    const text = Buffer.from(genuine).toString();
    expect(text).not.toContain(nodePassword);
    const content = JSON.parse(text.slice(text.indexOf(".") + 1)) as Announcement;
    const trapped: Announcement = { ...content, sentAt: Date.now(), port };
    const [signature] = text.split(".");
    const forged = [
      new AnnouncementSeal("a guess").seal(trapped),
      Buffer.from(`${signature}.${JSON.stringify(trapped)}`),
      Buffer.from(`.${JSON.stringify(trapped)}`),
      Buffer.from(JSON.stringify(trapped)),
      Buffer.from("x".repeat(100_000)),
      new AnnouncementSeal(nodePassword).seal({ ...trapped, port: 1e9 }),
      Buffer.from("{"),
      Buffer.alloc(0),
      // What was said before is not said again.
      genuine,
    ];
    for (const message of forged) link.publish(announcementSubject, message);
    const complaint = "announcements on NATS are ignored: malformed, or signed with another password";
    await expect.poll(() => logged(bot, complaint), patience).toBe(1);
    // The same trap, but signed by somebody who knows the password: the bot would have gone there.
    link.publish(announcementSubject, new AnnouncementSeal(nodePassword).seal(trapped));
    await expect.poll(() => visits.length, patience).toBeGreaterThan(0);
    expect(named(bot, wasFound)).toEqual([...urlsOf(nodes), `http://127.0.0.1:${port}/`]);
    expect(logged(bot, complaint)).toBe(1);
    expect(await ann.ask("!play morning")).toContain("Playing `morning`");
  });

  it("are used beside those that were configured, which are never forgotten", async () => {
    const nats = await startNats();
    const server = await startServerProcess(["--data", await temporaryFolder()]);
    const folder = await musicFolder();
    // It has nowhere to send its players when it is told to end.
    const args = ["--set", "andesite.announce.drain-timeout=300"];
    const configured = await startFoundNode(nats.url, folder, args);
    const bot = await startFindingDj(server.port, nats.url, ["--node", configured.url]);
    const found = await startFoundNode(nats.url, folder);
    await expect.poll(() => named(bot, wasFound), patience).toEqual([found.url]);
    const ann = await join(server.port, "ann");
    const guildId = String(ann.channel.uuid);
    expect(await ann.ask("!play morning")).toContain("Playing `morning`");
    expect(await found.process.stop()).toEqual({ code: 0, signal: null });
    await expect.poll(() => configured.position(bot.userId, guildId), patience).not.toBeNull();
    const { port } = new URL(configured.url);
    expect((await configured.process.stop()).code).toBe(0);
    const again = await startFoundNode(nats.url, folder, ["--port", port]);
    await expect.poll(() => again.position(bot.userId, guildId), patience).not.toBeNull();
    expect(ann.music?.player?.track.title).toBe("morning");
  });

  describe("a node that is told to end", () => {
    /** A node with a player of a bot that listens to nobody. */
    async function startBusy(drainMs: number): Promise<FoundNode> {
      const nats = await startNats();
      const args = ["--set", `andesite.announce.drain-timeout=${drainMs}`];
      const node = await startFoundNode(nats.url, await musicFolder(), args);
      await expect.poll(() => logged(node, "connected to NATS"), patience).toBe(1);
      const response = await fetch(new URL("player/5/volume", node.url), {
        method: "PATCH",
        headers: { "User-Id": "1", Authorization: nodePassword, "Content-Type": "application/json" },
        body: '{"volume":50}',
      });
      expect(response.status).toBe(200);
      return node;
    }

    it("waits for players to leave, but not longer than it was told", async () => {
      const node = await startBusy(300);
      expect(await node.process.stop()).toEqual({ code: 0, signal: null });
      expect(logged(node, leftBehind)).toBe(1);
    });

    it("ends at once when it is told again", async () => {
      const node = await startBusy(60_000);
      node.process.kill("SIGTERM");
      await node.process.waitForLine(/"stopping"/);
      node.process.kill("SIGTERM");
      expect(await node.process.exited).toEqual({ code: null, signal: "SIGTERM" });
    });
  });
});
