import { EventEmitter } from "node:events";
import { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  compareRegions,
  createRegionComparator,
  removeVoiceServerUpdateHandler,
  SocketResponseHandler,
} from "../advanced.ts";
import {
  addVoiceServerUpdateHandler,
  connectVoiceChannel,
  type DiscordJsClient,
  disconnectVoiceChannel,
  fromDiscordJs,
  fromRawPackets,
  WebSocket,
} from "../index.ts";

const setUp = (sessionId: string | null = null) => {
  const sent: unknown[] = [];
  const gateway = fromRawPackets({
    userId: "1",
    send: (guildId, packet) => sent.push([guildId, packet]),
    sessionId: () => sessionId,
  });
  const updates: unknown[] = [];
  const client = {
    voiceServerUpdate: (...update: unknown[]) => {
      updates.push(update);
      return Promise.resolve();
    },
  };
  return { sent, gateway, updates, client };
};
const state = (fields: object) => ({
  t: "VOICE_STATE_UPDATE",
  d: { guild_id: "5", user_id: "1", channel_id: "7", session_id: "s", ...fields },
});
const server = { t: "VOICE_SERVER_UPDATE", d: { guild_id: "5", endpoint: "e", token: "t" } };

describe("updateVoiceState, connectVoiceChannel and disconnectVoiceChannel", () => {
  it("send gateway packets", async () => {
    const { gateway, sent } = setUp();
    const join = { guild_id: "5", channel_id: "7", self_mute: false, self_deaf: false };
    await connectVoiceChannel(gateway, { id: "7", guildId: 5n });
    await connectVoiceChannel(gateway, "5", 7n);
    await connectVoiceChannel(gateway, { id: "5" }, { id: "7" });
    await disconnectVoiceChannel(gateway, { id: "5" });
    expect(sent).toEqual([
      ...[0, 1, 2].map(() => ["5", { op: 4, d: join }]),
      ["5", { op: 4, d: { ...join, channel_id: null } }],
    ]);
    await expect(disconnectVoiceChannel(gateway, 5 as never)).rejects.toThrow("guildId");
  });
});

describe("SocketResponseHandler", () => {
  it("takes session and channel from the bot's own voice state", () => {
    const { gateway, updates, client } = setUp("gateway");
    addVoiceServerUpdateHandler(gateway, client);
    addVoiceServerUpdateHandler(gateway, client);
    gateway.receive(state({ user_id: "2", session_id: "wrong" }));
    gateway.receive(state({}));
    gateway.receive(server);
    gateway.receive(state({ channel_id: null }));
    gateway.receive(server);
    removeVoiceServerUpdateHandler(gateway, client);
    removeVoiceServerUpdateHandler(gateway, client);
    gateway.receive(server);
    expect(updates).toEqual([
      ["5", "s", server.d, { channelId: "7" }],
      ["5", "gateway", server.d, { channelId: null }],
    ]);
  });

  it("ignores incomplete and unrelated packets", () => {
    const { gateway, updates, client } = setUp();
    addVoiceServerUpdateHandler(gateway, client);
    for (const packet of [
      server,
      {},
      { t: "VOICE_SERVER_UPDATE" },
      { t: "VOICE_SERVER_UPDATE", d: [] },
      { t: "VOICE_SERVER_UPDATE", d: { guild_id: 5 } },
      { t: "VOICE_SERVER_UPDATE", d: { guild_id: "x" } },
      { t: null, d: "text" },
    ]) {
      gateway.receive(packet);
    }
    expect(updates).toEqual([]);
  });

  it("reports a rejection of the client, and continues", async () => {
    const { gateway } = setUp("s");
    const errors: unknown[] = [];
    const client = { voiceServerUpdate: () => Promise.reject(new Error("closed")) };
    const handler = new SocketResponseHandler(gateway, client, { onError: (error) => errors.push(error) });
    await handler.onSocketResponse(server);
    await handler.onSocketResponse(server);
    expect(errors.map(String)).toEqual(["Error: closed", "Error: closed"]);
  });

  it("reports an error of the gateway, even when the error callback throws", async () => {
    const { gateway, client } = setUp();
    const errors: unknown[] = [];
    const broken = {
      ...gateway,
      userId: "1",
      sessionId: () => {
        throw new Error("no shard");
      },
    };
    const onError = (error: unknown) => {
      errors.push(error);
      throw new Error("report is broken, too");
    };
    await new SocketResponseHandler(broken, client, { onError }).onSocketResponse(server);
    expect(errors.map(String)).toEqual(["Error: no shard"]);
  });

  it("is a warning of the platform without the callback", async () => {
    const { gateway } = setUp("s");
    const client = { voiceServerUpdate: () => Promise.reject(new Error("the node refused the password")) };
    const warnings: unknown[] = [];
    const record = ({ message }: Error) => void warnings.push(message);
    process.on("warning", record);
    onTestFinished(() => void process.off("warning", record));
    await new SocketResponseHandler(gateway, client).onSocketResponse(server);
    await expect
      .poll(() => warnings)
      .toContain("a voice update failed: Error: the node refused the password");
  });

  it("keeps the error callback of the first call", async () => {
    const { gateway } = setUp("s");
    const failed = new Promise((resolve) => {
      const client = { voiceServerUpdate: () => Promise.reject(new Error("closed")) };
      addVoiceServerUpdateHandler(gateway, client, { onError: resolve });
    });
    gateway.receive(server);
    expect(String(await failed)).toBe("Error: closed");
  });

  it("forwards session and channel from discord.js to a node", async () => {
    await using node = await ScriptedNode.start();
    await using client = new WebSocket(node.webSocketUrl, "1", null);
    const sent: unknown[] = [];
    const shard = { send: (packet: unknown) => sent.push(packet) };
    const discord = Object.assign(new EventEmitter(), {
      user: { id: "1" },
      guilds: { cache: new Map([["5", { shard }]]) },
    }) as unknown as DiscordJsClient & EventEmitter;
    const gateway = fromDiscordJs(discord);
    expect(fromDiscordJs(discord)).toBe(gateway);
    addVoiceServerUpdateHandler(gateway, client);
    await connectVoiceChannel(gateway, "5", "7");
    expect(sent).toHaveLength(1);
    await expect(connectVoiceChannel(gateway, "6", "7")).rejects.toThrow("6");
    discord.emit("raw", state({}));
    discord.emit("raw", server);
    await client.ping("5");
    expect(node.operations).toMatchObject([
      { op: "voice-server-update", fields: { sessionId: "s", event: server.d, channelId: "7" } },
    ]);
    removeVoiceServerUpdateHandler(gateway, client);
    expect(discord.listenerCount("raw")).toBe(0);
  });
});

describe("compareRegions", () => {
  it.each([
    ["london", "london", 3],
    ["us-west", "us-east", 2],
    ["vip-us-west", "us", 2],
    ["VIP-US-West", "us-west", 3],
    ["london", "japan", 0],
  ])("%s and %s", (one, other, score) => {
    expect([compareRegions(one, other), compareRegions(other, one)]).toEqual([score, score]);
  });

  it("rates nodes when both regions are known", () => {
    const compare = createRegionComparator((guildId) => (guildId === "5" ? "us-west" : null));
    expect([compare("5", "us-east"), compare("5", "unknown"), compare("5", null)]).toEqual([2, 0, 0]);
    expect(compare("6", "us-east")).toBe(0);
    expect(createRegionComparator(() => "x", { regionComp: () => 9 })("5", "y")).toBe(9);
  });
});
