import { DiscordVoiceServer, settled, testCall, type VoiceServerOptions } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { Dialler } from "../bytes/dialler.ts";
import { createCertificates } from "./voice.test-support.ts";
import { VoiceConnection, type VoiceDependencies } from "./voice-connection.ts";
import type { VoiceServer } from "./voice-server.ts";

const certificates = await createCertificates();
const open = new Dialler({ allowPrivateAddresses: true });
const strict = new Dialler();

const voiceServer = ({ endpoint }: DiscordVoiceServer): VoiceServer => ({
  guildId: "2",
  userId: "1",
  sessionId: "session",
  token: "token",
  endpoint,
  channelId: testCall.channelId,
});

/** Creates a connection. `end` resolves with the data of its `closed` event. */
function connect(server: DiscordVoiceServer, dialler: VoiceDependencies["dialler"] = open) {
  const end = Promise.withResolvers<{ code: number; reason: string }>();
  const ready = Promise.withResolvers<void>();
  const limits = { connectTimeoutMs: 10_000, resumeAttempts: 3 };
  const connection = new VoiceConnection(
    { dialler, limits, certificateAuthority: certificates.authority.ca },
    {
      stateChanged: ({ isConnected }) => isConnected && ready.resolve(),
      closed: (code, reason) => end.resolve({ code, reason }),
    },
  );
  onTestFinished(() => connection.close());
  connection.update(voiceServer(server));
  return { connection, end: end.promise, ready: ready.promise };
}

describe("addresses from untrusted peers", () => {
  it("are not dialled if they are private", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    const { end } = connect(server, strict);
    expect(await end).toEqual({ code: 1_006, reason: expect.stringContaining("not on the public internet") });
    expect(server.connections).toBe(0);
  });

  it.for(["127.0.0.1", "10.0.0.1", "::1", "169.254.169.254", "localhost"])(
    "receive no packets if they are private: %s",
    async (host) => {
      await using server = await DiscordVoiceServer.start(certificates.certificate);
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
      ["ready", {}, ({ sessions }) => sessions[0]?.call?.isFounded === true],
    ];

  it.for(states)("leaves no sockets behind while %s", async ([, options, reached]) => {
    await using server = await DiscordVoiceServer.start(certificates.certificate, options);
    const { connection } = connect(server);
    await server.until(() => reached(server), "that state");
    connection.close();
    await waitForCleanUp(server);
  });

  it("leaves no sockets behind while a lost session is being resumed", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
    const { connection, ready } = connect(server);
    await ready;
    // The second attempt follows after a delay of one second.
    for (const resumes of [1, 2]) {
      server.cut();
      if (resumes === 1) await server.until(() => server.session.resumed.length === resumes, "a resume");
    }
    await expect.poll(() => connection.isReady).toBe(false);
    connection.close();
    await waitForCleanUp(server);
    expect(server.connections).toBe(2);
  });

  it("emits no event, and a later update connects again", async () => {
    await using server = await DiscordVoiceServer.start(certificates.certificate);
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

/** Waits until the server has no clients and this process has no UDP socket other than the server's. */
async function waitForCleanUp(server: DiscordVoiceServer): Promise<void> {
  await expect.poll(() => server.clients, { timeout: 5_000 }).toBe(0);
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap").length;
  await expect.poll(sockets).toBe(1);
  const { connections } = server;
  expect(await settled(() => server.connections)).toBe(connections);
}
