import { loadOpus, OpusDecoder } from "@asterite/audio/media";
import { DiscordVoiceServer, dominantFrequency, type PacketFate, UdpRelay } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { mediaTrack, TestPlayers } from "../players/players.test-support.ts";
import {
  createCertificates,
  createPlayers,
  joinCall,
  sendVoiceUpdate,
  waitForClosedEvent,
  waitForPackets,
  waitForTransmissionEnd,
} from "./voice.test-support.ts";

const certificates = await createCertificates();

describe("faults", () => {
  it.for([1_006, 1_001, 4_015])(
    "resumes the session and continues audio when the gateway closes with %i",
    async (code) => {
      await using server = await DiscordVoiceServer.start(certificates.certificate);
      await using players = createPlayers(certificates);
      await joinCall(players, server);
      players.perform("play", { track: mediaTrack("tones.opus") });
      await server.until(() => server.session.packets.length >= 10, "packets");
      if (code === 1_006) server.cut();
      else server.close(code);
      await server.until(() => server.session.resumed.length === 1, "a resumed session");
      const { length } = server.session.packets;
      await server.until(() => server.session.packets.length >= length + 20, "packets after it");
      expect(players.sent).not.toContain("WebSocketClosedEvent");
      expect(server.sessions).toHaveLength(1);
    },
  );

  it.for([4_006, 4_009, 4_014, 4_017, 4_021, 4_022])(
    "reports close code %i and waits for an update",
    async (code) => {
      await using server = await DiscordVoiceServer.start(certificates.certificate);
      await using players = createPlayers(certificates);
      await joinCall(players, server);
      players.perform("play", { track: mediaTrack("tones.opus") });
      await server.until(() => server.session.packets.length >= 5, "packets");
      server.close(code, "because");
      await players.waitFor("WebSocketClosedEvent because");
      expect(players.messages.at(-1)).toMatchObject({
        toAll: true,
        content: { fields: { code, reason: "because", byRemote: true } },
      });
      sendVoiceUpdate(players, server);
      await server.until(
        () => server.sessions.length === 2 && server.session.packets.length >= 5,
        "a new session",
      );
    },
  );

  it("gives up a stalled gateway by its heartbeats and the deadline", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, { heartbeatMs: 1_000 });
    await using players = createPlayers(certificates, 5_000);
    await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus"), pause: true });
    server.stall();
    await players.waitUntil(() => players.sent.some((word) => word.startsWith("WebSocketClosedEvent")));
    const { content } = players.messages.at(-1) ?? {};
    expect(content).toMatchObject({ fields: { code: 1_006, byRemote: false } });
  }, 60_000);

  it("gives up a voice server that never responds to IP discovery", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, {
      answersDiscovery: false,
    });
    await using players = createPlayers(certificates, 2_000);
    sendVoiceUpdate(players, server);
    await players.waitUntil(() => players.sent.some((word) => word.startsWith("WebSocketClosedEvent")));
    expect(server.session.packets).toEqual([]);
  });

  it("identifies again when the connection is lost before READY", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, { cutsOff: 2 });
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await waitForPackets(server, 10);
    expect(server.sessions).toHaveLength(3);
    expect(players.sent.join()).not.toContain("WebSocketClosedEvent");
  });

  it("gives up a gateway that closes after each resume", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    // Three attempts are allowed. Each succeeds, but none of the sessions lasts.
    for (const resumes of [1, 2, 3]) {
      server.cut();
      await server.until(() => server.session.resumed.length === resumes, `resume ${resumes}`);
    }
    server.cut();
    expect(await waitForClosedEvent(players)).toMatchObject({ code: 1_006, byRemote: false });
    expect(server.session.resumed).toHaveLength(3);
  });

  it("sends the last sequence number with heartbeats and resumes", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, { heartbeatMs: 1_000 });
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    const { session } = server;
    await server.until(() => session.acknowledged === session.sequence, "a heartbeat");
    const { sequence } = session;
    server.cut();
    await server.until(() => session.resumed.length === 1, "a resumed session");
    expect(session.resumed).toEqual([sequence]);
    await server.until(() => session.acknowledged > sequence, "a heartbeat after it");
  });

  it("receives the messages missed while disconnected when the session is resumed", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    const call = await joinCall(players, server);
    players.play(mediaTrack("tones.opus"));
    await waitForPackets(server, 5);
    server.cut();
    const transition = call.join("88");
    await server.until(() => call.ready.includes(transition), "a ready member");
    await waitForPackets(server, 20);
    expect(server.session.packets.slice(-10).every(({ opus }) => opus !== null)).toBe(true);
    expect(server.session.resumed).toHaveLength(1);
  });

  it("follows an update that arrives while a session is being resumed", async () => {
    await using first = await DiscordVoiceServer.start(certificates.certificate);
    await using second = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    await joinCall(players, first);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await waitForPackets(first, 5);
    // The session could be resumed, but the gateway does not respond.
    first.stall();
    first.cut();
    await first.until(() => first.connections === 2, "an attempt to resume");
    await joinCall(players, second);
    await waitForPackets(second, 10);
    await first.until(() => first.session.socket.readyState >= 2, "the end of the attempt");
    expect(first.session.resumed).toEqual([]);
    expect(players.sent.join()).not.toContain("WebSocketClosedEvent");
  });

  it("lost, corrupted and duplicated packets do not affect the others", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    const fates: readonly PacketFate[] = ["pass", "lose", "pass", "garble", "pass", "repeat", "pass"];
    // IP discovery requests pass.
    await using relay = await UdpRelay.start(server.udpPort, (index, { length }) =>
      length === 74 ? "pass" : (fates[index % fates.length] ?? "pass"),
    );
    server.sendPacketsTo("127.0.0.1", relay.port);
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await waitForPackets(server, 70);
    const { packets, garbled } = server.session;
    expect(garbled).toBeGreaterThan(5);
    // A gap in the sequence numbers is not longer than the gap in time.
    const [first] = packets;
    if (!first) throw new Error("no packet arrived");
    const places = packets.map(({ sequence }) => (sequence - first.sequence) & 0xffff);
    for (const [index, { timestamp }] of packets.entries()) {
      const ticks = ((timestamp - first.timestamp) >>> 0) / 960;
      expect(ticks).toBeGreaterThanOrEqual(places[index] ?? 0);
    }
    // Every packet that arrived can be decoded, once.
    const fresh = packets.filter((_, index) => (places[index] ?? 0) > (places[index - 1] ?? -1));
    expect(fresh.length).toBeLessThan(packets.length);
    expect(fresh.every(({ opus }) => opus !== null)).toBe(true);
    const decoder = new OpusDecoder(await loadOpus());
    const samples = fresh.flatMap(({ opus }) => [...((opus && decoder.decode(opus)?.[0]) ?? [])]);
    expect(dominantFrequency(Float32Array.from(samples.slice(9_600)))).toBeCloseTo(440, -1);
  });

  it("a player keeps its position until it can be heard again", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, { endToEnd: false });
    await using players = createPlayers(certificates);
    sendVoiceUpdate(players, server);
    await server.until(() => server.sessions.length === 1 && server.session.mode !== "", "a session");
    players.perform("play", { track: mediaTrack("tones.opus") });
    await waitForPackets(server, 20);
    server.close(4_006);
    await waitForClosedEvent(players);
    sendVoiceUpdate(players, server);
    await players.waitFor("TrackEndEvent FINISHED");
    await waitForTransmissionEnd(server);
    // Frames that were not requested count neither as lost nor as delivered.
    const received = server.sessions.flatMap(({ packets }) =>
      packets.filter(({ opus }) => opus?.length !== 3),
    );
    expect(received.length).toBe(players.report?.frame.success);
    expect(received.length).toBeGreaterThanOrEqual(150);
  });

  it("rejects a voice server with an untrusted certificate", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = new TestPlayers();
    sendVoiceUpdate(players, server);
    expect(await waitForClosedEvent(players)).toMatchObject({
      code: 1_006,
      reason: expect.stringContaining("certificate"),
      byRemote: false,
    });
    expect(server.sessions).toEqual([]);
  });

  it("explains that an encrypted call needs the channel id", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    sendVoiceUpdate(players, server, { channelId: null });
    await players.waitUntil(() => players.sent.some((word) => word.includes("channelId")));
    expect(server.session.identify["max_dave_protocol_version"]).toBe(0);
  });

  it("explains the rejection by a voice server that requires end-to-end encryption", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, { needsEndToEnd: true });
    await using players = createPlayers(certificates);
    sendVoiceUpdate(players, server, { channelId: null });
    expect(await waitForClosedEvent(players)).toMatchObject({
      code: 4_017,
      reason: expect.stringContaining("channelId"),
      byRemote: true,
    });
  });

  it("rejects discontinued encryption modes", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, {
      modes: ["xsalsa20_poly1305"],
    });
    await using players = createPlayers(certificates);
    sendVoiceUpdate(players, server);
    await players.waitUntil(() => players.sent.some((word) => word.startsWith("WebSocketClosedEvent")));
    expect(players.messages.at(-1)).toMatchObject({ content: { fields: { code: 4_016 } } });
  });

  // A URL that cannot be parsed would throw in the audio thread, which many players share.
  it.each(["user@127.0.0.1/path?query", "127.0.0.1:99999", "127.0.0.1:65536", "1.2.3.4.5", "999.0.0.1"])(
    "rejects the endpoint %s",
    async (endpoint) => {
      await using players = new TestPlayers();
      const event = { token: "token", endpoint };
      expect(() => players.perform("voice-server-update", { guildId: "2", sessionId: "s", event })).toThrow(
        /event.endpoint/,
      );
      expect(players.engine.threads).toBe(0);
    },
  );

  it("accepts the highest port", async () => {
    await using players = new TestPlayers();
    const event = { token: "token", endpoint: "127.0.0.1:65535" };
    players.perform("voice-server-update", { guildId: "3", sessionId: "s", event });
    expect(players.engine.threads).toBe(1);
  });

  it("starts no thread for an update without an endpoint", async () => {
    await using players = new TestPlayers();
    players.perform("voice-server-update", {
      guildId: "2",
      sessionId: "s",
      event: { token: "token", endpoint: null },
    });
    expect(players.engine.threads).toBe(0);
  });
});
