import { DiscordVoiceServer } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { fileTrack, mediaTrack } from "../players/players.test-support.ts";
import {
  createCertificates,
  createLongFile,
  createPlayers,
  joinCall,
  sendVoiceUpdate,
  waitForPackets,
  waitForTransmissionEnd,
} from "./voice.test-support.ts";

const certificates = await createCertificates();

describe("an end-to-end encrypted call", () => {
  it.for(["listener commits", "client commits"] as const)(
    "stays encrypted while members join and leave: %s",
    async (who) => {
      await using server = await DiscordVoiceServer.start(certificates.certificate);
      await using players = createPlayers(certificates);
      const call = await joinCall(players, server);
      players.perform("play", { track: mediaTrack("tones.opus") });
      const codes = [call.privacyCode];
      for (const change of [
        () => call.join("88", who),
        () => call.join("99", who),
        () => call.leave("88", who),
      ]) {
        const before = server.session.packets.length;
        const transition = change();
        await server.until(() => call.ready.includes(transition), "a ready member");
        call.execute(transition);
        await server.until(() => server.session.packets.length >= before + 20, "packets after the change");
        expect(server.session.packets.slice(-10).every(({ opus }) => opus !== null)).toBe(true);
        codes.push(call.privacyCode);
      }
      expect(new Set(codes).size).toBe(4);
      expect(call.refused).toEqual([]);
      // All members commit; the first commit wins.
      expect(call.commits).toBe(3);
    },
  );

  it("does not add users who are not in the call", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    const call = await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    call.proposeStranger("666");
    await server.until(() => server.session.packets.length >= 20, "packets");
    expect(server.session.packets.every(({ opus }) => opus !== null)).toBe(true);
    expect(call.commits).toBe(0);
  });

  it("rejects a forged welcome and joins again", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    const call = await joinCall(players, server);
    const transition = call.sendNonsense();
    await server.until(() => call.refused.includes(transition), "the refusal");
    await server.until(() => call.isFounded, "a new group");
    players.perform("play", { track: mediaTrack("tones.opus") });
    await server.until(() => server.session.packets.filter(({ opus }) => opus).length >= 10, "packets");
  });

  it("sends no unencrypted packets while there is no group", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    const call = await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await server.until(() => server.session.packets.length >= 5, "packets");
    call.restart();
    await server.until(() => call.isFounded, "a new group");
    const { length } = server.session.packets;
    await server.until(() => server.session.packets.length >= length + 20, "packets of the new group");
    // Every packet could be decrypted by a member of the old or the new group.
    expect(server.session.packets.filter(({ opus }) => opus === null)).toEqual([]);
  });

  it("follows a downgrade and an upgrade, and changes the encryption only when the transition is executed", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    const call = await joinCall(players, server);
    const { packets } = server.session;
    const last = (count: number) => packets.slice(-count).map(({ encrypted }) => encrypted);
    players.play(fileTrack(await createLongFile()));
    await waitForPackets(server, 10);
    expect(packets.every(({ encrypted }) => encrypted)).toBe(true);

    const down = call.downgrade();
    await server.until(() => call.ready.includes(down), "a client ready for the downgrade");
    await waitForPackets(server, 5);
    // The transition is announced, but not executed yet.
    expect(packets.every(({ encrypted }) => encrypted)).toBe(true);
    call.execute(down);
    await server.until(() => packets.at(-1)?.encrypted === false, "an unencrypted packet");
    await waitForPackets(server, 10);
    expect(last(10)).not.toContain(true);

    const up = call.upgrade();
    await server.until(() => call.ready.includes(up), "a client ready for the upgrade");
    await waitForPackets(server, 5);
    expect(last(5)).not.toContain(true);
    call.execute(up);
    await server.until(() => packets.at(-1)?.encrypted === true, "an encrypted packet");
    const since = packets.length;
    await waitForPackets(server, 20);
    expect(packets.slice(since).every(({ encrypted, opus }) => encrypted && opus !== null)).toBe(true);
    expect(call.refused).toEqual([]);
  });

  it("can be upgraded from an unencrypted call", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, { endToEnd: "later" });
    await using players = createPlayers(certificates);
    sendVoiceUpdate(players, server);
    await server.until(() => server.sessions.length > 0 && server.session.call !== null, "a call");
    const { call, packets } = server.session;
    if (!call) throw new Error("there is no call");
    players.play(fileTrack(await createLongFile()));
    await waitForPackets(server, 5);
    const up = call.upgrade();
    await server.until(() => call.ready.includes(up), "a client ready for the upgrade");
    call.execute(up);
    await server.until(() => packets.at(-1)?.encrypted === true, "an encrypted packet");
    await waitForPackets(server, 10);
    expect(packets.slice(-10).every(({ opus }) => opus !== null)).toBe(true);
    expect(packets[0]).toMatchObject({ encrypted: false });
  });

  it("ends a transmission with silence that all members accept", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus"), end: 400 });
    await waitForTransmissionEnd(server);
    // Discord documents these bytes; members' libraries reject all other unencrypted packets.
    const silence = server.session.packets.slice(-5);
    expect(silence.map(({ opus }) => opus?.toString("hex"))).toEqual(Array(5).fill("f8fffe"));
    expect(server.session.packets.every(({ opus }) => opus !== null)).toBe(true);
  });

  it("loses no audio of a track that starts before the group exists", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    await using players = createPlayers(certificates);
    sendVoiceUpdate(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await players.waitFor("TrackEndEvent FINISHED");
    await waitForTransmissionEnd(server);
    const received = server.session.packets.filter(({ encrypted }) => encrypted);
    expect(received.length).toBe(players.report?.frame.success);
    expect(received.length).toBeGreaterThanOrEqual(150);
  });

  it("ignores a commit of another group", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, {
      founder: "client commits",
    });
    await using players = createPlayers(certificates);
    sendVoiceUpdate(players, server);
    await server.until(() => server.sessions.length > 0 && server.session.call !== null, "a call");
    const { call, packets } = server.session;
    // The commit arrives before the client is a group member, so it can neither be processed nor rejected.
    call?.sendForeignCommit();
    await server.until(() => call?.isFounded === true, "a group");
    players.play(mediaTrack("tones.opus"));
    await server.until(() => packets.filter(({ encrypted }) => encrypted).length >= 10, "packets");
    expect(call?.refused).toEqual([]);
  });
});
