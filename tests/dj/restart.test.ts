import { readFile } from "node:fs/promises";
import { launch, readyLine } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { startScriptedNode, titleOf } from "../support/audio-node.ts";
import { audioNodes } from "../support/audio-nodes.ts";
import { join, startBot } from "../support/dj.ts";

const launcher = new URL("../../apps/cli/bin/asterite.js", import.meta.url).pathname;

/** Starts `asterite dj`; it ends with the test. */
async function startDjProcess(port: number, nodeUrl: string, data: string) {
  const child = await launch({
    command: process.execPath,
    args: [launcher, "dj", "--server", `127.0.0.1:${port}`, "--node", nodeUrl, "--data", data],
    env: { ASTERITE_DJ_PASSWORD: "secret" },
    readyWhen: readyLine,
  });
  onTestFinished(async () => {
    await child.stop();
  });
  return child;
}

describe.each(audioNodes)("on %s", (_, startNode) => {
  it("resumes track, position and queue after a restart of the bot", async () => {
    const node = await startNode();
    const { ann, dj, restartBot: again, userId, guildId } = await startBot([node]);
    for (const name of node.tracks) await ann.ask(`!play ${name}`);
    await ann.ask("!volume 40");
    await ann.ask("!seek 1:30");
    await dj.close();
    await expect.poll(() => ann.music).toBeNull();
    await again();
    await expect.poll(() => ann.music?.player?.track.title).toBe(node.tracks[0]);
    expect(ann.music).toMatchObject({ queueLength: 2, player: { volume: 40 } });
    expect(ann.music?.player?.positionMs).toBeGreaterThanOrEqual(89_000);
    const player = await node.fetchPlayer(userId, guildId);
    expect(player?.position).toBeGreaterThanOrEqual(89_000);
    // The end of the track counts once the bot is connected to the node again, and has queried the player.
    expect(await ann.ask("!volume 45")).toBe("Volume set to 45%.");
    await expect.poll(() => node.fetchPlayer(userId, guildId)).toMatchObject({ volume: 45 });
    await node.finishTrack(userId, guildId);
    await expect.poll(() => ann.music?.player?.track.title).toBe(node.tracks[1]);
    expect(ann.music?.queueLength).toBe(1);
  });

  it("resumes track and position after a crash of the node", async () => {
    const node = await startNode();
    const { ann, userId, guildId } = await startBot([node]);
    for (const name of node.tracks) await ann.ask(`!play ${name}`);
    await ann.ask("!seek 1:30");
    await expect.poll(() => ann.music?.listen).toMatch(/^\/listen\//);
    const before = ann.music?.listen;
    await node.kill();
    await expect.poll(() => ann.music?.listen).toBeNull();
    expect(await ann.ask("!queue")).toContain("Now:");
    await node.restart();
    await expect
      .poll(() => node.fetchPlayer(userId, guildId).catch(() => null), { timeout: 10_000 })
      .toMatchObject({
        position: expect.any(Number),
      });
    expect((await node.fetchPlayer(userId, guildId))?.position).toBeGreaterThanOrEqual(89_000);
    await expect.poll(() => ann.music?.listen, { timeout: 8_000 }).toMatch(/^\/listen\//);
    expect(ann.music?.listen).not.toBe(before);
    expect(ann.music?.player?.track.title).toBe(node.tracks[0]);
  });

  // Starts three processes one after the other.
  it("keeps playing during a restart of the chat server, and publishes the state again", {
    timeout: 60_000,
  }, async () => {
    const node = await startNode();
    const data = await temporaryFolder();
    const server = await startServerProcess(["--data", data]);
    await startDjProcess(server.port, node.url, await temporaryFolder());
    const ann = await join(server.port, "ann");
    await ann.ask(`!play ${node.tracks[0]}`);
    await ann.ask(`!play ${node.tracks[1]}`);
    await expect.poll(() => ann.music?.queueLength, { timeout: 5_000 }).toBe(1);
    await server.process.stop();
    ann.music = null;
    await startServerProcess(["--data", data, "--port", String(server.port)]);
    await expect.poll(() => ann.music?.player?.track.title, { timeout: 15_000 }).toBe(node.tracks[0]);
    await expect.poll(() => ann.music?.queueLength).toBe(1);
    await expect.poll(() => ann.client.servers[0]?.status).toBe("ready");
    expect(await ann.ask("!skip")).toContain(node.tracks[1]);
  });
});

// Starts four processes one after the other.
it("plays no track twice when the bot is killed during a track or misses its end", {
  timeout: 60_000,
}, async () => {
  const node = await startScriptedNode();
  const server = await startServerProcess(["--data", await temporaryFolder()]);
  const folder = await temporaryFolder();
  const bot = await startDjProcess(server.port, node.url, folder);
  const userId = String(bot.jsonLines().find(({ msg }) => msg === "ready")?.["user"]);
  const ann = await join(server.port, "ann");
  const guildId = String(ann.channel.uuid);
  for (const name of ["one", "two", "three"]) await ann.ask(`!play ${name}`);
  await expect.poll(() => ann.music?.queueLength, { timeout: 5_000 }).toBe(2);
  const plays = () =>
    node.scripted.operations.flatMap(({ op, fields }) =>
      op === "play" && fields["noReplace"] !== true && fields["next"] !== true
        ? titleOf(fields["track"])
        : [],
    );
  // The queue is saved with a delay; wait until the file holds both tracks.
  const stored = async () => JSON.parse(await readFile(`${folder}/room-${guildId}.json`, "utf8"));
  await expect.poll(async () => (await stored()).upcoming.length).toBe(2);
  await bot.kill("SIGKILL");
  await bot.exited;
  expect(node.scripted.player(guildId, userId)?.track).not.toBeNull();
  const second = await startDjProcess(server.port, node.url, folder);
  await expect.poll(() => ann.music?.player?.track.title, { timeout: 10_000 }).toBe("one");
  expect(plays()).toEqual(["one"]);
  await second.kill("SIGKILL");
  await second.exited;
  node.scripted.endTrack(guildId, "FINISHED", userId);
  await startDjProcess(server.port, node.url, folder);
  await expect.poll(() => ann.music?.player?.track.title, { timeout: 10_000 }).toBe("two");
  expect(plays()).toEqual(["one", "two"]);
  expect(ann.music?.queueLength).toBe(1);
});

it("continues on another node when one dies", async () => {
  const nodes = [await startScriptedNode("1"), await startScriptedNode("2")];
  const { ann, userId, guildId } = await startBot(nodes);
  await ann.ask("!play one");
  await ann.ask("!seek 1:30");
  await expect.poll(() => ann.music?.listen).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/listen\//);
  const busy = nodes.find(({ scripted }) => scripted.player(guildId, userId));
  const other = nodes.find((node) => node !== busy);
  await expect.poll(() => busy?.scripted.player(guildId, userId)?.positionMs).toBeGreaterThan(89_000);
  await busy?.kill();
  await expect.poll(() => other?.scripted.player(guildId, userId)?.track, { timeout: 15_000 }).toBeTruthy();
  expect(other?.scripted.player(guildId, userId)?.positionMs).toBeGreaterThanOrEqual(89_000);
  expect(other?.scripted.player(guildId, userId)?.radio).toBe(true);
  const address = () => ann.music?.listen ?? "";
  await expect.poll(address, { timeout: 8_000 }).toContain(new URL(other?.url ?? "http://x").host);
  expect(await ann.ask("!play two")).toContain("position 1");
});

it("replaces listen links before they expire", async () => {
  const node = await startScriptedNode();
  const { ann } = await startBot([node], { listenSeconds: 10 });
  await ann.ask("!play one");
  await expect.poll(() => ann.music?.listen).toMatch(/^\/listen\//);
  const first = ann.music?.listen;
  await expect.poll(() => ann.music?.listen, { timeout: 12_000 }).not.toBe(first);
  expect(ann.music?.listen).toMatch(/^\/listen\//);
  expect(node.scripted.requests.filter(({ path }) => path.endsWith("/listen"))[0]?.body).toEqual({ ttl: 10 });
});

it("preloads the next track on nodes that support gapless playback", async () => {
  const node = await startScriptedNode();
  const { ann, userId, guildId } = await startBot([node], { crossfadeMs: 2_000 });
  await ann.ask("!play one");
  await ann.ask("!play two");
  await expect.poll(() => ann.music?.listen).toMatch(/^\/listen\//);
  await ann.ask("!seek 2:55");
  await expect.poll(() => node.scripted.player(guildId, userId)?.next).toBeTruthy();
  node.scripted.endTrack(guildId, "FINISHED", userId);
  await expect.poll(() => ann.music?.player?.track.title).toBe("two");
  const played = node.scripted.operations
    .filter(({ op }) => op === "play")
    .map(({ fields }) => fields["next"]);
  expect(played).toEqual([undefined, true]);
});
