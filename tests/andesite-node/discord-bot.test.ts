// The music bot of the example without discord.js, with a real node and the test kit's Discord voice server.

import { writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import {
  addVoiceServerUpdateHandler,
  createClient,
  fromRawPackets,
  WebSocketClosedEvent,
} from "@asterite/andesite";
import { createNode } from "@asterite/andesite-node";
import { DiscordVoiceServer, launchNode, testCall } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { GuildMusic } from "../../examples/discord-music-bot/guild-music.ts";
import {
  createCertificates,
  createLongFile,
} from "../../packages/andesite-node/src/voice/voice.test-support.ts";

const [userId, guildId] = ["1", "2"];

it("joins, plays, reconnects after a lost call, follows when it is moved, and leaves", async () => {
  const { authority, certificate } = await createCertificates();
  const file = await createLongFile();
  const authorityFile = join(dirname(file), "authority.pem");
  await writeFile(authorityFile, authority.ca);
  await using server = await DiscordVoiceServer.start(certificate);
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    loading: { musicFolders: [dirname(file)], sources: { local: true }, allowPrivateAddresses: true },
    voice: { certificateAuthority: authorityFile },
  });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const url = `http://127.0.0.1:${node.port}/`;
  await using client = createClient(url, new URL("websocket", url.replace("http", "ws")), null, userId);

  /** Channels that the bot has requested; Discord assigns a voice server for each of them. */
  const requestedChannels: unknown[] = [];
  let voiceSessions = 0;
  const place = (channelId: unknown): void => {
    const state = {
      guild_id: guildId,
      user_id: userId,
      channel_id: channelId,
      session_id: `s${++voiceSessions}`,
    };
    gateway.receive({ t: "VOICE_STATE_UPDATE", d: state });
    if (channelId === null) return;
    const voiceServer = { guild_id: guildId, endpoint: server.endpoint, token: `t${voiceSessions}` };
    gateway.receive({ t: "VOICE_SERVER_UPDATE", d: voiceServer });
  };
  const gateway = fromRawPackets({
    userId,
    send: (_guild, { d }) => {
      const { channel_id: channelId } = d as { channel_id: unknown };
      requestedChannels.push(channelId);
      place(channelId);
    },
  });
  addVoiceServerUpdateHandler(gateway, client);
  const music = new GuildMusic(client, gateway, guildId);
  const messages: string[] = [];
  client.on(WebSocketClosedEvent, async (event) => void messages.push(await music.handleVoiceClosed(event)));
  const waitForAudio = (session: number, count: number) =>
    server.until(
      () =>
        (server.sessions[session]?.packets.filter(({ encrypted, opus }) => encrypted && opus).length ?? 0) >=
        count,
      `${count} packets in session ${session}`,
    );

  const who = { id: "42", name: "ann" };
  expect(await music.play(testCall.channelId, `raw:${file}`, who)).toBe(basename(file, extname(file)));
  await waitForAudio(0, 20);
  server.close(4_006, "Session is no longer valid.");
  await waitForAudio(1, 20);
  expect(messages).toEqual(["voice connection closed: 4006 Session is no longer valid.; rejoining"]);
  expect(requestedChannels).toEqual([testCall.channelId, testCall.channelId]);

  // A moderator moves the bot: Discord closes the call and assigns a voice server for the other one
  // unrequested.
  server.close(4_014, "Disconnected.");
  await expect.poll(() => messages.length).toBe(2);
  place(testCall.channelId);
  await waitForAudio(2, 20);
  expect(requestedChannels).toHaveLength(2);

  await music.leave();
  expect(requestedChannels.at(-1)).toBeNull();
  await expect.poll(() => server.clients).toBe(0);
  await music.close();
});

it("names the missing variable when it is started without a token", async () => {
  const main = new URL("../../examples/discord-music-bot/main.ts", import.meta.url);
  const run = await launchNode(main.pathname, [], { env: { DISCORD_TOKEN: "" } });
  expect((await run.exited).code).toBe(2);
  expect(run.stderr.join()).toContain("DISCORD_TOKEN");
});
