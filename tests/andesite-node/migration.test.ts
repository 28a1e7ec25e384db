// A bot with two nodes in a Discord call, and one of them dies.

import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createPool } from "@asterite/andesite";
import {
  DiscordVoiceServer,
  type LaunchedProcess,
  launch,
  parseJsonLine,
  readyLine,
  testCall,
} from "@asterite/testkit";
import { expect, onTestFinished, test } from "vitest";
import { longFile, vouch } from "../../packages/andesite-node/src/voice/voice.test-support.ts";
import { launcher } from "../support/asterite.ts";
import { playerOf } from "../support/node-player.ts";

interface NodeProcess {
  readonly process: LaunchedProcess;
  readonly url: string;
}

/** Starts `asterite node` with a folder of music, in which it finds whom voice servers are vouched for by. */
async function startNodeProcess(music: string, authority: string): Promise<NodeProcess> {
  const process = await launch({
    command: globalThis.process.execPath,
    args: [launcher, "node", "--music", music, "--allow-private-addresses"],
    env: { ASTERITE_NODE_PORT: "0", ANDESITE_VOICE_CERTIFICATE_AUTHORITY: authority },
    readyWhen: readyLine,
    timeoutMs: 30_000,
  });
  onTestFinished(async () => {
    await process.stop();
  });
  const ready = process.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  return { process, url: `http://127.0.0.1:${ready?.["port"]}/` };
}

test("a player whose node is killed is heard again from another", async () => {
  const vouched = await vouch();
  const file = await longFile();
  const folder = dirname(file);
  const authority = join(folder, "authority.pem");
  await writeFile(authority, vouched.authority.ca);
  await using server = await DiscordVoiceServer.start(vouched.certificate);
  const nodes = await Promise.all([1, 2].map(() => startNodeProcess(folder, authority)));
  await using client = createPool(
    nodes.map(({ url }) => [url, null]),
    nodes.map(({ url }) => [new URL("websocket", url.replace("http", "ws")), null]),
    { userId: "1", webSocketPoolOptions: { migrateAfterMs: 0 } },
  );
  const event = { endpoint: server.endpoint, token: "token", guild_id: "2" };
  await client.voiceServerUpdate("2", "session", event, { channelId: testCall.channelId });
  const [found] = (await client.loadTracks(`raw:${file}`)).tracks ?? [];
  await client.play("2", found?.track ?? "");
  const heard = (session: number) =>
    (server.sessions[session]?.packets ?? []).filter(({ encrypted }) => encrypted);
  await server.until(() => heard(0).length >= 50, "a second of music");

  const players = await Promise.all(nodes.map(({ url }) => playerOf(url, "1", "2")));
  expect(players.filter(Boolean)).toHaveLength(1);
  const killedMs = performance.now();
  await nodes[players.findIndex(Boolean)]?.process.kill("SIGKILL");
  await server.until(() => heard(1).length >= 50, "a second of music from the other node");
  const pauseMs = (heard(1)[0]?.atMs ?? 0) - killedMs;
  // How long that took is told and not judged: it is the machine's, too.
  process.stdout.write(`heard again ${Math.round(pauseMs)} ms after its node was killed\n`);
  expect(heard(1).every(({ opus }) => opus)).toBe(true);
  const [survivor] = nodes.filter((_, index) => !players[index]);
  expect((await playerOf(survivor?.url ?? "", "1", "2"))?.position).toBeGreaterThan(1_000);
}, 90_000);
