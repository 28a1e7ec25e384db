import { loadOpus, OpusDecoder } from "@asterite/audio/media";
import { DiscordVoiceServer, dominantFrequency, type PacketFate, UdpRelay } from "@asterite/testkit";
import { describe, expect, test } from "vitest";
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

const vouched = await createCertificates();

describe("what goes wrong", () => {
  test.for([1_006, 1_001, 4_015])(
    "a gateway that closes with %i is resumed, and audio goes on",
    async (code) => {
      await using server = await DiscordVoiceServer.start(vouched.certificate);
      await using players = createPlayers(vouched);
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

  test.for([4_006, 4_009, 4_014, 4_017, 4_021, 4_022])(
    "code %i is told, and waits for an update",
    async (code) => {
      await using server = await DiscordVoiceServer.start(vouched.certificate);
      await using players = createPlayers(vouched);
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

  test("a gateway that stalls is left by its heartbeats, and given up after a while", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, { heartbeatMs: 1_000 });
    await using players = createPlayers(vouched, 5_000);
    await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus"), pause: true });
    server.stall();
    await players.waitUntil(() => players.sent.some((word) => word.startsWith("WebSocketClosedEvent")));
    const { content } = players.messages.at(-1) ?? {};
    expect(content).toMatchObject({ fields: { code: 1_006, byRemote: false } });
  }, 60_000);

  test("a voice server that never tells our address is given up", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, { answersDiscovery: false });
    await using players = createPlayers(vouched, 2_000);
    sendVoiceUpdate(players, server);
    await players.waitUntil(() => players.sent.some((word) => word.startsWith("WebSocketClosedEvent")));
    expect(server.session.packets).toEqual([]);
  });

  test("an identification that is cut off is made again", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, { cutsOff: 2 });
    await using players = createPlayers(vouched);
    await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await waitForPackets(server, 10);
    expect(server.sessions).toHaveLength(3);
    expect(players.sent.join()).not.toContain("WebSocketClosedEvent");
  });

  test("a gateway that resumes only to close again is given up", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    await joinCall(players, server);
    // Three attempts are allowed; each of them succeeds, and none of them lasts.
    for (const resumes of [1, 2, 3]) {
      server.cut();
      await server.until(() => server.session.resumed.length === resumes, `resume ${resumes}`);
    }
    server.cut();
    expect(await waitForClosedEvent(players)).toMatchObject({ code: 1_006, byRemote: false });
    expect(server.session.resumed).toHaveLength(3);
  });

  test("heartbeats and a resumption say which message was the last", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, { heartbeatMs: 1_000 });
    await using players = createPlayers(vouched);
    await joinCall(players, server);
    const { session } = server;
    await server.until(() => session.acknowledged === session.sequence, "a heartbeat");
    const { sequence } = session;
    server.cut();
    await server.until(() => session.resumed.length === 1, "a resumed session");
    expect(session.resumed).toEqual([sequence]);
    await server.until(() => session.acknowledged > sequence, "a heartbeat after it");
  });

  test("what the gateway said while nobody listened is told when the session is resumed", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    const call = await joinCall(players, server);
    players.play(mediaTrack("tones.opus"));
    await waitForPackets(server, 5);
    server.cut();
    const transition = call.join("88");
    await server.until(() => call.ready.includes(transition), "a member that is ready");
    await waitForPackets(server, 20);
    expect(server.session.packets.slice(-10).every(({ opus }) => opus !== null)).toBe(true);
    expect(server.session.resumed).toHaveLength(1);
  });

  test("an update that comes while a session is resumed leads on", async () => {
    await using first = await DiscordVoiceServer.start(vouched.certificate);
    await using second = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    await joinCall(players, first);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await waitForPackets(first, 5);
    // The session can be resumed, but nobody answers.
    first.stall();
    first.cut();
    await first.until(() => first.connections === 2, "an attempt to resume");
    await joinCall(players, second);
    await waitForPackets(second, 10);
    await first.until(() => first.session.socket.readyState >= 2, "the end of the attempt");
    expect(first.session.resumed).toEqual([]);
    expect(players.sent.join()).not.toContain("WebSocketClosedEvent");
  });

  test("packets that are lost, garbled or come twice spoil nothing but themselves", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    const fates: readonly PacketFate[] = ["pass", "lose", "pass", "garble", "pass", "repeat", "pass"];
    // The questions for the own address are let through.
    await using relay = await UdpRelay.start(server.udpPort, (index, { length }) =>
      length === 74 ? "pass" : (fates[index % fates.length] ?? "pass"),
    );
    server.sendPacketsTo("127.0.0.1", relay.port);
    await using players = createPlayers(vouched);
    await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await waitForPackets(server, 70);
    const { packets, garbled } = server.session;
    expect(garbled).toBeGreaterThan(5);
    // A gap in the numbers is no longer than the one in time.
    const [first] = packets;
    if (!first) throw new Error("nothing was heard");
    const places = packets.map(({ sequence }) => (sequence - first.sequence) & 0xffff);
    for (const [index, { timestamp }] of packets.entries()) {
      const ticks = ((timestamp - first.timestamp) >>> 0) / 960;
      expect(ticks).toBeGreaterThanOrEqual(places[index] ?? 0);
    }
    // Every packet that came through can be read, once.
    const fresh = packets.filter((_, index) => (places[index] ?? 0) > (places[index - 1] ?? -1));
    expect(fresh.length).toBeLessThan(packets.length);
    expect(fresh.every(({ opus }) => opus !== null)).toBe(true);
    const decoder = new OpusDecoder(await loadOpus());
    const samples = fresh.flatMap(({ opus }) => [...((opus && decoder.decode(opus)?.[0]) ?? [])]);
    expect(dominantFrequency(Float32Array.from(samples.slice(9_600)))).toBeCloseTo(440, -1);
  });

  test("a player waits where it is until it can be heard again", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, { endToEnd: false });
    await using players = createPlayers(vouched);
    sendVoiceUpdate(players, server);
    await server.until(() => server.sessions.length === 1 && server.session.mode !== "", "a session");
    players.perform("play", { track: mediaTrack("tones.opus") });
    await waitForPackets(server, 20);
    server.close(4_006);
    await waitForClosedEvent(players);
    sendVoiceUpdate(players, server);
    await players.waitFor("TrackEndEvent FINISHED");
    await waitForTransmissionEnd(server);
    // Frames that nobody asked for were neither lost nor delivered.
    const heard = server.sessions.flatMap(({ packets }) => packets.filter(({ opus }) => opus?.length !== 3));
    expect(heard.length).toBe(players.report?.frame.success);
    expect(heard.length).toBeGreaterThanOrEqual(150);
  });

  test("a certificate that nobody vouches for is no voice server", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = new TestPlayers();
    sendVoiceUpdate(players, server);
    expect(await waitForClosedEvent(players)).toMatchObject({
      code: 1_006,
      reason: expect.stringContaining("certificate"),
      byRemote: false,
    });
    expect(server.sessions).toEqual([]);
  });

  test("an encrypted call without the channel's id is refused in words", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    sendVoiceUpdate(players, server, { channelId: null });
    await players.waitUntil(() => players.sent.some((word) => word.includes("channelId")));
    expect(server.session.identify["max_dave_protocol_version"]).toBe(0);
  });

  test("a voice server that turns away who does not know encryption is explained", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, { needsEndToEnd: true });
    await using players = createPlayers(vouched);
    sendVoiceUpdate(players, server, { channelId: null });
    expect(await waitForClosedEvent(players)).toMatchObject({
      code: 4_017,
      reason: expect.stringContaining("channelId"),
      byRemote: true,
    });
  });

  test("modes that nobody should use any more are refused", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, {
      modes: ["xsalsa20_poly1305"],
    });
    await using players = createPlayers(vouched);
    sendVoiceUpdate(players, server);
    await players.waitUntil(() => players.sent.some((word) => word.startsWith("WebSocketClosedEvent")));
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
