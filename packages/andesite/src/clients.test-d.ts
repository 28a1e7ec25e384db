import type { ListenerError, Observable, Subscription } from "@asterite/observable";
import { expectTypeOf, it } from "vitest";
import { HTTPPool, MixerUpdate, StatsUpdate, WebSocketPool, WebSocketPoolBase } from "./advanced.ts";
import {
  type AbstractHTTP,
  type AbstractPlayerState,
  type AbstractState,
  type AbstractWebSocket,
  AbstractWebSocketClient,
  Client,
  type ClientBase,
  createClient,
  createPool,
  HTTPBase,
  type HTTPInterface,
  type LoadedTrack,
  Play,
  type Player,
  PlayerUpdate,
  PoolClientAddEvent,
  ProblemEvent,
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  type Score,
  State,
  type Stats,
  TrackEndEvent,
  TrackExceptionEvent,
  type TrackInfo,
  TrackStartEvent,
  tryConnect,
  UnknownAndesiteEvent,
  Update,
  WebSocket,
  WebSocketBase,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
  type WebSocketInterface,
  type WebSocketLike,
} from "./index.ts";

const webSocket = new WebSocket("ws://node/websocket", "1", null);
const client = createClient("http://node/", new URL("ws://node/websocket"), "password", 1n);
const pool = createPool([["http://node/", null]], [["ws://node/", "password"]], { userId: "1" });
const webSocketPool = new WebSocketPool([webSocket]);
const httpPool = new HTTPPool([new HTTPBase("http://node/", null)]);

it("a WebSocket is a client, the operations and an observable", () => {
  expectTypeOf(webSocket).toExtend<WebSocketBase>();
  expectTypeOf(webSocket).toExtend<WebSocketInterface>();
  expectTypeOf(webSocket).toExtend<AbstractWebSocketClient>();
  expectTypeOf(webSocket).toExtend<Observable>();
  expectTypeOf(webSocket.eventTarget).toEqualTypeOf<Observable>();
  expectTypeOf(webSocket.webSocketClient).toEqualTypeOf<WebSocketLike | null>();
  expectTypeOf(webSocket.state).toEqualTypeOf<AbstractState | null>();
  expectTypeOf(webSocket.userId).toEqualTypeOf<string | null>();
  expectTypeOf(webSocket.maxConnectAttempts).toEqualTypeOf<number | null>();
  expectTypeOf(tryConnect("ws://node/")).resolves.toEqualTypeOf<WebSocketLike | null>();
  // @ts-expect-error a base alone has no operations
  void new WebSocketBase("ws://node/", "1", null).play;
  // @ts-expect-error a base is not observable itself
  void new WebSocketBase("ws://node/", "1", null).on;
});

it("a listener knows its event from the class, on every client", () => {
  for (const target of [webSocket, client, pool, webSocketPool]) {
    target.on(TrackEndEvent, (event) => {
      expectTypeOf(event).toEqualTypeOf<TrackEndEvent>();
      expectTypeOf(event.guildId).toEqualTypeOf<string>();
      expectTypeOf(event.mayStartNext).toEqualTypeOf<boolean>();
      expectTypeOf(event.reason).toEqualTypeOf<string>();
    });
    target.once(TrackExceptionEvent, ({ exception, error }) => {
      expectTypeOf(exception.className).toEqualTypeOf<string>();
      expectTypeOf(error).toEqualTypeOf<string | null>();
    });
    target.on([TrackStartEvent, PlayerUpdate], (event) =>
      expectTypeOf(event).toEqualTypeOf<TrackStartEvent | PlayerUpdate>(),
    );
    target.on(PlayerUpdate, ({ state }) => expectTypeOf(state).toEqualTypeOf<Player | null>());
    target.on(UnknownAndesiteEvent, ({ guildId, body }) => {
      expectTypeOf(guildId).toEqualTypeOf<string | null>();
      expectTypeOf(body).toEqualTypeOf<Readonly<Record<string, unknown>>>();
    });
    target.on({
      event: WebSocketDisconnectEvent,
      callback: ({ client: of, deliberate }) => {
        expectTypeOf(of).toEqualTypeOf<AbstractWebSocketClient>();
        expectTypeOf(deliberate).toEqualTypeOf<boolean>();
      },
    });
    target.on(WebSocketConnectEvent, (event) =>
      expectTypeOf(event.client).toEqualTypeOf<AbstractWebSocketClient>(),
    );
    target.on(RawMsgReceiveEvent, ({ client: of, body }) => {
      expectTypeOf(of).toEqualTypeOf<AbstractWebSocket>();
      expectTypeOf(body).toEqualTypeOf<Readonly<Record<string, unknown>>>();
    });
    target.on(RawMsgSendEvent, ({ guildId, op }) => {
      expectTypeOf(guildId).toEqualTypeOf<string>();
      expectTypeOf(op).toEqualTypeOf<string>();
    });
    target.on(ProblemEvent, ({ error }) => expectTypeOf(error).toEqualTypeOf<unknown>());
    target.on(PoolClientAddEvent, (event) => expectTypeOf(event.client).toEqualTypeOf<object>());
    expectTypeOf(target.subscribe(TrackEndEvent)).toEqualTypeOf<Subscription<TrackEndEvent>>();
    expectTypeOf(target.subscribe([TrackEndEvent, StatsUpdate]).first()).resolves.toEqualTypeOf<
      TrackEndEvent | StatsUpdate
    >();
    expectTypeOf(target.subscribe()).toEqualTypeOf<Subscription<object | ListenerError>>();
    // @ts-expect-error a listener for another event
    target.on(TrackStartEvent, (event: TrackEndEvent) => event);
    // @ts-expect-error an event is a class
    target.on("track_end", () => {});
  }
});

it("operations take ids, units and operations, and give nothing", () => {
  for (const target of [webSocket, client, pool, webSocketPool]) {
    expectTypeOf(target.play("5", "QAAA", { start: 1, volume: 0.5 })).resolves.toEqualTypeOf<void>();
    expectTypeOf(target.play(5n, new Play("QAAA"))).resolves.toEqualTypeOf<void>();
    expectTypeOf(target.pause("5", true)).resolves.toEqualTypeOf<void>();
    expectTypeOf(target.update("5", { volume: 1 })).resolves.toEqualTypeOf<void>();
    expectTypeOf(target.update("5", new Update())).resolves.toEqualTypeOf<void>();
    expectTypeOf(
      target.mixer("5", null, { a: new Play("Q"), b: new Update() }),
    ).resolves.toEqualTypeOf<void>();
    expectTypeOf(target.sendOperation("5", new MixerUpdate())).resolves.toEqualTypeOf<void>();
    expectTypeOf(target.send("5", "novelty", { a: 1 })).resolves.toEqualTypeOf<void>();
    expectTypeOf(target.loadPlayerState).parameter(0).toEqualTypeOf<AbstractPlayerState>();
    expectTypeOf(target.getPlayer("5")).resolves.toEqualTypeOf<Player | null>();
    expectTypeOf(target.getStats("5")).resolves.toEqualTypeOf<Stats>();
    expectTypeOf(target.ping("5", { signal: AbortSignal.timeout(1) })).resolves.toEqualTypeOf<number>();
    expectTypeOf(target.waitForReceive(StatsUpdate)).resolves.toEqualTypeOf<StatsUpdate>();
    expectTypeOf(target.close()).resolves.toEqualTypeOf<void>();

    // @ts-expect-error a number cannot hold all digits of an id
    void target.play(5, "QAAA");
    // @ts-expect-error a number cannot hold all digits of an id
    void target.getPlayer(5);
    // @ts-expect-error a track is a string
    void target.play("5", null);
    // @ts-expect-error a volume is a factor
    void target.volume("5", "100 %");
    // @ts-expect-error pause is required
    void target.pause("5");
    // @ts-expect-error the option is called start
    void target.play("5", "QAAA", { startTime: 1 });
    // @ts-expect-error a mixer player is a Play or an Update
    void target.mixer("5", true, { a: "QAAA" });
    // @ts-expect-error a payload is an object
    void target.send("5", "pause", null);
    // @ts-expect-error only classes of operations can be awaited
    void target.waitForReceive(Date);
  }
});

it("constructors refuse numbers as ids, and values that are not addresses", () => {
  // @ts-expect-error a number cannot hold all digits of an id
  new WebSocket("ws://node/", 5, null);
  // @ts-expect-error a number cannot hold all digits of an id
  webSocket.userId = 5;
  // @ts-expect-error a number cannot hold all digits of an id
  createClient("http://node/", "ws://node/", null, 5);
  // @ts-expect-error a number cannot hold all digits of an id
  createPool([], [], { userId: 5 });
  // @ts-expect-error a pool needs the id of the bot
  createPool([], [], {});
  // @ts-expect-error the password is required, or null
  new WebSocket("ws://node/", "1");
  // @ts-expect-error a connection id can only be set to null
  webSocket.connectionId = "7";
  // @ts-expect-error a state is an AbstractState or a boolean
  webSocket.state = {};
  // @ts-expect-error the option is called maxConnectAttempts
  new WebSocket("ws://node/", "1", null, { maxAttempts: 1 });
  webSocket.connectionId = null;
  webSocket.state = new State();
  webSocket.state = false;
  webSocket.maxConnectAttempts = null;
});

it("a combined client has both sides, and getStats of the operations", () => {
  expectTypeOf(client).toEqualTypeOf<Client>();
  expectTypeOf(pool).toEqualTypeOf<Client>();
  expectTypeOf(client).toExtend<ClientBase>();
  expectTypeOf(new Client(client.http, client.webSocket)).toEqualTypeOf<Client>();
  expectTypeOf(client.http).toEqualTypeOf<AbstractHTTP>();
  expectTypeOf(client.webSocket).toEqualTypeOf<AbstractWebSocket>();
  expectTypeOf(client.connected).toEqualTypeOf<boolean | null>();
  expectTypeOf(client.nodeId).toEqualTypeOf<string | null>();
  expectTypeOf(client.loadTracks("x")).resolves.toEqualTypeOf<LoadedTrack>();
  expectTypeOf(client.searchTracks("x", { searcher: "youtube" })).resolves.toEqualTypeOf<LoadedTrack>();
  expectTypeOf(client.decodeTrack("x")).resolves.toEqualTypeOf<TrackInfo | null>();
  expectTypeOf(client.decodeTracks(["x"])).resolves.toEqualTypeOf<TrackInfo[]>();
  expectTypeOf(client.request("GET", "x")).resolves.toEqualTypeOf<unknown>();
  expectTypeOf(client).toExtend<AbstractHTTP>();
  expectTypeOf(client).toExtend<AbstractWebSocket>();
  expectTypeOf(client).not.toExtend<AbstractWebSocketClient>();
  expectTypeOf(new Client(client, client)).toEqualTypeOf<Client>();
  // @ts-expect-error the operation requires a guild
  void client.getStats();
  // @ts-expect-error a combined client is made of clients
  new Client({}, {});
});

it("pools are clients with members", () => {
  expectTypeOf(webSocketPool).toExtend<WebSocketPoolBase>();
  expectTypeOf(webSocketPool).toExtend<WebSocketInterface>();
  expectTypeOf(webSocketPool).toExtend<Observable>();
  expectTypeOf(webSocketPool).not.toExtend<AbstractWebSocketClient>();
  expectTypeOf([...webSocketPool]).toEqualTypeOf<AbstractWebSocket[]>();
  expectTypeOf(webSocketPool.getClient("5")).toEqualTypeOf<AbstractWebSocket | null>();
  expectTypeOf(webSocketPool.assignClient(5n)).resolves.toEqualTypeOf<AbstractWebSocket | null>();
  expectTypeOf(webSocketPool.findBestClient("5")).resolves.toEqualTypeOf<AbstractWebSocket | null>();
  expectTypeOf(webSocketPool.getGuildIds(webSocket)).toEqualTypeOf<Set<string>>();
  expectTypeOf([...webSocketPool.iterClientGuildIds()]).toEqualTypeOf<[AbstractWebSocket, Set<string>][]>();
  expectTypeOf(httpPool).toExtend<HTTPInterface>();
  expectTypeOf([...httpPool]).toEqualTypeOf<AbstractHTTP[]>();
  expectTypeOf(httpPool.getStats()).resolves.toEqualTypeOf<Stats>();
  expectTypeOf(httpPool.getNextClient()).toEqualTypeOf<AbstractHTTP | null>();
  webSocketPool.scoringFunction = ({ client: of, guildIds, guildId, nodeRegion }) => {
    expectTypeOf(of).toEqualTypeOf<AbstractWebSocket>();
    expectTypeOf(guildIds).toEqualTypeOf<ReadonlySet<string>>();
    expectTypeOf(guildId).toEqualTypeOf<string>();
    expectTypeOf(nodeRegion).toEqualTypeOf<string | null>();
    return [1, "a", [2]];
  };
  webSocketPool.scoringFunction = (data) => webSocketPool.calculateScore(data);
  expectTypeOf(webSocketPool.calculateScore).returns.resolves.toEqualTypeOf<Score>();

  expectTypeOf(new WebSocketPool([webSocketPool, client, webSocket])).toEqualTypeOf<WebSocketPool>();
  expectTypeOf(new HTTPPool([httpPool, client])).toEqualTypeOf<HTTPPool>();
  // @ts-expect-error members must be WebSocket clients
  new WebSocketPool([httpPool]);
  // @ts-expect-error members must be HTTP clients
  new HTTPPool([webSocket]);
  // @ts-expect-error a score can be compared
  webSocketPool.scoringFunction = () => ({});
  // @ts-expect-error a number cannot hold all digits of an id
  webSocketPool.getClient(5);
  // @ts-expect-error the state is an option of the pool
  createPool([], [], { userId: "1", webSocketOptions: { state: true } });
  // @ts-expect-error node details have an address and a password
  createPool(["http://node/"], [], { userId: "1" });
});

it("a client of one's own is made from the abstract one", () => {
  class Own extends AbstractWebSocketClient {
    closed = false;
    connected = true;
    nodeRegion = null;
    nodeId = null;
    override get connectionId(): string | null {
      return null;
    }
    override set connectionId(_id: null) {}
    connect = () => Promise.resolve();
    disconnect = () => Promise.resolve();
    close = () => Promise.resolve();
    reset = () => Promise.resolve();
    send = () => Promise.resolve();
  }
  expectTypeOf(new WebSocketPoolBase([new Own()])).toExtend<AbstractWebSocket>();
});
