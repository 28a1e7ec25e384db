// Check-list of the client's contract (section 14), items 17 and 18: combined client and Discord gateway.
// Tests
// that need specific HTTP responses use a scripted node; the others also run with a complete node.

import {
  AbstractHTTP,
  addVoiceServerUpdateHandler,
  Client,
  connectVoiceChannel,
  createClient,
  createPool,
  disconnectVoiceChannel,
  fromRawPackets,
  HTTPBase,
  HTTPError,
  PoolClientRemoveEvent,
  type RawGateway,
  TrackStartEvent,
  WebSocketBase,
  WebSocketConnectEvent,
} from "@asterite/andesite";
import {
  compareRegions,
  createRegionComparator,
  removeVoiceServerUpdateHandler,
  updateVoiceState,
  WebSocketPoolBase,
} from "@asterite/andesite/advanced";
import { describe, expect, it } from "vitest";
import { closeAfterTest, type NodeKind, nodeKinds, startNode, until } from "../support/andesite.ts";

describe.each(nodeKinds)("14.17 Combined client of $name", ({ start }) => {
  it("14.17 forwards to both parts", async () => {
    const node = await start({ region: "eu", nodeId: "n1", password: "geheim" });
    const client = closeAfterTest(createClient(node.httpUrl, node.webSocketUrl, "geheim", "1"));
    await client.connect();
    expect([client.connected, client.connectionId, client.nodeId, client.nodeRegion]).toEqual([
      true,
      expect.stringMatching(/^\d+$/),
      "n1",
      "eu",
    ]);
    expect(client.state).toBe(client.webSocket.state);
    await client.play("5", node.track("Q"));
    await client.send("5", "pause", { pause: true });
    await client.ping("5");
    expect((await client.getPlayer("5"))?.paused).toBe(true);
    expect((await client.getStats("5")).players.playing).toBe(0);
    expect((await client.loadTracksSafe("nothing")).loadType).toBe("NO_MATCHES");
    await expect(client.request("PATCH", "y")).rejects.toThrow(HTTPError);
    expect(node.requests.at(-1)).toMatchObject({ method: "PATCH", path: "y" });
    await client.disconnect();
    expect(client.connected).toBe(false);
    client.connectionId = null;
    expect(client.connectionId).toBeNull();
    await client.close();
    expect([client.closed, client.http.closed, client.webSocket.closed]).toEqual([true, true, true]);
    await client.reset();
    expect(client.closed).toBe(false);
    expect(String(client)).not.toContain("geheim");
  });

  it("14.17 returns null for properties that pools do not have, and ignores their methods", async () => {
    const node = await start();
    const client = closeAfterTest(createPool([], [[node.webSocketUrl, null]], { userId: "1" }));
    expect([client.connected, client.connectionId, client.nodeId, client.nodeRegion]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    await client.connect();
    await client.disconnect();
    client.deleteConnectionId();
    expect(node.handshakes).toEqual([]);
  });

  it("14.17 emits the events of its WebSocket client, which emits them as well", async () => {
    const node = await start();
    const client = closeAfterTest(createClient(node.httpUrl, node.webSocketUrl, null, "1"));
    const received: string[] = [];
    client.on([WebSocketConnectEvent, TrackStartEvent], (event) => received.push(event.constructor.name));
    client.webSocket.eventTarget.on(TrackStartEvent, () => received.push("part"));
    await client.play("5", node.track("Q"));
    await client.ping("5");
    expect(received).toEqual(["WebSocketConnectEvent", "part", "TrackStartEvent"]);
    expect(client.eventTarget).toBe(client);
  });

  it("14.17 emits the events of a pool and its members", async () => {
    const nodes = [await start(), await start()];
    const client = closeAfterTest(
      createPool(
        [],
        nodes.map(({ webSocketUrl }) => [webSocketUrl, null]),
        { userId: "1", webSocketPoolOptions: { scoringFunction: ({ guildIds }) => -guildIds.size } },
      ),
    );
    const received: string[] = [];
    client.on([TrackStartEvent, PoolClientRemoveEvent], (event) => received.push(event.constructor.name));
    const [first] = nodes;
    for (const guild of ["5", "6", "7"]) {
      await client.play(guild, first?.track("Q") ?? "");
      await client.ping(guild);
    }
    expect(nodes.every(({ operations }) => operations.length > 0)).toBe(true);
    expect(received).toEqual(["TrackStartEvent", "TrackStartEvent", "TrackStartEvent"]);
    const pool = client.webSocket;
    if (!(pool instanceof WebSocketPoolBase)) throw new Error("no pool");
    const [member] = pool;
    if (member) {
      closeAfterTest(member);
      pool.removeClient(member);
    }
    expect(received.at(-1)).toBe("PoolClientRemoveEvent");
  });
});

describe("14.17 Combined client", () => {
  it("14.17 forwards to its current parts", async () => {
    const [one, two] = [await startNode(), await startNode()];
    two.respond = () => ({ status: 200, body: "two" });
    const client = closeAfterTest(createClient(one.httpUrl, one.webSocketUrl, null, "1"));
    closeAfterTest(client.webSocket);
    client.http = new HTTPBase(two.httpUrl, null);
    client.webSocket = new WebSocketBase(two.webSocketUrl, "1", null);
    expect(await client.request("GET", "x")).toBe("two");
    await client.stop("5");
    await client.ping("5");
    expect([one.operations.length, two.opsOf("5")]).toEqual([0, ["stop"]]);
  });

  it("14.17 closes the other part when one fails, and is closed when either is", async () => {
    class Failing extends AbstractHTTP {
      closed = false;
      override close = () => Promise.reject(new Error("no"));
      override reset = () => Promise.resolve();
      override request = () => Promise.resolve(null);
    }
    const webSocket = new WebSocketBase("ws://node/", "1", null);
    const client = new Client(new Failing(), webSocket);
    expect(client.closed).toBe(false);
    await client.close();
    expect([webSocket.closed, client.closed]).toEqual([true, true]);
  });
});

const serverUpdate = { t: "VOICE_SERVER_UPDATE", d: { guild_id: "5", endpoint: "e", token: "t" } };
const stateUpdate = (fields: object = {}) => ({
  t: "VOICE_STATE_UPDATE",
  d: { guild_id: "5", user_id: "1", channel_id: "7", session_id: "voice", ...fields },
});
/** Creates a gateway with its sent packets, and a real client with its node. */
const discord = async (start: NodeKind["start"], sessionId: string | null = null) => {
  const node = await start();
  const client = closeAfterTest(createClient(node.httpUrl, node.webSocketUrl, null, "1"));
  const sent: unknown[] = [];
  const gateway: RawGateway = fromRawPackets({
    userId: "1",
    send: (guildId, packet) => sent.push([guildId, packet]),
    sessionId: () => sessionId,
  });
  const updates = async () => {
    await client.ping("5");
    return node.operations.map(({ op, guildId, fields }) => ({ op, guildId, ...fields }));
  };
  return { node, client, gateway, sent, updates };
};

describe.each(nodeKinds)("14.18 Discord with $name", ({ start }) => {
  it("14.18 forwards a voice server update with session and channel of the bot's own voice state", async () => {
    const { client, gateway, updates } = await discord(start, "gateway");
    addVoiceServerUpdateHandler(gateway, client);
    gateway.receive(stateUpdate({ user_id: "2", session_id: "somebody else's" }));
    gateway.receive(stateUpdate());
    gateway.receive(serverUpdate);
    expect(await updates()).toEqual([
      {
        op: "voice-server-update",
        guildId: "5",
        sessionId: "voice",
        event: serverUpdate.d,
        channelId: "7",
      },
    ]);
  });

  it("14.18 falls back to the session of the gateway, and ignores updates without one", async () => {
    const withGateway = await discord(start, "gateway");
    addVoiceServerUpdateHandler(withGateway.gateway, withGateway.client);
    withGateway.gateway.receive(serverUpdate);
    expect(await withGateway.updates()).toMatchObject([{ sessionId: "gateway" }]);
    const without = await discord(start);
    addVoiceServerUpdateHandler(without.gateway, without.client);
    without.gateway.receive(serverUpdate);
    expect(await without.updates()).toEqual([]);
  });

  it("14.18 ignores packets without a type, body or guild", async () => {
    const { client, gateway, updates } = await discord(start, "gateway");
    addVoiceServerUpdateHandler(gateway, client);
    for (const packet of [
      {},
      { t: "VOICE_SERVER_UPDATE" },
      { t: "VOICE_SERVER_UPDATE", d: null },
      { t: "VOICE_SERVER_UPDATE", d: { endpoint: "e" } },
      { t: null, d: serverUpdate.d },
      { d: serverUpdate.d },
    ]) {
      gateway.receive(packet);
    }
    expect(await updates()).toEqual([]);
  });

  it("14.18 forwards once when added twice, and stops when removed; both may be repeated", async () => {
    const { client, gateway, updates } = await discord(start, "gateway");
    addVoiceServerUpdateHandler(gateway, client);
    addVoiceServerUpdateHandler(gateway, client);
    gateway.receive(serverUpdate);
    await until(() => client.connected === true);
    removeVoiceServerUpdateHandler(gateway, client);
    removeVoiceServerUpdateHandler(gateway, client);
    gateway.receive(serverUpdate);
    expect(await updates()).toHaveLength(1);
  });

  it("14.18 joins, moves and leaves through the gateway", async () => {
    const { gateway, sent } = await discord(start);
    const d = { guild_id: "5", channel_id: "7", self_mute: false, self_deaf: false };
    await updateVoiceState(gateway, "5", "7");
    await connectVoiceChannel(gateway, { id: "7", guildId: "5" });
    await connectVoiceChannel(gateway, { id: "5" }, 7n);
    await disconnectVoiceChannel(gateway, "5");
    expect(sent).toEqual([
      ...new Array(3).fill(["5", { op: 4, d }]),
      ["5", { op: 4, d: { ...d, channel_id: null } }],
    ]);
  });
});

describe("14.18 Discord", () => {
  it.each([
    ["london", "london", 3],
    ["us-west", "us-east", 2],
    ["vip-us-west", "us", 2],
    ["vip-us-west", "us-west", 3],
    ["US-West", "us-west", 3],
    ["us", "us", 3],
    ["london", "japan", 0],
  ])("14.18 regions: %s and %s", (one, other, nearness) => {
    expect([compareRegions(one, other), compareRegions(other, one)]).toEqual([nearness, nearness]);
  });

  it("14.18 rates unknown regions with 0", () => {
    const comparator = createRegionComparator((guildId) => (guildId === "5" ? "us-west" : null));
    expect(["us-west", "unknown", null].map((region) => comparator("5", region))).toEqual([3, 0, 0]);
    expect(comparator("6", "us-west")).toBe(0);
    expect(createRegionComparator(() => "x", { regionComp: () => 9 })("5", "y")).toBe(9);
  });
});
