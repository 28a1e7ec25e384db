import { DiscordVoiceServer, settled, testCall, type VoiceServerOptions } from "@asterite/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { Dialler } from "../bytes/dialler.ts";
import { createCertificates } from "./voice.test-support.ts";
import { VoiceConnection, type VoiceDependencies } from "./voice-connection.ts";
import type { VoiceServer } from "./voice-server.ts";

const vouched = await createCertificates();
const open = new Dialler({ allowPrivateAddresses: true });
const strict = new Dialler();

const voiceServer = ({ endpoint }: DiscordVoiceServer): VoiceServer => ({
  ...{ guildId: "2", userId: "1", sessionId: "session", token: "token" },
  ...{ endpoint, channelId: testCall.channelId },
});

/** A connection, and the end that it is told. */
function connect(server: DiscordVoiceServer, dialler: VoiceDependencies["dialler"] = open) {
  const end = Promise.withResolvers<{ code: number; reason: string }>();
  const ready = Promise.withResolvers<void>();
  const limits = { connectTimeoutMs: 10_000, resumeAttempts: 3 };
  const connection = new VoiceConnection(
    { dialler, limits, certificateAuthority: vouched.authority.ca },
    {
      readyChanged: (isReady) => isReady && ready.resolve(),
      closed: (code, reason) => end.resolve({ code, reason }),
    },
  );
  onTestFinished(() => connection.close());
  connection.update(voiceServer(server));
  return { connection, end: end.promise, ready: ready.promise };
}

describe("addresses that others give", () => {
  test("are not dialled where they are private", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    const { end } = connect(server, strict);
    expect(await end).toEqual({ code: 1_006, reason: expect.stringContaining("not on the public internet") });
    expect(server.connections).toBe(0);
  });

  test.for(["127.0.0.1", "10.0.0.1", "::1", "169.254.169.254", "localhost"])(
    "get no packets where they are private: %s",
    async (host) => {
      await using server = await DiscordVoiceServer.start(vouched.certificate);
      server.sendPacketsTo(host, server.udpPort);
      const { httpsAgent } = open;
      const { end } = connect(server, { httpsAgent, resolveUdp: (name) => strict.resolveUdp(name) });
      expect(await end).toEqual({
        code: 1_002,
        reason: expect.stringContaining("not on the public internet"),
      });
    },
  );
});

describe("closing", () => {
  const states: readonly (readonly [string, VoiceServerOptions, (server: DiscordVoiceServer) => boolean])[] =
    [
      ["connecting", {}, () => true],
      ["identifying", {}, ({ connections }) => connections > 0],
      ["discovering", { answersDiscovery: false }, ({ questions }) => questions > 0],
      ["being ready", {}, ({ sessions }) => sessions[0]?.call?.isFounded === true],
    ];

  test.for(states)("while %s leaves nothing behind", async ([, options, reached]) => {
    await using server = await DiscordVoiceServer.start(vouched.certificate, options);
    const { connection } = connect(server);
    await server.until(() => reached(server), "that state");
    connection.close();
    await nothingLeft(server);
  });

  test("while a lost session is to be resumed leaves nothing behind", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    const { connection, ready } = connect(server);
    await ready;
    // The second attempt is made after a second.
    for (const resumes of [1, 2]) {
      server.cut();
      if (resumes === 1) await server.until(() => server.session.resumed.length === resumes, "a resumption");
    }
    await expect.poll(() => connection.isReady).toBe(false);
    connection.close();
    await nothingLeft(server);
    expect(server.connections).toBe(2);
  });

  test("tells nothing, and an update begins again", async () => {
    await using server = await DiscordVoiceServer.start(vouched.certificate);
    const { connection, ready } = connect(server);
    await ready;
    const before = connection.counts;
    connection.close();
    expect(connection.counts).toEqual(before);
    connection.update(voiceServer(server));
    await expect.poll(() => connection.isReady).toBe(true);
    expect(server.sessions).toHaveLength(2);
  });
});

/** The server has no clients any more, and this process no UDP sockets but the server's. */
async function nothingLeft(server: DiscordVoiceServer): Promise<void> {
  await expect.poll(() => server.clients, { timeout: 5_000 }).toBe(0);
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap").length;
  await expect.poll(sockets).toBe(1);
  const { connections } = server;
  expect(await settled(() => server.connections)).toBe(connections);
}
