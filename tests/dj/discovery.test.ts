import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Announcement,
  AnnouncementSigner,
  announcementSubject,
} from "@asterite/andesite-protocol/announcement";
import { silentLogger } from "@asterite/dj";
import { NatsLink } from "@asterite/nats";
import { type LaunchedProcess, NatsServer } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServerProcess, temporaryFolder } from "../support/asterite.ts";
import {
  createMusicFolder,
  type DiscoveredNode,
  nodePassword,
  startAnnouncedNode,
  startDiscoveringDj,
} from "../support/discovered-nodes.ts";
import { type ChatUser, join } from "../support/dj.ts";

const longPoll = { timeout: 20_000 };
const discovered = "audio node discovered";
const gone = "audio node gone";
const playersLeft = "shutting down: players not moved to other nodes";

/** Returns the nodes in all log lines of a process with a message. */
const loggedNodes = ({ process }: { readonly process: LaunchedProcess }, message: string): unknown[] =>
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

  /** Starts a chat server, NATS, nodes, and a bot without configured nodes. */
  async function start(count: number) {
    const nats = await startNats();
    const server = await startServerProcess(["--data", await temporaryFolder()]);
    const folder = await createMusicFolder();
    const startNode = () => startAnnouncedNode(nats.url, folder);
    const nodes = await Promise.all(Array.from({ length: count }, startNode));
    const bot = await startDiscoveringDj(server.port, nats.url);
    const ann = await join(server.port, "ann");
    const guildId = String(ann.channel.uuid);
    const position = (node: DiscoveredNode | undefined) => node?.fetchPosition(bot.userId, guildId) ?? null;
    await expect.poll(() => loggedNodes(bot, discovered).toSorted(), longPoll).toEqual(urlsOf(nodes));
    return { nats, nodes, bot, ann, position, startNode };
  }

  const urlsOf = (nodes: readonly DiscoveredNode[]): string[] => nodes.map(({ url }) => url).toSorted();

  /** Plays a track from 1:00 on. Returns the node that plays it, and the other one. */
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

  const playsAt = async (ann: ChatUser, node: DiscoveredNode | undefined): Promise<void> => {
    await expect.poll(() => ann.music?.listen ?? "", longPoll).toContain(node?.url);
    expect(ann.music?.player?.track.title).toBe("morning");
  };

  it("are discovered; players move from a node that shuts down or is killed", async () => {
    const all = await start(2);
    const { bot, ann, position, startNode } = all;
    const { busy, idle } = await play(all);
    await playsAt(ann, busy);
    expect(await busy?.process.stop()).toEqual({ code: 0, signal: null });
    expect(busy && logged(busy, playersLeft)).toBe(0);
    await expect.poll(() => position(idle), longPoll).toBeGreaterThanOrEqual(60_000);
    await playsAt(ann, idle);

    const third = await startNode();
    await expect.poll(() => loggedNodes(bot, discovered), longPoll).toContain(third.url);
    idle?.process.kill("SIGKILL");
    await expect.poll(() => position(third), longPoll).toBeGreaterThanOrEqual(60_000);
    await expect.poll(() => loggedNodes(bot, gone), longPoll).toContain(idle?.url);
    await playsAt(ann, third);
  });

  it("are waited for: playback resumes when one is available again", async () => {
    const all = await start(1);
    const { nodes, bot, ann, position, startNode } = all;
    await play(all);
    nodes[0]?.process.kill("SIGKILL");
    await expect.poll(() => loggedNodes(bot, gone), longPoll).toHaveLength(1);
    expect(await ann.ask("!play noon")).toContain("No audio node is available right now.");
    const other = await startNode();
    await expect.poll(() => position(other), longPoll).toBeGreaterThanOrEqual(60_000);
    await playsAt(ann, other);
  });

  it("stay while they are connected during an outage of NATS, and are discovered again after it", async () => {
    const all = await start(2);
    const { nats, bot, ann, position, startNode } = all;
    const { busy, idle } = await play(all);
    await nats.kill();
    await expect.poll(() => logged(bot, "connection to NATS lost"), longPoll).toBe(1);
    // A node that dies during the outage is kept, like a configured one.
    busy?.process.kill("SIGKILL");
    await expect.poll(() => position(idle), longPoll).toBeGreaterThanOrEqual(60_000);
    await playsAt(ann, idle);
    expect(loggedNodes(bot, gone)).toEqual([]);
    await nats.restart();
    await expect.poll(() => loggedNodes(bot, gone), longPoll).toEqual([busy?.url]);
    await playsAt(ann, idle);
    const third = await startNode();
    await expect.poll(() => loggedNodes(bot, discovered), longPoll).toContain(third.url);
    expect(await ann.ask("!play noon")).toContain("position 1");
  });

  it("are ignored without a valid signature, and forged announcements do not reveal the password", async () => {
    const { nats, bot, nodes, ann } = await start(1);
    const requests: unknown[] = [];
    const trap = createServer(({ headers }, response) => {
      requests.push(headers);
      response.end();
    });
    trap.on("upgrade", ({ headers }, socket) => {
      requests.push(headers);
      socket.destroy();
    });
    trap.listen(0, "127.0.0.1");
    await once(trap, "listening");
    onTestFinished(() => void trap.close());
    const { port } = trap.address() as AddressInfo;
    const link = new NatsLink({ addresses: nats.url, logger: silentLogger });
    onTestFinished(() => link.close());
    const received: Uint8Array[] = [];
    link.subscribe(announcementSubject, (message) => received.push(message));
    await expect.poll(() => received.length, longPoll).toBeGreaterThan(1);
    const [genuine = new Uint8Array()] = received;
    const text = Buffer.from(genuine).toString();
    expect(text).not.toContain(nodePassword);
    const content = JSON.parse(text.slice(text.indexOf(".") + 1)) as Announcement;
    const trapped: Announcement = { ...content, sentAt: Date.now(), port };
    const [signature] = text.split(".");
    const forged = [
      new AnnouncementSigner("a guess").sign(trapped),
      Buffer.from(`${signature}.${JSON.stringify(trapped)}`),
      Buffer.from(`.${JSON.stringify(trapped)}`),
      Buffer.from(JSON.stringify(trapped)),
      Buffer.from("x".repeat(100_000)),
      new AnnouncementSigner(nodePassword).sign({ ...trapped, port: 1e9 }),
      Buffer.from("{"),
      Buffer.alloc(0),
      // A replay.
      genuine,
    ];
    for (const message of forged) link.publish(announcementSubject, message);
    const warning = "announcements ignored: malformed, or signed with another password";
    await expect.poll(() => logged(bot, warning), longPoll).toBe(1);
    const replayed = "announcements ignored: recorded and sent again, or the clock of a node was set back";
    await expect.poll(() => logged(bot, replayed), longPoll).toBe(1);
    // The same announcement with a valid signature: the bot connects, so the trap works.
    link.publish(announcementSubject, new AnnouncementSigner(nodePassword).sign(trapped));
    await expect.poll(() => requests.length, longPoll).toBeGreaterThan(0);
    expect(loggedNodes(bot, discovered)).toEqual([...urlsOf(nodes), `http://127.0.0.1:${port}/`]);
    expect(logged(bot, warning)).toBe(1);
    expect(await ann.ask("!play morning")).toContain("Playing `morning`");
  });

  it("are used beside configured nodes, which are never removed", async () => {
    const nats = await startNats();
    const server = await startServerProcess(["--data", await temporaryFolder()]);
    const folder = await createMusicFolder();
    // The last node has no other to move its players to, so it waits for the timeout.
    const args = ["--set", "andesite.announce.drain-timeout=300"];
    const configured = await startAnnouncedNode(nats.url, folder, args);
    const bot = await startDiscoveringDj(server.port, nats.url, ["--node", configured.url]);
    const found = await startAnnouncedNode(nats.url, folder);
    await expect.poll(() => loggedNodes(bot, discovered), longPoll).toEqual([found.url]);
    const ann = await join(server.port, "ann");
    const guildId = String(ann.channel.uuid);
    expect(await ann.ask("!play morning")).toContain("Playing `morning`");
    expect(await found.process.stop()).toEqual({ code: 0, signal: null });
    await expect.poll(() => configured.fetchPosition(bot.userId, guildId), longPoll).not.toBeNull();
    const { port } = new URL(configured.url);
    expect((await configured.process.stop()).code).toBe(0);
    const again = await startAnnouncedNode(nats.url, folder, ["--port", port]);
    await expect.poll(() => again.fetchPosition(bot.userId, guildId), longPoll).not.toBeNull();
    expect(ann.music?.player?.track.title).toBe("morning");
  });

  describe("shutdown of a node", () => {
    /** Starts a node with a player whose client ignores announcements. */
    async function startBusy(drainMs: number): Promise<DiscoveredNode> {
      const nats = await startNats();
      const args = ["--set", `andesite.announce.drain-timeout=${drainMs}`];
      const node = await startAnnouncedNode(nats.url, await createMusicFolder(), args);
      await expect.poll(() => logged(node, "connected to NATS"), longPoll).toBe(1);
      const response = await fetch(new URL("player/5/volume", node.url), {
        method: "PATCH",
        headers: { "User-Id": "1", Authorization: nodePassword, "Content-Type": "application/json" },
        body: '{"volume":50}',
      });
      expect(response.status).toBe(200);
      return node;
    }

    it("waits for players to move, up to the drain timeout", async () => {
      const node = await startBusy(300);
      expect(await node.process.stop()).toEqual({ code: 0, signal: null });
      expect(logged(node, playersLeft)).toBe(1);
    });

    it("ends at once on a second signal", async () => {
      const node = await startBusy(60_000);
      node.process.kill("SIGTERM");
      await node.process.waitForLine(/"stopping"/);
      node.process.kill("SIGTERM");
      expect(await node.process.exited).toEqual({ code: null, signal: "SIGTERM" });
    });
  });
});
