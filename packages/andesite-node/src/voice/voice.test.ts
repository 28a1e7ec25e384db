import {
  type Authority,
  type Certificate,
  createAuthority,
  DiscordVoiceServer,
  dominantFrequency,
  testCall,
  type VoiceServerOptions,
} from "@asterite/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { OpusDecoder } from "../media/opus.ts";
import { loadOpus } from "../media/opus-library.ts";
import { mediaTrack, TestPlayers } from "../players/fixtures.ts";

let authority: Authority;
let certificate: Certificate;
beforeAll(async () => {
  authority = await createAuthority();
  certificate = await authority.issue();
});

const join = (players: TestPlayers, server: DiscordVoiceServer, changes: object = {}) =>
  players.perform("voice-server-update", {
    guildId: "2",
    sessionId: "session",
    event: { endpoint: server.endpoint, token: "token" },
    channelId: testCall.channelId,
    ...changes,
  });

/** Left and right of what the other member of the call heard. */
async function heardBy(server: DiscordVoiceServer): Promise<readonly [Float32Array, Float32Array]> {
  const decoder = new OpusDecoder(await loadOpus());
  const blocks = server.session.packets.flatMap(({ opus }) => {
    const decoded = opus && opus.length > 3 ? decoder.decode(opus) : undefined;
    return decoded ? [decoded] : [];
  });
  const side = (channel: 0 | 1) => Float32Array.from(blocks.flatMap((block) => [...block[channel]]));
  return [side(0), side(1)];
}

const setups: readonly (readonly [string, VoiceServerOptions])[] = [
  ["AES-GCM without end-to-end encryption", { endToEnd: false, modes: ["aead_aes256_gcm_rtpsize"] }],
  [
    "XChaCha20 without end-to-end encryption",
    { endToEnd: false, modes: ["aead_xchacha20_poly1305_rtpsize"] },
  ],
  ["AES-GCM with end-to-end encryption", { modes: ["aead_aes256_gcm_rtpsize"] }],
  ["XChaCha20 with end-to-end encryption", { modes: ["aead_xchacha20_poly1305_rtpsize"] }],
  ["a group that the node founds", { founder: "client commits" }],
];

describe("a Discord call", () => {
  test.for(setups)("by %s: the tone arrives decrypted and in tempo", async ([, options]) => {
    await using server = await DiscordVoiceServer.start(certificate, options);
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    join(players, server);
    await server.until(() => server.sessions.length > 0 && server.session.mode !== "", "a session");
    if (options.endToEnd !== false)
      await server.until(() => server.session.call?.isFounded === true, "a group");
    players.perform("play", { track: mediaTrack("tones.flac"), end: 1_500 });
    await server.until(() => server.session.packets.length >= 60, "60 packets");
    const { packets, speaking, garbled } = server.session;
    expect(speaking[0]).toBe(1);
    expect(garbled).toBe(0);
    const [left, right] = await heardBy(server);
    expect(dominantFrequency(left.subarray(9_600))).toBeCloseTo(440, -1);
    expect(dominantFrequency(right.subarray(9_600))).toBeCloseTo(880, -1);
    const first = packets[0];
    for (const [index, packet] of packets.entries()) {
      expect((packet.sequence - (first?.sequence ?? 0)) & 0xffff).toBe(index);
      // The clock of the stream goes on where a frame was missing.
      const ticks = ((packet.timestamp - (first?.timestamp ?? 0)) >>> 0) / 960;
      expect(ticks).toBe(Math.round(ticks));
      expect(ticks).toBeGreaterThanOrEqual(index);
    }
    const seconds = ((packets[59]?.atMs ?? 0) - (first?.atMs ?? 0)) / 1_000;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(2);
  });

  test("keeps its end-to-end encryption while members come and go", async () => {
    await using server = await DiscordVoiceServer.start(certificate);
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    const call = await enter(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    const codes = [call.privacyCode];
    for (const change of [() => call.join("88"), () => call.join("99"), () => call.leave("88")]) {
      const before = server.session.packets.length;
      const transition = change();
      await server.until(() => call.ready.includes(transition), "a member that is ready");
      call.execute(transition);
      await server.until(() => server.session.packets.length >= before + 20, "packets after the change");
      expect(server.session.packets.slice(-10).every(({ opus }) => opus !== null)).toBe(true);
      codes.push(call.privacyCode);
    }
    expect(new Set(codes).size).toBe(4);
    expect(call.refused).toEqual([]);
  });

  test("lets nobody in who is not in the call", async () => {
    await using server = await DiscordVoiceServer.start(certificate);
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    const call = await enter(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    call.proposeStranger("666");
    await server.until(() => server.session.packets.length >= 20, "packets");
    expect(server.session.packets.every(({ opus }) => opus !== null)).toBe(true);
    expect(call.commits).toBe(0);
  });

  test("refuses a forged welcome and is let in again", async () => {
    await using server = await DiscordVoiceServer.start(certificate);
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    const call = await enter(players, server);
    const transition = call.sendNonsense();
    await server.until(() => call.refused.includes(transition), "the refusal");
    await server.until(() => call.isFounded, "a new group");
    players.perform("play", { track: mediaTrack("tones.opus") });
    await server.until(() => server.session.packets.filter(({ opus }) => opus).length >= 10, "packets");
  });

  test("sends nothing that could be read while there is no group", async () => {
    await using server = await DiscordVoiceServer.start(certificate);
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    const call = await enter(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await server.until(() => server.session.packets.length >= 5, "packets");
    call.restart();
    await server.until(() => call.isFounded, "a new group");
    const { length } = server.session.packets;
    await server.until(() => server.session.packets.length >= length + 20, "packets of the new group");
    // All that arrived could be decrypted by somebody, then or now.
    expect(server.session.packets.filter(({ opus }) => opus === null).length).toBeLessThanOrEqual(2);
  });
});

describe("what goes wrong", () => {
  test.for([1_006, 1_001, 4_015])(
    "a gateway that closes with %i is resumed, and audio goes on",
    async (code) => {
      await using server = await DiscordVoiceServer.start(certificate);
      await using players = new TestPlayers({ voiceAuthority: authority.ca });
      await enter(players, server);
      players.perform("play", { track: mediaTrack("tones.opus") });
      await server.until(() => server.session.packets.length >= 10, "packets");
      if (code === 1_006) server.cut();
      else server.close(code);
      await server.until(() => server.session.resumes === 1, "a resumed session");
      const { length } = server.session.packets;
      await server.until(() => server.session.packets.length >= length + 20, "packets after it");
      expect(players.words).not.toContain("WebSocketClosedEvent");
      expect(server.sessions).toHaveLength(1);
    },
  );

  test.for([4_006, 4_009, 4_014, 4_017, 4_021, 4_022])(
    "code %i is told, and waits for an update",
    async (code) => {
      await using server = await DiscordVoiceServer.start(certificate);
      await using players = new TestPlayers({ voiceAuthority: authority.ca });
      await enter(players, server);
      players.perform("play", { track: mediaTrack("tones.opus") });
      await server.until(() => server.session.packets.length >= 5, "packets");
      server.close(code, "because");
      await players.told("WebSocketClosedEvent because");
      expect(players.messages.at(-1)).toMatchObject({
        toAll: true,
        content: { fields: { code, reason: "because", byRemote: true } },
      });
      join(players, server);
      await server.until(
        () => server.sessions.length === 2 && server.session.packets.length >= 5,
        "a new session",
      );
    },
  );

  test("a gateway that stalls is left by its heartbeats, and given up after a while", async () => {
    await using server = await DiscordVoiceServer.start(certificate, { heartbeatMs: 1_000 });
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    await enter(players, server);
    players.perform("play", { track: mediaTrack("tones.opus"), pause: true });
    server.stall();
    await players.until(() => players.words.some((word) => word.startsWith("WebSocketClosedEvent")));
    const { content } = players.messages.at(-1) ?? {};
    expect(content).toMatchObject({ fields: { code: 1_006, byRemote: false } });
  }, 60_000);

  test("a voice server that never tells our address is given up", async () => {
    await using server = await DiscordVoiceServer.start(certificate, { answersDiscovery: false });
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    join(players, server);
    await players.until(() => players.words.some((word) => word.startsWith("WebSocketClosedEvent")));
    expect(server.session.packets).toEqual([]);
  });

  test("a certificate that nobody vouches for is no voice server", async () => {
    await using server = await DiscordVoiceServer.start(certificate);
    await using players = new TestPlayers();
    join(players, server);
    await players.until(() => players.words.some((word) => word.startsWith("WebSocketClosedEvent")));
    expect(server.sessions).toEqual([]);
  });

  test("an encrypted call without the channel's id is refused in words", async () => {
    await using server = await DiscordVoiceServer.start(certificate);
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    join(players, server, { channelId: null });
    await players.until(() => players.words.some((word) => word.includes("channelId")));
    expect(server.session.identify["max_dave_protocol_version"]).toBe(0);
  });

  test("modes that nobody should use any more are refused", async () => {
    await using server = await DiscordVoiceServer.start(certificate, { modes: ["xsalsa20_poly1305"] });
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    join(players, server);
    await players.until(() => players.words.some((word) => word.startsWith("WebSocketClosedEvent")));
    expect(players.messages.at(-1)).toMatchObject({ content: { fields: { code: 4_016 } } });
  });

  test("an endpoint that is more than a host is refused", async () => {
    await using players = new TestPlayers();
    const event = { token: "token", endpoint: "user@127.0.0.1/path?query" };
    expect(() => players.perform("voice-server-update", { guildId: "2", sessionId: "s", event })).toThrow(
      /event.endpoint/,
    );
    players.perform("voice-server-update", {
      guildId: "2",
      sessionId: "s",
      event: { token: "token", endpoint: null },
    });
    expect(players.engine.threads).toBe(0);
  });
});

describe("an update", () => {
  test("to another server moves the player there", async () => {
    await using first = await DiscordVoiceServer.start(certificate);
    await using second = await DiscordVoiceServer.start(certificate);
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    await enter(players, first);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await first.until(() => first.session.packets.length >= 5, "packets");
    await enter(players, second);
    await second.until(() => second.session.packets.length >= 10, "packets there");
    const { length } = first.session.packets;
    await second.until(() => second.session.packets.length >= 20, "more packets there");
    expect(first.session.packets.length).toBe(length);
  });

  test("that says the same again changes nothing, and one to another channel does", async () => {
    await using server = await DiscordVoiceServer.start(certificate);
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    await enter(players, server);
    join(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await server.until(() => server.session.packets.length >= 5, "packets");
    expect(server.sessions).toHaveLength(1);
    join(players, server, { sessionId: "moved" });
    await server.until(
      () => server.sessions.length === 2 && server.session.packets.length >= 5,
      "another session",
    );
  });

  test("before there is a player is kept for it; destroying and shutting down leave the call", async () => {
    await using server = await DiscordVoiceServer.start(certificate);
    const closed = () => server.session.socket.readyState >= 2;
    await using players = new TestPlayers({ voiceAuthority: authority.ca });
    await enter(players, server);
    expect(players.report).toBeNull();
    players.perform("destroy");
    await server.until(closed, "the end of the call");
    await enter(players, server);
    players.perform("stop");
    players.perform("destroy");
    await server.until(() => server.sessions.length === 2 && closed(), "the end of the second call");
    await enter(players, server);
    await players.players.close();
    await server.until(() => server.sessions.length === 3 && closed(), "the end of the third call");
  });
});

/** Enters the call, as far as to the group. */
async function enter(players: TestPlayers, server: DiscordVoiceServer) {
  const { length } = server.sessions;
  join(players, server);
  await server.until(
    () => server.sessions.length > length && server.session.call?.isFounded === true,
    "a group",
  );
  const { call } = server.session;
  if (!call) throw new Error("the call is not encrypted");
  return call;
}
