import { DiscordVoiceServer } from "@asterite/testkit";
import { describe, expect, test } from "vitest";
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

const vouched = await createCertificates();

describe("an encrypted call", () => {
  test.for(["listener commits", "client commits"] as const)(
    "keeps its encryption while members come and go: %s",
    async (who) => {
      await using server = await DiscordVoiceServer.start(vouched.certificate);
      await using players = createPlayers(vouched);
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
        await server.until(() => call.ready.includes(transition), "a member that is ready");
        call.execute(transition);
        await server.until(() => server.session.packets.length >= before + 20, "packets after the change");
        expect(server.session.packets.slice(-10).every(({ opus }) => opus !== null)).toBe(true);
        codes.push(call.privacyCode);
      }
      expect(new Set(codes).size).toBe(4);
      expect(call.refused).toEqual([]);
      // Everybody commits; whose commit comes first is taken.
      expect(call.commits).toBe(3);
    },
  );

  test("lets nobody in who is not in the call", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    const call = await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    call.proposeStranger("666");
    await server.until(() => server.session.packets.length >= 20, "packets");
    expect(server.session.packets.every(({ opus }) => opus !== null)).toBe(true);
    expect(call.commits).toBe(0);
  });

  test("refuses a forged welcome and is let in again", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    const call = await joinCall(players, server);
    const transition = call.sendNonsense();
    await server.until(() => call.refused.includes(transition), "the refusal");
    await server.until(() => call.isFounded, "a new group");
    players.perform("play", { track: mediaTrack("tones.opus") });
    await server.until(() => server.session.packets.filter(({ opus }) => opus).length >= 10, "packets");
  });

  test("sends nothing that could be read while there is no group", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    const call = await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await server.until(() => server.session.packets.length >= 5, "packets");
    call.restart();
    await server.until(() => call.isFounded, "a new group");
    const { length } = server.session.packets;
    await server.until(() => server.session.packets.length >= length + 20, "packets of the new group");
    // All that arrived could be decrypted by somebody, then or now.
    expect(server.session.packets.filter(({ opus }) => opus === null)).toEqual([]);
  });

  test("follows a downgrade and an upgrade, and never sends in the clear what is to be encrypted", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    const call = await joinCall(players, server);
    const { packets } = server.session;
    const last = (count: number) => packets.slice(-count).map(({ encrypted }) => encrypted);
    players.play(fileTrack(await createLongFile()));
    await waitForPackets(server, 10);
    expect(packets.every(({ encrypted }) => encrypted)).toBe(true);

    const down = call.downgrade();
    await server.until(() => call.ready.includes(down), "a client that is ready for the downgrade");
    await waitForPackets(server, 5);
    // Announced is not carried out.
    expect(packets.every(({ encrypted }) => encrypted)).toBe(true);
    call.execute(down);
    await server.until(() => packets.at(-1)?.encrypted === false, "a packet in the clear");
    await waitForPackets(server, 10);
    expect(last(10)).not.toContain(true);

    const up = call.upgrade();
    await server.until(() => call.ready.includes(up), "a client that is ready for the upgrade");
    await waitForPackets(server, 5);
    expect(last(5)).not.toContain(true);
    call.execute(up);
    await server.until(() => packets.at(-1)?.encrypted === true, "an encrypted packet");
    const since = packets.length;
    await waitForPackets(server, 20);
    expect(packets.slice(since).every(({ encrypted, opus }) => encrypted && opus !== null)).toBe(true);
    expect(call.refused).toEqual([]);
  });

  test("is made of one that was not encrypted", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, { endToEnd: "later" });
    await using players = createPlayers(vouched);
    sendVoiceUpdate(players, server);
    await server.until(() => server.sessions.length > 0 && server.session.call !== null, "a call");
    const { call, packets } = server.session;
    if (!call) throw new Error("there is no call");
    players.play(fileTrack(await createLongFile()));
    await waitForPackets(server, 5);
    const up = call.upgrade();
    await server.until(() => call.ready.includes(up), "a client that is ready for the upgrade");
    call.execute(up);
    await server.until(() => packets.at(-1)?.encrypted === true, "an encrypted packet");
    await waitForPackets(server, 10);
    expect(packets.slice(-10).every(({ opus }) => opus !== null)).toBe(true);
    expect(packets[0]).toMatchObject({ encrypted: false });
  });

  test("ends with silence that every member takes", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    await joinCall(players, server);
    players.perform("play", { track: mediaTrack("tones.opus"), end: 400 });
    await waitForTransmissionEnd(server);
    // Discord names these bytes; all others that are not encrypted are refused by the members' libraries.
    const silence = server.session.packets.slice(-5);
    expect(silence.map(({ opus }) => opus?.toString("hex"))).toEqual(Array(5).fill("f8fffe"));
    expect(server.session.packets.every(({ opus }) => opus !== null)).toBe(true);
  });

  test("loses nothing of the track that is played before the group is there", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    await using players = createPlayers(vouched);
    sendVoiceUpdate(players, server);
    players.perform("play", { track: mediaTrack("tones.opus") });
    await players.waitFor("TrackEndEvent FINISHED");
    await waitForTransmissionEnd(server);
    const heard = server.session.packets.filter(({ encrypted }) => encrypted);
    expect(heard.length).toBe(players.report?.frame.success);
    expect(heard.length).toBeGreaterThanOrEqual(150);
  });

  test("takes no notice of a commit that is not for its group", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, { founder: "client commits" });
    await using players = createPlayers(vouched);
    sendVoiceUpdate(players, server);
    await server.until(() => server.sessions.length > 0 && server.session.call !== null, "a call");
    const { call, packets } = server.session;
    // It comes before the client is in a group of its own: there is nothing to follow, and nothing to refuse.
    call?.sendForeignCommit();
    await server.until(() => call?.isFounded === true, "a group");
    players.play(mediaTrack("tones.opus"));
    await server.until(() => packets.filter(({ encrypted }) => encrypted).length >= 10, "packets");
    expect(call?.refused).toEqual([]);
  });
});
