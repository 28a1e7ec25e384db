// Section 12 of the client's contract: one regression test for each defect of the upstream library. More
// detailed tests are beside the code.

import { Observable } from "@asterite/observable";
import { ScriptedNode } from "@asterite/testkit";
import { expect, it } from "vitest";
import {
  FilterUpdate,
  HTTPPool,
  LoadedTrack,
  MixerUpdate,
  OutOfRangeError,
  Pause,
  Player,
  readReceiveOperation,
  SocketResponseHandler,
  VoiceServerUpdate,
  WebSocketPool,
} from "./advanced.ts";
import {
  AbstractHTTP,
  ConnectionError,
  createClient,
  createPool,
  Equalizer,
  FilterMap,
  fromRawPackets,
  HTTP,
  HTTPBase,
  HTTPError,
  Play,
  PlayerState,
  PlayerUpdate,
  PoolEmptyError,
  State,
  TrackExceptionEvent,
  TrackStuckEvent,
  Update,
  WebSocket,
  WebSocketBase,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
  type WebSocketPoolBase,
} from "./index.ts";
import { closeAfterTest, encoded, makeClient, startNode } from "./nodes.test-support.ts";

const connectTo = (node: ScriptedNode, state = false) => makeClient(node, { state });
class Ping {}

it("B1: calls a once listener only once", async () => {
  const target = new Observable();
  let calls = 0;
  target.once(Ping, () => calls++);
  await target.emit(new Ping());
  await target.emit(new Ping());
  expect(calls).toBe(1);
});

it("B2: treats an emitter as its own child, which cannot be added again", () => {
  const target = new Observable();
  expect(target.hasChild(target)).toBe(true);
  expect(() => target.addChild(target)).toThrow(RangeError);
});

it("B3: buffers events in a subscription until they are read", async () => {
  const target = new Observable();
  const subscription = target.subscribe(Ping);
  const [one, two] = [new Ping(), new Ping()];
  await target.emit(one);
  await target.emit(two);
  expect([await subscription.next(), await subscription.next()]).toEqual([one, two]);
  subscription.unsubscribe();
});

it("B4: does not change the raw body when reading it", () => {
  const body = Object.freeze({ op: "stats", userId: "1", stats: Object.freeze({}) });
  expect(readReceiveOperation(body).operation?.op).toBe("stats");
  expect(body).toEqual({ op: "stats", userId: "1", stats: {} });
});

it("B5: converts every error response to an HTTPError, and a malformed track to null", async () => {
  const node = await startNode();
  const http = new HTTP(node.httpUrl, null);
  node.respond = () => ({ status: 500, body: { class: "java.lang.X", message: "no", suppressed: [] } });
  expect(await http.decodeTrack("x")).toBeNull();
  node.respond = () => ({ status: 502 });
  await expect(http.getStats()).rejects.toThrow(HTTPError);
});

it("B6: rejects with an HTTPError with the index when one of several tracks cannot be decoded", async () => {
  const node = await startNode();
  node.respond = () => ({ status: 200, body: [{ error: "no source" }] });
  await expect(new HTTP(node.httpUrl, null).decodeTracks([encoded("x")])).rejects.toThrow(/0.*no source/);
});

it("B7: is closed when closed before the first request", async () => {
  const http = new HTTPBase("http://node/", null);
  await http.close();
  expect(http.closed).toBe(true);
  await expect(http.request("GET", "stats")).rejects.toThrow("closed");
});

it("B8: omits fields without a value", () => {
  expect(new Play(encoded("A")).toRaw()).toEqual({ track: encoded("A"), noReplace: false });
  expect(new Update({ volume: 1 }).toRaw()).toEqual({ volume: 100 });
});

it("B9: sends mixer players in `players`, and `enable` only when given", () => {
  expect(new MixerUpdate(null, { a: new Play(encoded("A")) }).toRaw()).toEqual({
    players: { a: { track: encoded("A"), noReplace: false } },
  });
});

it("B10: accepts a filter map and sends only the given filters", () => {
  const map = new FilterMap();
  map.tremolo.depth = 0.25;
  expect(FilterUpdate.from(map).toRaw()).toEqual({ tremolo: { frequency: 2, depth: 0.25 } });
  expect(new Update({ filters: new FilterMap() }).toRaw()).toEqual({ filters: {} });
});

it("B11: sends a disabled equalizer as fifteen bands with gain 0", () => {
  const equalizer = Equalizer.fromGains([0.25]);
  equalizer.enabled = false;
  const { bands } = equalizer.toRaw() as { bands: readonly { gain: number }[] };
  expect(bands.map(({ gain }) => gain)).toEqual(Array.from({ length: 15 }, () => 0));
});

it("B12: rejects a limit of 0 attempts, and reports the actual number of attempts", async () => {
  const client = new WebSocket(await ScriptedNode.deadUrl(), "1", null);
  await expect(client.connect({ maxAttempts: 0 })).rejects.toThrow(OutOfRangeError);
  await expect(client.connect({ maxAttempts: 1 })).rejects.toThrow("in 1 attempt");
});

it("B13: connects when sending, and has one reader after a quick disconnect and connect", async () => {
  const node = await startNode();
  const client = connectTo(node);
  await client.pause("5", true);
  await Promise.all([client.disconnect(), client.connect()]);
  let answers = 0;
  client.on(PlayerUpdate, () => answers++);
  await client.getPlayer("5");
  await client.ping("5");
  expect(answers).toBe(1);
});

it("B14: receives an immediate reply, and rejects when the reply can no longer arrive", async () => {
  const node = await startNode();
  const client = connectTo(node);
  await Promise.all(Array.from({ length: 50 }, () => client.getPlayer("5")));
  // The first player update replies to all of these; the other replies must have arrived as well.
  await client.ping("5");
  node.onOperation = ({ op }) => {
    if (op === "get-player") node.drop();
    return true;
  };
  await expect(client.getPlayer("5")).rejects.toThrow(ConnectionError);
});

it("B15: restores a state in order, with one position and with mixers", async () => {
  const node = await startNode();
  const client = connectTo(node);
  const state = new PlayerState("5");
  const raw = { time: 1_000, position: 2_000, paused: true, filters: { tremolo: { enabled: true } } };
  await state.setPlayer(Player.fromRaw(raw));
  await state.setTrack("A");
  await state.setMixer({ a: "B" });
  await client.loadPlayerState(state);
  await client.ping("5");
  expect(node.operations.map(({ op, fields }) => [op, fields["start"], fields["position"]])).toEqual([
    ["play", 2_000, undefined],
    ["update", undefined, undefined],
    ["mixer", undefined, undefined],
  ]);
});

it("B16: supports a position of 0, and stores times in UTC", () => {
  const player = Player.fromRaw({ time: "1700000000000", position: 0, paused: true });
  expect(player.livePosition).toBe(0);
  expect(Player.fromRaw(JSON.parse(JSON.stringify(player.toRaw()))).time).toEqual(
    new Date(1_700_000_000_000),
  );
});

it("B17: finds existing bands, checks both bounds, and separates equalizer and volume filter", () => {
  const equalizer = new Equalizer();
  equalizer.setBandGain(0, 1);
  equalizer.setBandGain(0, -0.25);
  expect(equalizer.bands).toHaveLength(1);
  expect(() => equalizer.setBandGain(0, 1.01)).toThrow(OutOfRangeError);
  expect(() => equalizer.setBandGain(15, 0)).toThrow(OutOfRangeError);
  const map = new FilterMap();
  map.setFilter(equalizer);
  map.volume.volume = 2;
  expect(map.equalizer).toBe(equalizer);
});

it("B18: reads messages with missing and unknown keys", () => {
  for (const state of [{}, { time: 1, destroyed: true, novelty: 1 }, null]) {
    const { operation } = readReceiveOperation({ op: "player-update", guildId: "5", state });
    expect(operation).toBeInstanceOf(PlayerUpdate);
  }
});

it("B19: converts thresholds, exceptions and load results to models", () => {
  const fields = { op: "event", guildId: "5", track: encoded("A") };
  const stuck = readReceiveOperation({ ...fields, type: "TrackStuckEvent", thresholdMs: 1_500 }).operation;
  expect(stuck instanceof TrackStuckEvent && stuck.threshold).toBe(1.5);
  const exception = { class: "X", message: "no", suppressed: [], cause: null };
  const failed = readReceiveOperation({ ...fields, type: "TrackExceptionEvent", exception }).operation;
  expect(failed instanceof TrackExceptionEvent && String(failed.exception)).toBe("X: no");
  expect(LoadedTrack.fromRaw({ loadType: "NO_MATCHES" }).length).toBe(0);
});

it("B20: restores the voice server update of a stored player", async () => {
  const state = new PlayerState("5");
  await state.setVoiceServerUpdate(new VoiceServerUpdate("s", { token: "t" }));
  const restored = PlayerState.fromRaw(JSON.parse(JSON.stringify(state.toRaw())));
  expect((await restored.getVoiceServerUpdate())?.sessionId).toBe("s");
});

it("B21: does not penalise a healthy member for a dead one", async () => {
  const node = await startNode();
  node.respond = () => ({ status: 200, body: {} });
  const [dead, healthy] = [new HTTPBase("http://127.0.0.1:9/", null), new HTTPBase(node.httpUrl, null)];
  const pool = new HTTPPool([dead, healthy], { maxPenalties: 1 });
  for (let turn = 0; turn < 8; turn++) await pool.request("GET", "stats");
  expect([...pool]).toEqual([healthy]);
});

it("B22: shares one state between a pool and its members", () => {
  const client = createPool([], [["ws://one/", null]], { userId: "1" });
  client.state = true;
  const [member] = client.webSocket as WebSocketPoolBase;
  expect(member?.state).toBe(client.state);
  expect(client.state).toBeInstanceOf(State);
});

it("B23: awaits an asynchronous scoring function", async () => {
  const members = ["ws://one/", "ws://two/"].map((url) => new WebSocketBase(url, "1", null));
  const scoringFunction = ({ client }: { readonly client: object }) =>
    Promise.resolve(client === members[1] ? 1 : 0);
  expect(await new WebSocketPool(members, { scoringFunction }).findBestClient("5")).toBe(members[1]);
});

it("B24: rejects with PoolEmptyError when empty, and rejects a client with its own state", async () => {
  const pool = new WebSocketPool([]);
  await expect(pool.stop("5")).rejects.toThrow(PoolEmptyError);
  const stranger = new WebSocketBase("ws://one/", "1", null, { state: true });
  expect(() => pool.addClient(stranger)).toThrow(OutOfRangeError);
  expect(pool.has(stranger)).toBe(false);
});

it("B25: destroys the players of a pulled node and moves its queued messages", async () => {
  const [one, two] = [await startNode(), await startNode()];
  const members = [one, two].map((node) => new WebSocketBase(node.webSocketUrl, "1", null));
  const pool = new WebSocketPool(members, {
    scoringFunction: ({ client }) => (client === members[0] ? 1 : 0),
  });
  for (const member of members) closeAfterTest(member);
  await pool.play("5", encoded("A"));
  await pool.ping("5");
  const [first] = members;
  if (!first) throw new Error("no member");
  const pulled = pool.pullClient(first);
  await Promise.all([pulled, pool.pause("5", true)]);
  await pool.ping("5");
  await first.connect();
  while (one.players.size > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(two.player("5")).toMatchObject({ track: encoded("A"), paused: true });
});

it("B26: allows replacing the parts of a combined client and deleting the connection id", async () => {
  const node = await startNode();
  const client = createClient("http://one/", node.webSocketUrl, null, "1");
  closeAfterTest(client);
  class Other extends AbstractHTTP {
    closed = false;
    override close = () => Promise.resolve();
    override reset = () => Promise.resolve();
    override request = () => Promise.resolve("other");
  }
  client.http = new Other();
  expect(await client.request("GET", "x")).toBe("other");
  await client.connect();
  expect([client.connectionId, client.nodeId]).toEqual(["1", "unknown"]);
  client.connectionId = null;
  expect(client.connectionId).toBeNull();
});

it("B27: uses the session id of the voice state, not of the gateway", async () => {
  const gateway = fromRawPackets({ userId: "1", send: () => {}, sessionId: () => "gateway" });
  const sessions: string[] = [];
  const voiceServerUpdate = (_guildId: string, sessionId: string) => {
    sessions.push(sessionId);
    return Promise.resolve();
  };
  const handler = new SocketResponseHandler(gateway, { voiceServerUpdate });
  const ids = { guild_id: "5", user_id: "1", channel_id: "7" };
  await handler.onSocketResponse({ t: "VOICE_STATE_UPDATE", d: { ...ids, session_id: "voice" } });
  await handler.onSocketResponse({ t: "VOICE_SERVER_UPDATE", d: { guild_id: "5" } });
  expect(sessions).toEqual(["voice"]);
});

it("B28: returns the user id as a string, independent of the input type", () => {
  expect(new WebSocket("ws://node/", 5n, null).userId).toBe("5");
});

it("B29: has documented parameters of update and names of events", async () => {
  const node = await startNode();
  const client = connectTo(node);
  const events: string[] = [];
  client.on([WebSocketConnectEvent, WebSocketDisconnectEvent], (event) =>
    events.push(event.constructor.name),
  );
  await client.update("5", { pause: true, position: 1, volume: 0.5, filters: {} });
  await client.ping("5");
  await client.disconnect();
  expect(node.operations[0]?.fields).toEqual({ pause: true, position: 1_000, volume: 50, filters: {} });
  expect(events).toEqual(["WebSocketConnectEvent", "WebSocketDisconnectEvent"]);
  expect(new Pause(true).toRaw()).toEqual({ pause: true });
});
