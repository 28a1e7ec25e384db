import { randomInt } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "@asterite/util";
import { type WebSocket, WebSocketServer } from "ws";
import type { WebSocketOptions } from "../../options.ts";
import type { PlayerMap } from "../../players/player-map.ts";
import { HttpError } from "../http/http-error.ts";
import { ClientSocket, closeSockets, startPings } from "../sessions/client-socket.ts";
import { Lavalink4Session } from "./lavalink4-session.ts";

/** Dependencies of {@link Lavalink4Sessions}. */
export interface Lavalink4SessionsDependencies {
  /** Creates the players of a session. */
  readonly createPlayers: () => PlayerMap;
  readonly options: WebSocketOptions;
  readonly logger: Logger;
  /** Returns the statistics of a session. */
  readonly stats: (players: PlayerMap) => object;
}

/** Sessions of one user, with and without a connection. */
const maxSessionsPerUser = 500;
/** The node reads no messages; close code for a binary one (RFC 6455, section 7.4.1). */
const unsupportedData = 1_003;
const idLength = 16;
const idCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

const createId = (): string =>
  Array.from({ length: idLength }, () => idCharacters[randomInt(idCharacters.length)]).join("");

/** Sessions of Lavalink 4 clients (sections 5 and 7 of the Lavalink protocol). */
export class Lavalink4Sessions {
  readonly #dependencies: Lavalink4SessionsDependencies;
  readonly #server: WebSocketServer;
  /** By id, oldest first. */
  readonly #sessions = new Map<string, Lavalink4Session>();
  readonly #responseHeaders = new WeakMap<IncomingMessage, readonly string[]>();
  readonly #pingTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(dependencies: Lavalink4SessionsDependencies) {
    this.#dependencies = dependencies;
    const { options } = dependencies;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
    });
    this.#server.on("headers", (lines, request) => lines.push(...(this.#responseHeaders.get(request) ?? [])));
    this.#pingTimer = startPings(() => this.#sockets(), options.pingIntervalMs);
  }

  /** Number of sessions with a connection. */
  get openCount(): number {
    return [...this.#sockets()].length;
  }

  /** Number of sessions that wait for their client. */
  get waitingCount(): number {
    return this.#sessions.size - this.openCount;
  }

  /**
   * Returns a session, with or without a connection.
   *
   * @throws HttpError 404
   */
  require(id: string): Lavalink4Session {
    const session = this.#sessions.get(id);
    if (!session) throw new HttpError(404, "Session not found");
    return session;
  }

  /** Returns whether a client may connect: it resumes a session, or there is room for another one. */
  hasRoom(request: IncomingMessage, userId: string): boolean {
    if (this.#isClosed) return false;
    if (this.#findResumable(request, userId)) return true;
    if (this.openCount >= this.#dependencies.options.maxSockets) return false;
    let ofUser = 0;
    for (const session of this.#sessions.values()) if (session.userId === userId) ofUser++;
    return ofUser < maxSessionsPerUser;
  }

  /** Completes a handshake after password and user id were validated. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { userId, headers }: { readonly userId: string; readonly headers: Readonly<Record<string, string>> },
  ): void {
    const resumed = this.#findResumable(request, userId);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    lines.push(`Session-Resumed: ${resumed !== undefined}`);
    this.#responseHeaders.set(request, lines);
    this.#server.handleUpgrade(request, socket, head, (webSocket) =>
      this.#open(resumed ?? this.#create(userId), webSocket, request.headers["client-name"]),
    );
  }

  /** Ends all sessions: closes their connections, and terminates those that are still open after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#pingTimer) clearInterval(this.#pingTimer);
    const sockets = [...this.#sockets()];
    for (const session of [...this.#sessions.values()]) session.end();
    await closeSockets(sockets, graceMs);
  }

  *#sockets(): Iterable<ClientSocket> {
    for (const { socket } of this.#sessions.values()) if (socket) yield socket;
  }

  /**
   * Returns the session that a handshake resumes. One whose connection still seems to be open is taken over: clients
   * often notice a dead connection before the node does.
   */
  #findResumable({ headers }: IncomingMessage, userId: string): Lavalink4Session | undefined {
    const id = headers["session-id"];
    const session = typeof id === "string" ? this.#sessions.get(id) : undefined;
    return session?.userId === userId && session.isResuming ? session : undefined;
  }

  #create(userId: string): Lavalink4Session {
    const { createPlayers, options, stats, logger } = this.#dependencies;
    const id = createId();
    const session = new Lavalink4Session(id, userId, {
      players: createPlayers(),
      limits: { maxMessages: options.maxBufferMessages, maxBytes: options.maxBufferBytes },
      stats,
      onEnd: () => {
        this.#sessions.delete(id);
        logger.debug({ session: id, userId }, "session ended");
      },
    });
    this.#sessions.set(id, session);
    return session;
  }

  #open(session: Lavalink4Session, webSocket: WebSocket, client: string | string[] | undefined): void {
    const { options, logger } = this.#dependencies;
    const { id, userId } = session;
    const socket = new ClientSocket(webSocket, options.maxQueuedBytes, () =>
      logger.warn(
        { session: id, userId, queuedBytes: webSocket.bufferedAmount },
        "connection closed: client reads too slowly",
      ),
    );
    webSocket.on("error", (error) => logger.debug({ session: id, reason: error.message }, "socket error"));
    webSocket.on("message", (_data, isBinary) => {
      if (isBinary) webSocket.close(unsupportedData, "Only text is accepted");
    });
    webSocket.on("close", (code) => {
      logger.debug({ session: id, userId, code }, "socket closed");
      if (session.isResuming) this.#endOldestWaiting();
    });
    logger.debug({ session: id, userId, client }, "socket opened");
    session.open(socket);
  }

  /** Bounds the sessions that wait. Runs before the session of the closed connection waits too. */
  #endOldestWaiting(): void {
    const { options, logger } = this.#dependencies;
    const waiting = [...this.#sessions.values()].filter(({ isWaiting }) => isWaiting);
    if (waiting.length < options.maxBuffers) return;
    const [oldest] = waiting;
    logger.warn({ session: oldest?.id }, "session ended: too many sessions wait for their clients");
    oldest?.end();
  }
}
