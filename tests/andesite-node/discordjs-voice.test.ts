// The test kit's voice server with a third-party client, so that it does not just mirror our own mistakes.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createAuthority, DiscordVoiceServer, mediaFolder, testCall } from "@asterite/testkit";
import {
  createAudioPlayer,
  createAudioResource,
  type DiscordGatewayAdapterLibraryMethods,
  entersState,
  joinVoiceChannel,
  StreamType,
  VoiceConnectionStatus,
} from "@discordjs/voice";
import { BufferSource, EncodedPacketSink, Input, OGG } from "mediabunny";
import { afterAll, beforeAll, expect, it } from "vitest";

const authority = await createAuthority();
const certificate = await authority.issue();
const usual = getCACertificates("default");
beforeAll(() => setDefaultCACertificates([...usual, authority.ca]));
afterAll(() => setDefaultCACertificates(usual));

async function opusPackets(): Promise<Buffer[]> {
  const bytes = await readFile(join(mediaFolder, "tones.opus"));
  const input = new Input({ source: new BufferSource(bytes), formats: [OGG] });
  const track = await input.getPrimaryAudioTrack();
  const packets: Buffer[] = [];
  if (track)
    for await (const { data } of new EncodedPacketSink(track).packets()) packets.push(Buffer.from(data));
  return packets;
}

it.for([false, true])("plays to the listener, end-to-end encryption: %s", async (endToEnd) => {
  await using server = await DiscordVoiceServer.start(certificate, { endToEnd });
  let methods: DiscordGatewayAdapterLibraryMethods | undefined;
  const connection = joinVoiceChannel({
    guildId: "2",
    channelId: testCall.channelId,
    group: String(endToEnd),
    adapterCreator(given) {
      methods = given;
      return { sendPayload: () => true, destroy() {} };
    },
  });
  const state = { user_id: "1", session_id: "session", channel_id: testCall.channelId, guild_id: "2" };
  methods?.onVoiceStateUpdate(state as Parameters<typeof methods.onVoiceStateUpdate>[0]);
  methods?.onVoiceServerUpdate({ guild_id: "2", token: "token", endpoint: server.endpoint });
  await entersState(connection, VoiceConnectionStatus.Ready, 10_000);
  if (endToEnd) await server.until(() => server.session.call?.isFounded === true, "a group");
  const player = createAudioPlayer();
  connection.subscribe(player);
  const packets = await opusPackets();
  player.play(createAudioResource(Readable.from(packets), { inputType: StreamType.Opus }));
  await server.until(() => server.session.packets.length >= 20, "packets");
  const { packets: received, garbled } = server.session;
  expect(garbled).toBe(0);
  const known = new Set(packets.map((packet) => packet.toString("hex")));
  expect(received.slice(0, 20).every(({ opus }) => opus !== null && known.has(opus.toString("hex")))).toBe(
    true,
  );
  player.stop(true);
  connection.destroy();
});
