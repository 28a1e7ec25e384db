// The client chooses the voice server, so it is untrusted.

import { DiscordVoiceServer } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { mediaTrack } from "../players/players.test-support.ts";
import { VoiceOpcode } from "./opcodes.ts";
import {
  createCertificates,
  createPlayers,
  joinCall,
  waitForClosedEvent,
  waitForPackets,
} from "./voice.test-support.ts";

const certificates = await createCertificates();
type Hostile = (server: DiscordVoiceServer) => void;

const many = (times: number, act: Hostile): Hostile => {
  return (server) => {
    for (let count = 0; count < times; count++) act(server);
  };
};

const disconnected: readonly (readonly [string, number, Hostile])[] = [
  ["floods with messages", 1_008, many(5_000, ({ session }) => session.send(5, { speaking: 1 }))],
  ["floods with bytes", 1_008, many(12, ({ session }) => session.send(5, "x".repeat(900_000)))],
  [
    "requests one group after another",
    1_008,
    many(50, ({ session }) =>
      session.send(VoiceOpcode.DAVE_PREPARE_EPOCH, { epoch: 1, protocol_version: 1 }),
    ),
  ],
  ["sends invalid commits", 1_008, many(50, ({ session }) => session.call?.sendNonsense())],
  [
    "sends an oversized external sender",
    1_008,
    ({ session }) => session.sendBinary(VoiceOpcode.MLS_EXTERNAL_SENDER, Buffer.alloc(100_000)),
  ],
  [
    "requires an unknown DAVE version",
    1_002,
    ({ session }) =>
      session.send(VoiceOpcode.DAVE_PREPARE_TRANSITION, { transition_id: 1, protocol_version: 9 }),
  ],
  [
    "sends a transition id that is not a number",
    1_002,
    ({ session }) =>
      session.send(VoiceOpcode.DAVE_PREPARE_TRANSITION, { transition_id: "1", protocol_version: 1 }),
  ],
  [
    "sends a truncated MLS message",
    1_002,
    ({ session }) => session.sendBinary(VoiceOpcode.MLS_WELCOME, Buffer.alloc(1)),
  ],
];

const tolerated: readonly (readonly [string, Hostile])[] = [
  ["sends invalid JSON", ({ session }) => session.socket.send("{")],
  ["sends an array", ({ session }) => session.socket.send('[{"op":2}]')],
  ["sends opcode names", ({ session }) => session.socket.send('{"op":"READY","d":{}}')],
  ["sends a truncated binary message", ({ session }) => session.socket.send(Buffer.of(1))],
  ["repeats READY", ({ session }) => session.send(VoiceOpcode.READY, { ip: "10.0.0.1", port: 1, ssrc: 1 })],
  [
    "repeats SESSION_DESCRIPTION with another key",
    ({ session }) =>
      session.send(VoiceOpcode.SESSION_DESCRIPTION, {
        mode: session.mode,
        secret_key: Array(32).fill(0),
        dave_protocol_version: 0,
      }),
  ],
  ["sends RESUMED without a resume", ({ session }) => session.send(VoiceOpcode.RESUMED, null)],
  [
    "repeats HELLO with an interval of 0",
    many(20, ({ session }) => session.send(VoiceOpcode.HELLO, { heartbeat_interval: 0 })),
  ],
  [
    "reports a crowd of members with invalid ids",
    ({ session }) =>
      session.send(VoiceOpcode.CLIENTS_CONNECT, {
        user_ids: [...Array.from({ length: 30_000 }, (_, id) => String(id)), null, "a", "-1", {}],
      }),
  ],
  ["sends unwanted UDP packets", many(5_000, (server) => server.sendPacket(Buffer.alloc(300, 1)))],
  [
    "announces many transitions",
    many(200, ({ session }) =>
      session.send(VoiceOpcode.DAVE_PREPARE_TRANSITION, {
        transition_id: 1 + (session.sequence % 60_000),
        protocol_version: 0,
      }),
    ),
  ],
];

describe("a gateway", () => {
  it.for(disconnected)("that %s is disconnected with code %i", async ([, code, act]) => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    players.play(mediaTrack("tones.opus"));
    await waitForPackets(server, 5);
    act(server);
    expect(await waitForClosedEvent(players)).toMatchObject({ code, byRemote: false });
    await server.until(() => server.session.socket.readyState >= 2, "the end of the connection");
    // Players of the same thread continue.
    await players.passFrames(10);
  });

  it.for(tolerated)("that %s is tolerated", async ([, act]) => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    players.play(mediaTrack("tones.opus"));
    await waitForPackets(server, 5);
    act(server);
    await waitForPackets(server, 30);
    expect(server.session.packets.every(({ encrypted, opus }) => encrypted && opus)).toBe(true);
    expect(server.session.garbled).toBe(0);
    expect(players.sent.join()).not.toContain("WebSocketClosedEvent");
  });
});
