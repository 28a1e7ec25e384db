// A voice server is whatever a client names: it may be anybody's.

import { DiscordVoiceServer } from "@asterite/testkit";
import { describe, expect, test } from "vitest";
import { mediaTrack } from "../players/players.test-support.ts";
import { VoiceOpcode } from "./opcodes.ts";
import {
  createCertificates,
  createPlayers,
  joinCall,
  waitForClosedEvent,
  waitForPackets,
} from "./voice.test-support.ts";

const vouched = await createCertificates();
type Hostile = (server: DiscordVoiceServer) => void;

const many = (times: number, act: Hostile): Hostile => {
  return (server) => {
    for (let count = 0; count < times; count++) act(server);
  };
};

const ended: readonly (readonly [string, number, Hostile])[] = [
  ["floods with messages", 1_008, many(5_000, ({ session }) => session.send(5, { speaking: 1 }))],
  ["floods with bytes", 1_008, many(12, ({ session }) => session.send(5, "x".repeat(900_000)))],
  [
    "asks for one group after another",
    1_008,
    many(50, ({ session }) =>
      session.send(VoiceOpcode.DAVE_PREPARE_EPOCH, { epoch: 1, protocol_version: 1 }),
    ),
  ],
  ["refuses to be understood", 1_008, many(50, ({ session }) => session.call?.sendNonsense())],
  [
    "makes too much of an external sender",
    1_008,
    ({ session }) => session.sendBinary(VoiceOpcode.MLS_EXTERNAL_SENDER, Buffer.alloc(100_000)),
  ],
  [
    "wants a version that nobody knows",
    1_002,
    ({ session }) =>
      session.send(VoiceOpcode.DAVE_PREPARE_TRANSITION, { transition_id: 1, protocol_version: 9 }),
  ],
  [
    "numbers a transition with what is no number",
    1_002,
    ({ session }) =>
      session.send(VoiceOpcode.DAVE_PREPARE_TRANSITION, { transition_id: "1", protocol_version: 1 }),
  ],
  [
    "breaks a message of the group off",
    1_002,
    ({ session }) => session.sendBinary(VoiceOpcode.MLS_WELCOME, Buffer.alloc(1)),
  ],
];

const borne: readonly (readonly [string, Hostile])[] = [
  ["says nothing that makes sense", ({ session }) => session.socket.send("{")],
  ["sends lists and names for numbers", ({ session }) => session.socket.send('[{"op":2}]')],
  ["names opcodes", ({ session }) => session.socket.send('{"op":"READY","d":{}}')],
  ["breaks a number off", ({ session }) => session.socket.send(Buffer.of(1))],
  ["is ready again", ({ session }) => session.send(VoiceOpcode.READY, { ip: "10.0.0.1", port: 1, ssrc: 1 })],
  [
    "tells another key",
    ({ session }) =>
      session.send(VoiceOpcode.SESSION_DESCRIPTION, {
        mode: session.mode,
        secret_key: Array(32).fill(0),
        dave_protocol_version: 0,
      }),
  ],
  ["resumes what was not lost", ({ session }) => session.send(VoiceOpcode.RESUMED, null)],
  [
    "greets again, in haste",
    many(20, ({ session }) => session.send(VoiceOpcode.HELLO, { heartbeat_interval: 0 })),
  ],
  [
    "lets a crowd of nobody in",
    ({ session }) =>
      session.send(VoiceOpcode.CLIENTS_CONNECT, {
        user_ids: [...Array.from({ length: 30_000 }, (_, id) => String(id)), null, "a", "-1", {}],
      }),
  ],
  ["sends packets that nobody listens to", many(5_000, (server) => server.sendPacket(Buffer.alloc(300, 1)))],
  [
    "announces transitions without end",
    many(200, ({ session }) =>
      session.send(VoiceOpcode.DAVE_PREPARE_TRANSITION, {
        transition_id: 1 + (session.sequence % 60_000),
        protocol_version: 0,
      }),
    ),
  ],
];

describe("a gateway that", () => {
  test.for(ended)("%s is left with %i", async ([, code, act]) => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    await joinCall(players, server);
    players.play(mediaTrack("tones.opus"));
    await waitForPackets(server, 5);
    act(server);
    expect(await waitForClosedEvent(players)).toMatchObject({ code, byRemote: false });
    await server.until(() => server.session.socket.readyState >= 2, "the end of the connection");
    // Who plays in the same thread plays on.
    await players.passFrames(10);
  });

  test.for(borne)("%s is borne", async ([, act]) => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
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
