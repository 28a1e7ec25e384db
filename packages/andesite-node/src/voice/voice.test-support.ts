// Players in calls of the test kit's Discord voice server.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import {
  type Authority,
  type Certificate,
  createAuthority,
  type DiscordVoiceServer,
  mediaFolder,
  settled,
  testCall,
} from "@asterite/testkit";
import { BufferSource, EncodedPacketSink, Input, OGG } from "mediabunny";
import { onTestFinished } from "vitest";
import { TestPlayers } from "../players/players.test-support.ts";
import { OggOpusWriter } from "../streaming/ogg-opus.ts";

/** Certificate authority and certificate of the voice servers of a test file. */
export interface VoiceCertificates {
  readonly authority: Authority;
  readonly certificate: Certificate;
}

/** Creates a certificate authority and a certificate signed by it. */
export async function createCertificates(): Promise<VoiceCertificates> {
  const authority = await createAuthority();
  return { authority, certificate: await authority.issue() };
}

/** Sends a voice server update for a test server to the player. */
export const sendVoiceUpdate = (players: TestPlayers, server: DiscordVoiceServer, changes: object = {}) =>
  players.perform("voice-server-update", {
    guildId: "2",
    sessionId: "session",
    event: { endpoint: server.endpoint, token: "token" },
    channelId: testCall.channelId,
    ...changes,
  });

/** Joins the call and waits for its MLS group. */
export async function joinCall(players: TestPlayers, server: DiscordVoiceServer) {
  const { length } = server.sessions;
  sendVoiceUpdate(players, server);
  await server.until(
    () => server.sessions.length > length && server.session.call?.isFounded === true,
    "a group",
  );
  const { call } = server.session;
  if (!call) throw new Error("the call is not encrypted");
  return call;
}

/** Creates players that trust the certificate authority of a test. */
export const createPlayers = ({ authority }: VoiceCertificates, connectTimeoutMs?: number): TestPlayers =>
  new TestPlayers({
    voiceAuthority: authority.ca,
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
  });

/** Waits until a number of further packets have arrived in the last session. */
export async function waitForPackets(server: DiscordVoiceServer, count: number): Promise<void> {
  const { packets } = server.session;
  const { length } = packets;
  await server.until(() => packets.length >= length + count, `${count} more packets`);
}

/** Waits for the end of the transmission and the packets before it, which arrive on another connection. */
export async function waitForTransmissionEnd(server: DiscordVoiceServer): Promise<void> {
  const { packets, speaking } = server.session;
  await server.until(() => speaking.includes(0), "the end of the transmission");
  await settled(() => packets.length);
}

/** Waits for the `WebSocketClosedEvent` of the player. Returns its fields. */
export async function waitForClosedEvent(players: TestPlayers): Promise<Readonly<Record<string, unknown>>> {
  const isClosing = (word: string): boolean => word.startsWith("WebSocketClosedEvent");
  await players.waitUntil(() => players.sent.some(isClosing));
  for (const { content } of players.messages)
    if (content.type === "event" && content.name === "WebSocketClosedEvent") return content.fields;
  throw new Error("there is no WebSocketClosedEvent");
}

const secondPackets = 50;

/** Reads the packets of the test kit's Opus file. */
async function readOpusPackets(): Promise<Uint8Array[]> {
  const bytes = await readFile(joinPath(mediaFolder, "tones.opus"));
  const input = new Input({ source: new BufferSource(bytes), formats: [OGG] });
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw new Error("there is no track");
  const packets: Uint8Array[] = [];
  for await (const { data } of new EncodedPacketSink(track).packets()) packets.push(data);
  return packets;
}

/** Creates an Opus file of one minute, which is deleted after the test. */
export async function createLongFile(): Promise<string> {
  const folder = await mkdtemp(joinPath(tmpdir(), "asterite-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const packets = (await readOpusPackets()).slice(0, secondPackets);
  const ogg = new OggOpusWriter(1);
  const pages = [ogg.headers(), ...Array.from({ length: 60 }, () => ogg.pages(packets))];
  const file = joinPath(folder, "long.opus");
  await writeFile(file, Buffer.concat(pages));
  return file;
}
