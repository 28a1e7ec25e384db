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
import type { KeptSession, SessionKeeper } from "./session-keeper.ts";

/** Dependencies of {@link Lavalink4Sessions}. */
export interface Lavalink4SessionsDependencies {
  /** Creates the players of a session. */
  readonly createPlayers: () => PlayerMap;
  readonly options: WebSocketOptions;
  /** Returns whether the node may have another open WebSocket, of any dialect. */
  readonly hasSocketRoom: () => boolean;
  readonly logger: Logger;
  /** Keeps sessions for the next process; undefined if none are kept. */
  readonly keeper: SessionKeeper | undefined;
  /** Creates a player of a kept session. */
  readonly restorePlayer: (players: PlayerMap, userId: string, kept: unknown) => void;
  /** Returns the statistics of a session. */
  readonly stats: (players: PlayerMap) => object;
}

/** Sessions of one user, with and without a connection. */
const maxSessionsPerUser = 500;
/** The node reads no messages; close code for a binary one (RFC 6455, section 7.4.1). */
const unsupportedData = 1_003;
/** Interval at which sessions are kept, and by which a player may be back behind where it was. */
const keepIntervalMs = 1_000;
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
  readonly #keepTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(dependencies: Lavalink4SessionsDependencies) {
    this.#dependencies = dependencies;
    const { options, keeper } = dependencies;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
    });
    this.#server.on("headers", (lines, request) => lines.push(...(this.#responseHeaders.get(request) ?? [])));
    this.#pingTimer = startPings(() => this.#sockets(), options.pingIntervalMs);
    if (keeper) this.#keepTimer = setInterval(() => void keeper.save(this.#kept()), keepIntervalMs).unref();
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
    const session = this.#find(id);
    if (!session) throw new HttpError(404, "Session not found");
    return session;
  }

  /** Returns whether a client may connect: it resumes a session, or there is room for another one. */
  hasRoom(request: IncomingMessage, userId: string): boolean {
    if (this.#isClosed) return false;
    if (this.#findResumable(request, userId)) return true;
    if (!this.#dependencies.hasSocketRoom()) return false;
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
    clearInterval(this.#keepTimer);
    const isKept = this.#dependencies.keeper?.close(this.#kept());
    const sockets = [...this.#sockets()];
    for (const session of [...this.#sessions.values()]) session.end();
    await Promise.all([closeSockets(sockets, graceMs), isKept]);
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
    const session = typeof id === "string" ? this.#find(id) : undefined;
    return session?.userId === userId && session.isResuming ? session : undefined;
  }

  /** The sessions that the next process can continue. */
  #kept(): Lavalink4Session[] {
    return [...this.#sessions.values()].filter(({ canResume }) => canResume);
  }

  /** Returns a session with its players, also one that an earlier process kept. */
  #find(id: string): Lavalink4Session | undefined {
    const session = this.#sessions.get(id);
    if (session || this.#isClosed) return session;
    const kept = this.#dependencies.keeper?.take(id);
    return kept && this.#restore(id, kept);
  }

  #restore(id: string, { userId, timeoutSeconds, remainingMs, players }: KeptSession): Lavalink4Session {
    const { restorePlayer, logger } = this.#dependencies;
    const session = this.#create(userId, id);
    session.isResuming = true;
    session.timeoutSeconds = timeoutSeconds;
    session.wait(remainingMs);
    for (const player of players) {
      try {
        restorePlayer(session.players, userId, player);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ userId, reason }, "kept player not restored");
      }
    }
    logger.info({ userId, players: players.length }, "session of an earlier process restored");
    return session;
  }

  #create(userId: string, id = createId()): Lavalink4Session {
    const { createPlayers, options, stats, logger } = this.#dependencies;
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
