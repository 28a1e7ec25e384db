import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

type Json = Readonly<Record<string, unknown>>;

/** A request for a session or its players. */
interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: Json;
}

/** A response; null ends the connection without one. */
type ScriptedResponse = { readonly status: number; readonly body: unknown } | null;

interface Session {
  readonly id: string;
  readonly players: Map<string, Json>;
  socket: WebSocket | null;
  isResuming: boolean;
}

const error = (status: number, reason: string, message: string, path: string): ScriptedResponse => ({
  status,
  body: { timestamp: 0, status, error: reason, message, path },
});

/**
 * Node that behaves as Lavalink 4.2.2 was recorded to do, where Asterite's node does better: statistics may come before
 * `ready`, a session whose connection is open is not resumed, and one without a connection answers no requests.
 */
export class ScriptedLavalink {
  readonly requests: ScriptedRequest[] = [];
  /** Session ids of the handshakes; undefined for none. */
  readonly handshakes: (string | undefined)[] = [];
  /** Names of the enabled filters. */
  filters: unknown = ["volume", "equalizer", "karaoke", "timescale", "tremolo", "vibrato", "rotation"];
  /** Uptime that is reported, in ms; null for the real one. */
  uptimeMs: number | null = null;
  /** Whether the node has not noticed that connections ended. */
  ignoresClosing = false;
  /** Messages in front of `ready`. */
  before: readonly unknown[] = [];
  /** First message of a connection; null for that of Lavalink. */
  ready: unknown = null;
  /** Returns another response to a request than that of Lavalink; undefined for that one. */
  respond: (request: ScriptedRequest) => ScriptedResponse | undefined = () => undefined;
  readonly #sessions = new Map<string, Session>();
  readonly #server: Server;
  readonly #sockets = new Set<WebSocket>();
  readonly #startMs = performance.now();
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    webSockets.on("headers", (lines, { headers }) =>
      lines.push(`Session-Resumed: ${this.#findResumable(headers["session-id"]) !== undefined}`),
    );
    this.#server.on("upgrade", (request, socket, head) => {
      webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, request));
    });
  }

  /** Starts a node, which stops after the test. */
  static async start(): Promise<ScriptedLavalink> {
    const node = new ScriptedLavalink();
    await new Promise<void>((resolve) => node.#server.listen(0, "127.0.0.1", resolve));
    node.#port = (node.#server.address() as AddressInfo).port;
    onTestFinished(() => {
      for (const socket of node.#sockets) socket.terminate();
      node.#server.closeAllConnections();
      node.#server.close();
    });
    return node;
  }

  /** `http://127.0.0.1:PORT` */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The latest session. */
  get session(): Session {
    const last = [...this.#sessions.values()].at(-1);
    if (!last) throw new Error("there is no session");
    return last;
  }

  /** Sends messages to the client of the latest session. */
  emit(...messages: readonly Json[]): void {
    for (const message of messages) this.session.socket?.send(JSON.stringify(message));
  }

  /** Ends all sessions, but not their connections. */
  loseSessions(): void {
    this.#sessions.clear();
  }

  #findResumable(id: unknown): Session | undefined {
    const session = typeof id === "string" ? this.#sessions.get(id) : undefined;
    return session?.isResuming && session.socket === null ? session : undefined;
  }

  #open(socket: WebSocket, { headers }: IncomingMessage): void {
    const id = headers["session-id"];
    this.handshakes.push(typeof id === "string" ? id : undefined);
    this.#sockets.add(socket);
    const resumed = this.#findResumable(id);
    const session = resumed ?? {
      id: Math.random().toString(36).slice(2).padEnd(16, "0").slice(0, 16),
      players: new Map(),
      socket,
      isResuming: false,
    };
    session.socket = socket;
    this.#sessions.set(session.id, session);
    const close = () => {
      if (session.socket === socket) session.socket = null;
      if (!session.isResuming) this.#sessions.delete(session.id);
    };
    socket.on("close", () => {
      if (!this.ignoresClosing) close();
    });
    const ready = this.ready ?? { op: "ready", resumed: resumed !== undefined, sessionId: session.id };
    for (const message of [...this.before, ready]) {
      socket.send(typeof message === "string" ? message : JSON.stringify(message));
    }
  }

  /** Notices that the connections of sessions ended. */
  noticeClosing(): void {
    this.ignoresClosing = false;
    for (const session of this.#sessions.values()) {
      if (session.socket?.readyState !== session.socket?.OPEN) session.socket = null;
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
    const { pathname, search } = new URL(request.url ?? "/", this.url);
    const received = {
      method: request.method ?? "",
      path: pathname,
      query: search,
      body: text === "" ? {} : JSON.parse(text),
    };
    this.requests.push(received);
    const answer = this.respond(received);
    const result = answer === undefined ? this.#answer(received) : answer;
    if (result === null) response.destroy();
    else {
      response.writeHead(result.status, { "Content-Type": "application/json", "Lavalink-Api-Version": "4" });
      response.end(result.body === undefined ? "" : JSON.stringify(result.body));
    }
  }

  #answer({ method, path, body }: ScriptedRequest): ScriptedResponse {
    if (path === "/v4/info") return { status: 200, body: { filters: this.filters, sourceManagers: [] } };
    if (path === "/v4/stats") {
      const uptime = this.uptimeMs ?? performance.now() - this.#startMs;
      return { status: 200, body: { players: 0, playingPlayers: 0, uptime, frameStats: null } };
    }
    const [, id = "", players, guildId] =
      /^\/v4\/sessions\/([^/]+)(\/players)?(?:\/(\d+))?$/.exec(path) ?? [];
    const session = this.#sessions.get(id);
    if (!session?.socket) return error(404, "Not Found", "Session not found", path);
    if (!players) {
      session.isResuming = body["resuming"] === true;
      return { status: 200, body };
    }
    if (guildId === undefined) return { status: 200, body: [...session.players.values()] };
    const player = session.players.get(guildId);
    if (method === "DELETE") {
      session.players.delete(guildId);
      return { status: 204, body: undefined };
    }
    if (method === "GET" && !player) return error(404, "Not Found", "Player not found", path);
    const changed = changePlayer(guildId, player, method === "PATCH" ? body : {});
    session.players.set(guildId, changed);
    return { status: 200, body: changed };
  }
}

/** Returns a player after a request, with the keys of Lavalink. */
function changePlayer(guildId: string, player: Json | undefined, body: Json): Json {
  const { track = null, volume = 100, paused = false, filters = {}, state } = player ?? {};
  const { encoded } = Object(body["track"]);
  const info = { identifier: "a", title: "a", length: 180_000, position: 0, isStream: false };
  const position = body["position"] ?? Object(state).position ?? 0;
  return {
    guildId,
    track: encoded === undefined ? track : encoded && { encoded, info, pluginInfo: {}, userData: {} },
    volume: body["volume"] ?? volume,
    paused: body["paused"] ?? (encoded ? false : paused),
    state: { time: 1_796_136_535_523, position, connected: true, ping: 7 },
    voice: { token: "", endpoint: "", sessionId: "", channelId: null },
    filters: body["filters"] ?? filters,
  };
}
