import { loadOpus, OpusDecoder } from "@asterite/audio/media";
import { DiscordVoiceServer, dominantFrequency, settled, type VoiceServerOptions } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { mediaTrack } from "../players/players.test-support.ts";
import {
  createCertificates,
  createPlayers,
  joinCall,
  sendVoiceUpdate,
  waitForPackets,
} from "./voice.test-support.ts";

const certificates = await createCertificates();

/** Decodes the left and right channel that the other member of the call received. */
async function decodeReceived(server: DiscordVoiceServer): Promise<readonly [Float32Array, Float32Array]> {
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
  ["a group that the node creates", { founder: "client commits" }],
];

describe("a Discord call", () => {
  it.for(setups)("with %s: the tone arrives decrypted and at the right speed", async ([, options]) => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, options);
    await using players = createPlayers(certificates);
    sendVoiceUpdate(players, server);
    await server.until(() => server.sessions.length > 0 && server.session.mode !== "", "a session");
    if (options.endToEnd !== false)
      await server.until(() => server.session.call?.isFounded === true, "a group");
    const beganMs = performance.now();
    players.perform("play", { track: mediaTrack("tones.flac"), end: 1_500 });
    await server.until(() => server.session.packets.length >= 60, "60 packets");
    const { packets, speaking, garbled } = server.session;
    expect(speaking[0]).toBe(1);
    expect(garbled).toBe(0);
    const [left, right] = await decodeReceived(server);
    expect(dominantFrequency(left.subarray(9_600))).toBeCloseTo(440, -1);
    expect(dominantFrequency(right.subarray(9_600))).toBeCloseTo(880, -1);
    const first = packets[0];
    const ticksOf = (timestamp = 0): number => ((timestamp - (first?.timestamp ?? 0)) >>> 0) / 960;
    for (const [index, { sequence, timestamp }] of packets.entries()) {
      expect((sequence - (first?.sequence ?? 0)) & 0xffff).toBe(index);
      // The timestamp advances over missing frames.
      expect(ticksOf(timestamp)).toBe(Math.round(ticksOf(timestamp)));
      expect(ticksOf(timestamp)).toBeGreaterThanOrEqual(index);
    }
    // Packets can be received late but not early. If this thread was blocked, the first one is as late as the
    // others.
    const last = packets[59];
    expect((last?.atMs ?? 0) - beganMs).toBeGreaterThan(1_000);
    // The timestamps do not fall behind the clock. If this thread was blocked, a packet is late, but not all.
    const behindMs = packets
      .slice(30, 60)
      .map(({ atMs, timestamp }) => atMs - (first?.atMs ?? 0) - ticksOf(timestamp) * 20);
    expect(Math.min(...behindMs)).toBeLessThan(500);
  });
});

describe("a voice server update", () => {
  it("to another server moves the player to it", async () => {
    await using first = await DiscordVoiceServer.start(certificates.certificate);
    await using second = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    await joinCall(players, first);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await first.until(() => first.session.packets.length >= 5, "packets");
    await joinCall(players, second);
    await second.until(() => second.session.packets.length >= 10, "packets there");
    const length = await settled(() => first.session.packets.length);
    await waitForPackets(second, 10);
    expect(first.session.packets.length).toBe(length);
  });

  it("that repeats the current one is ignored; one with another session reconnects", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    sendVoiceUpdate(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await server.until(() => server.session.packets.length >= 5, "packets");
    expect(server.sessions).toHaveLength(1);
    sendVoiceUpdate(players, server, { sessionId: "moved" });
    await server.until(
      () => server.sessions.length === 2 && server.session.packets.length >= 5,
      "another session",
    );
  });

  it("before the player exists is kept for it; destroying and shutting down leave the call", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    const closed = () => server.session.socket.readyState >= 2;
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    expect(players.report).toBeNull();
    players.perform("destroy");
    await server.until(closed, "the end of the call");
    await joinCall(players, server);
    players.perform("stop");
    players.perform("destroy");
    await server.until(() => server.sessions.length === 2 && closed(), "the end of the second call");
    await joinCall(players, server);
    players.players.close();
    await server.until(() => server.sessions.length === 3 && closed(), "the end of the third call");
  });
});
