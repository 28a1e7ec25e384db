import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { resetSocket } from "../reset-socket.ts";
import { type Json, type PayloadForm, ScriptedPlayer } from "./scripted-player.ts";
import { type EventBuffer, ScriptedSession } from "./scripted-session.ts";

/** Options of {@link ScriptedNode.start}. */
export interface ScriptedNodeOptions {
  /** Default: no password is required. */
  readonly password?: string;
  /** Default: `unknown`. */
  readonly region?: string;
  /** Default: `unknown`. */
  readonly nodeId?: string;
  /** Default: that of the original node. */
  readonly form?: PayloadForm;
  /** Whether the handshake response has region and id, or only the metadata message. Default: true. */
  readonly metadataHeaders?: boolean;
  /**
   * Whether it has the additions of Asterite's nodes: the field `next` of `play`, listen links, and the route
   * of a player. Default: false, as the original node.
   */
  readonly additions?: boolean;
}

/** A received operation. */
export interface ReceivedOperation {
  readonly op: string;
  readonly guildId: string;
  readonly userId: string;
  /** The message without `op` and `guildId`. */
  readonly fields: Json;
}

/** A received HTTP request. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** Response to a request. */
interface ScriptedAnswer {
  readonly status: number;
  /** Sent as JSON; with `contentType`, as text. Default: an empty body. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
}

/** Returns the response to a request; undefined leaves the request unanswered. */
export type Responder = (request: ReceivedRequest) => ScriptedAnswer | undefined;

const playerOps = new Set([
  "play",
  "mixer",
  "stop",
  "pause",
  "seek",
  "volume",
  "filters",
  "update",
  "destroy",
  "get-player",
]);

/** An Andesite node without audio: real sockets, the exact wire format, and injectable failures. */
export class ScriptedNode implements AsyncDisposable {
  /** Operations on players in the order of arrival, without pings and other operations of connections. */
  readonly operations: ReceivedOperation[] = [];
  readonly requests: ReceivedRequest[] = [];
  /** Headers and query of each handshake. */
  readonly handshakes: ReceivedRequest[] = [];
  readonly players = new Map<string, ScriptedPlayer>();
  /** Called with every received text. */
  onText: ((text: string) => void) | null = null;
  /** Called before an operation is applied; true drops it, as a node that dies at this moment would. */
  onOperation: ((operation: ReceivedOperation) => boolean | undefined) | null = null;
  /** Called before a ping is answered; true leaves it unanswered. */
  onPing: ((body: Readonly<Json>) => boolean | undefined) | null = null;
  /** Whether events are dropped, as if lost on the way. */
  muteEvents = false;
  /** Returns the responses to HTTP requests. */
  respond: Responder = () => ({ status: 404, body: { code: 404, message: "Not found" } });
  /** When set, handshakes are refused with this status. */
  refuseWith: number | null = null;
  /** Delay of everything that is sent, in ms; a change does not affect messages that are already delayed. */
  delayMs = 0;
  /** Validity of listen links whose request names none, in ms. */
  listenTtlMs = 3_600_000;
  readonly #options: ScriptedNodeOptions;
  readonly #sessions = new Set<ScriptedSession>();
  readonly #buffers = new Map<string, EventBuffer>();
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;
  #connectionCount = 0;
  #linkCount = 0;
  #stalled = false;
  /** Messages and handshakes that arrive during a stall. */
  #held: (() => void)[] = [];
  /** Timers of delayed messages. */
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(options: ScriptedNodeOptions) {
    this.#options = options;
  }

  /** Starts a node on a free port. */
  static async start(options: ScriptedNodeOptions = {}): Promise<ScriptedNode> {
    const node = new ScriptedNode(options);
    await node.restart();
    return node;
  }

  /** Returns the URL of a local port that is not in use. */
  static async deadUrl(): Promise<string> {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `ws://127.0.0.1:${port}/websocket`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.#port}/websocket`;
  }

  /** The open connections. */
  get sessions(): ScriptedSession[] {
    return [...this.#sessions];
  }

  player(guildId: string, userId = "1"): ScriptedPlayer | undefined {
    return this.players.get(`${userId}:${guildId}`);
  }

  /** Returns the names of the operations received for a guild. */
  opsOf(guildId: string): string[] {
    return this.operations.filter((operation) => operation.guildId === guildId).map(({ op }) => op);
  }

  /** Ends like a killed process: resets every connection and drops players and buffers. */
  async die(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.players.clear();
    this.#held = [];
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const { timer } of this.#buffers.values()) clearTimeout(timer);
    this.#buffers.clear();
    this.#sessions.clear();
    for (const socket of this.#sockets) resetSocket(socket);
    this.#sockets.clear();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Listens again on the same port. */
  async restart(): Promise<void> {
    this.#stalled = false;
    const server = createServer((request, response) =>
      this.#unlessStalled(() => void this.#answer(request, response)),
    );
    const webSockets = new WebSocketServer({ noServer: true });
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
      if (this.#stalled) socket.pause();
    });
    webSockets.on("headers", (headers, request) => headers.push(...this.#metadataHeaders(request)));
    server.on("upgrade", (request, socket, head) => {
      this.#unlessStalled(() => {
        const status = this.#refusal(request);
        if (status === null) {
          webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, request));
        } else {
          socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Terminates the connections; players and buffers stay. */
  drop(): void {
    for (const { webSocket } of this.#sessions) webSocket.terminate();
  }

  /** Stops reading and answering and leaves connections open, like a machine without network. */
  stall(): void {
    this.#stalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Continues after {@link stall}. */
  resume(): void {
    this.#stalled = false;
    for (const socket of this.#sockets) socket.resume();
    for (const run of this.#held.splice(0)) run();
  }

  /** Sends a raw text to every client, for example garbage. */
  sendText(text: string): void {
    for (const session of this.#sessions) session.sendText(text);
  }

  /** Ends the track of a player with the events that a node emits. */
  endTrack(guildId: string, reason = "FINISHED", userId = "1"): void {
    const key = `${userId}:${guildId}`;
    const player = this.players.get(key);
    if (!player || player.track === null) return;
    const { track, next } = player;
    const mayStartNext = reason === "FINISHED" || reason === "LOAD_FAILED";
    player.track = mayStartNext ? next : null;
    player.next = null;
    player.moveTo(0);
    this.#event(key, { type: "TrackEndEvent", track, reason, mayStartNext });
    if (player.track !== null) this.#event(key, { type: "TrackStartEvent", track: player.track });
  }

  /** Sends an event of a player, followed by its state. */
  event(guildId: string, fields: Json, userId = "1"): void {
    this.#event(`${userId}:${guildId}`, fields);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.die();
  }

  #unlessStalled(run: () => void): void {
    if (this.#stalled) this.#held.push(run);
    else run();
  }

  /** Runs a function after the current {@link delayMs}, unless the node dies first. */
  #runDelayed(run: () => void): void {
    const { delayMs } = this;
    if (delayMs === 0) {
      run();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }

  #refusal({ headers, url }: IncomingMessage): number | null {
    const { searchParams, pathname } = new URL(url ?? "/", "http://node");
    this.handshakes.push({
      method: "GET",
      path: pathname.slice(1),
      query: Object.fromEntries(searchParams),
      headers,
      body: null,
    });
    if (this.refuseWith !== null) return this.refuseWith;
    const { password } = this.#options;
    const given = headers.authorization ?? searchParams.get("password");
    if (password !== undefined && given !== password) return 401;
    return headers["user-id"] === undefined && !searchParams.has("user-id") ? 400 : null;
  }

  #metadataHeaders({ headers }: IncomingMessage): string[] {
    void headers;
    const lines = [`Andesite-Connection-Id: ${this.#connectionCount + 1}`];
    if (this.#options.metadataHeaders === false) return lines;
    const { region = "unknown", nodeId = "unknown" } = this.#options;
    return [...lines, `Andesite-Node-Region: ${region}`, `Andesite-Node-Id: ${nodeId}`];
  }

  #accept(webSocket: WebSocket, { headers, url }: IncomingMessage): void {
    const query = new URL(url ?? "/", "http://node").searchParams;
    const userId = String(headers["user-id"] ?? query.get("user-id"));
    const id = String(++this.#connectionCount);
    const session = new ScriptedSession(id, userId, headers, webSocket, (run) => this.#runDelayed(run));
    this.#sessions.add(session);
    webSocket.on("error", () => {});
    webSocket.on("close", () => this.#lost(session));
    this.#replay(session, String(headers["andesite-resume-id"] ?? ""));
    session.send({ op: "connection-id", id });
    const { region = "unknown", nodeId = "unknown" } = this.#options;
    session.send({ op: "metadata", data: { version: "0.20.2", nodeRegion: region, nodeId } });
    webSocket.on("message", (data) => this.#receive(session, String(data)));
  }

  #replay(session: ScriptedSession, resumeId: string): void {
    const buffer = this.#buffers.get(resumeId);
    if (!buffer || buffer.userId !== session.userId) return;
    clearTimeout(buffer.timer);
    this.#buffers.delete(resumeId);
    for (const key of buffer.players) session.players.add(key);
    for (const text of buffer.messages) session.sendText(text);
  }

  #lost(session: ScriptedSession): void {
    if (!this.#sessions.delete(session) || session.bufferMs === 0) return;
    const timer = setTimeout(() => this.#buffers.delete(session.id), session.bufferMs).unref();
    this.#buffers.set(session.id, { userId: session.userId, players: session.players, messages: [], timer });
  }

  #receive(session: ScriptedSession, text: string): void {
    this.onText?.(text);
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {}
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      session.webSocket.close(4001, "Unable to read frame data as json");
      return;
    }
    const { op, guildId, ...fields } = body as Json;
    if (typeof op !== "string") {
      session.webSocket.close(4002, "Null op provided");
      return;
    }
    if (op === "ping") {
      if (this.onPing?.(body as Json) === true) return;
      session.send({ ...body, op: "pong", userId: session.userId });
      return;
    }
    if (op === "get-stats") {
      session.send({ op: "stats", userId: session.userId, stats: {} });
      return;
    }
    if (op === "event-buffer") {
      session.bufferMs = Number(fields["timeout"]);
      return;
    }
    if (typeof guildId !== "string") {
      session.webSocket.close(4002, "Null guild id provided");
      return;
    }
    const operation = { op, guildId, userId: session.userId, fields };
    if (op !== "get-player") this.operations.push(operation);
    if (this.onOperation?.(operation) === true) return;
    if (playerOps.has(op)) this.#applyOperation(session, operation);
  }

  #applyOperation(session: ScriptedSession, { op, guildId, userId, fields }: ReceivedOperation): void {
    const key = `${userId}:${guildId}`;
    const existing = this.players.get(key);
    const reply = (state: Json | null) => session.send({ op: "player-update", userId, guildId, state });
    const { form = "java" } = this.#options;
    if (op === "get-player") {
      reply(existing?.toJson(form) ?? null);
      return;
    }
    if (op === "destroy") {
      this.players.delete(key);
      reply(existing ? { ...existing.toJson(form), destroyed: true } : null);
      this.#event(key, { type: "PlayerDestroyedEvent", cleanup: false }, false);
      return;
    }
    const player = existing ?? new ScriptedPlayer();
    this.players.set(key, player);
    const before = player.track;
    if (op === "play") {
      session.players.add(key);
      if (fields["noReplace"] === true && before !== null) {
        reply(player.toJson(form));
        return;
      }
      if (this.#options.additions && fields["next"] === true && before !== null) {
        player.next = String(fields["track"]);
        reply(player.toJson(form));
        return;
      }
      player.next = null;
      player.radio = fields["radio"] === true;
      player.track = String(fields["track"]);
      player.moveTo(Number(fields["start"] ?? 0));
    }
    if (op === "stop") {
      player.track = null;
      player.next = null;
    }
    if (op === "seek") player.moveTo(Number(fields["position"] ?? 0));
    if (op === "pause") player.setPaused(fields["pause"] === true);
    if (op === "volume" || op === "update" || op === "play")
      player.apply({ ...fields, position: op === "update" ? fields["position"] : undefined });
    if (op === "filters") player.setFilters(fields);
    if (op === "mixer") player.setMixer(fields);
    reply(player.toJson(form));
    if ((op === "play" || op === "stop") && before !== null) {
      const reason = op === "play" ? "REPLACED" : "STOPPED";
      this.#event(key, { type: "TrackEndEvent", track: before, reason, mayStartNext: false });
    }
    if (op === "play") this.#event(key, { type: "TrackStartEvent", track: player.track });
  }

  #event(key: string, fields: Json, withState = true): void {
    const [userId, guildId] = key.split(":");
    this.#deliver(key, { op: "event", userId, guildId, ...fields });
    const player = this.players.get(key);
    const { form = "java" } = this.#options;
    if (withState && player) {
      this.#deliver(key, { op: "player-update", userId, guildId, state: player.toJson(form) });
    }
  }

  #deliver(key: string, body: Json): void {
    if (this.muteEvents) return;
    for (const session of this.#sessions) if (session.players.has(key)) session.send(body);
    for (const { players, messages } of this.#buffers.values()) {
      if (players.has(key)) messages.push(JSON.stringify(body));
    }
  }

  /** Returns the response to a request about a player; undefined for any other request. */
  #additional({ method, path, headers, body }: ReceivedRequest): ReturnType<Responder> {
    const [, guildId, listen] = /^player\/(\d+)(\/listen)?$/.exec(path) ?? [];
    if (!this.#options.additions || guildId === undefined) return undefined;
    const userId = String(headers["user-id"]);
    const player = this.player(guildId, userId);
    if (!player) return { status: 404, body: { code: 404, message: "Player not found" } };
    if (method === "GET" && !listen) return { status: 200, body: player.toJson("documented") };
    if (method !== "POST" || !listen) return undefined;
    const { ttl } = body as { ttl?: number };
    const expires = Date.now() + (ttl === undefined ? this.listenTtlMs : 1_000 * ttl);
    return { status: 200, body: { url: `/listen/${userId}.${guildId}.${++this.#linkCount}`, expires } };
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams, pathname } = new URL(message.url ?? "/", "http://node");
    const chunks: Uint8Array[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const request = {
      method: message.method ?? "",
      path: pathname.slice(1),
      query: Object.fromEntries(searchParams),
      headers: message.headers,
      body: text === "" ? null : JSON.parse(text),
    };
    this.requests.push(request);
    const answer = this.#additional(request) ?? this.respond(request);
    if (!answer) return;
    this.#runDelayed(() => {
      const { status, body = "", contentType } = answer;
      response.writeHead(status, { "content-type": contentType ?? "application/json" });
      response.end(contentType !== undefined || body === "" ? String(body) : JSON.stringify(body));
    });
  }
}
