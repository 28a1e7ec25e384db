import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { CloseCode, closeReasons, Header, type Metadata, parsePayload } from "@asterite/andesite-protocol";
import type { Logger } from "@asterite/util";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { WebSocketOptions } from "../../options.ts";
import type { PlayerMessage, Players } from "../../players/players.ts";
import { ClientSession, type SessionIdentity } from "./client-session.ts";
import { closeSockets, startPings } from "./client-socket.ts";
import type { Dialect } from "./dialect.ts";
import { EventBuffer } from "./event-buffer.ts";
import { handlePayload, type OperationContext } from "./operations.ts";
import { OutgoingMessage } from "./outgoing-message.ts";
import { PlayerSubscriptions, playerKey } from "./player-subscriptions.ts";

/** Dependencies of {@link ClientSessions}. */
export interface ClientSessionsDependencies {
  readonly players: Players;
  readonly options: WebSocketOptions;
  readonly logger: Logger;
  readonly metadata: Metadata;
  /** Returns whether the node may have another open WebSocket, of any dialect. */
  readonly hasRoom: () => boolean;
  /** Returns the statistics in Andesite's format. */
  readonly stats: () => object;
  /** Returns the statistics in Lavalink's format. */
  readonly lavalinkStats: () => object;
}

/** Validated data of a WebSocket handshake. */
export interface Handshake {
  readonly userId: string;
  readonly dialect: Dialect;
  /** Whether refused operations are reported to the client. */
  readonly reportsFailures: boolean;
  /** Whether titles of stations are reported to the client. */
  readonly reportsTitles: boolean;
  /** Subprotocol to echo; undefined if there is none. */
  readonly subprotocol: string | undefined;
  /** Additional headers of the handshake response. */
  readonly headers: Readonly<Record<string, string>>;
}

const resumeHeader = Header.RESUME_ID.toLowerCase();
/** Header of Lavalink 3 with the key of the operation `configureResuming`. */
const resumeKeyHeader = "resume-key";

/**
 * Client WebSockets of the node, and event buffers of lost connections (sections 9 and 10 of the protocol).
 */
export class ClientSessions {
  readonly #dependencies: ClientSessionsDependencies;
  readonly #server: WebSocketServer;
  readonly #sessions = new Map<string, ClientSession>();
  /** Event buffers by id of the lost connection, oldest first. */
  readonly #buffers = new Map<string, EventBuffer>();
  readonly #subscriptions = new PlayerSubscriptions();
  readonly #context: OperationContext;
  /** Response header lines of handshakes in progress. */
  readonly #responseHeaders = new WeakMap<IncomingMessage, readonly string[]>();
  readonly #unsubscribe: () => void;
  readonly #pingTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(dependencies: ClientSessionsDependencies) {
    const { players, logger, options, stats } = dependencies;
    this.#dependencies = dependencies;
    this.#context = {
      players,
      logger,
      stats,
      subscriptions: this.#subscriptions,
      maxBufferMs: options.maxBufferMs,
    };
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
      // Invalid UTF-8 closes the connection with the protocol's own close code instead of the one of
      // WebSockets.
      skipUTF8Validation: true,
      // Events caused by an operation are sent before the next operation is executed.
      allowSynchronousEvents: false,
    });
    this.#server.on("headers", (lines, request) => lines.push(...(this.#responseHeaders.get(request) ?? [])));
    this.#unsubscribe = players.listen((message) => this.#broadcast(message));
    this.#pingTimer = startPings(() => this.#sessions.values(), options.pingIntervalMs);
  }

  /** Number of open WebSockets. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Number of lost connections with an event buffer. */
  get bufferCount(): number {
    return this.#buffers.size;
  }

  /** Whether another WebSocket can be accepted. */
  get hasCapacity(): boolean {
    return !this.#isClosed && this.#dependencies.hasRoom();
  }

  /** Completes a handshake after password and user id were validated. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, handshake: Handshake): void {
    const id = createConnectionId();
    const { userId, dialect, reportsFailures, reportsTitles, subprotocol, headers } = handshake;
    // `ws` rejects subprotocols that contain a colon.
    delete request.headers["sec-websocket-protocol"];
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    lines.push(`${Header.CONNECTION_ID}: ${id}`);
    if (subprotocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
    let resumeId = request.headers[resumeHeader];
    if (dialect === "lavalink") {
      const idOfKey = this.#findByKey(request.headers[resumeKeyHeader], userId);
      lines.push(`Session-Resumed: ${idOfKey !== undefined}`);
      resumeId ??= idOfKey;
    }
    this.#responseHeaders.set(request, lines);
    this.#server.handleUpgrade(request, socket, head, (webSocket) =>
      this.#openSession(
        { id, userId, dialect, reportsFailures, reportsTitles },
        webSocket,
        typeof resumeId === "string" ? resumeId : undefined,
      ),
    );
  }

  /** Closes all connections, and terminates those that are still open after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    if (this.#pingTimer) clearInterval(this.#pingTimer);
    for (const buffer of this.#buffers.values()) buffer.close();
    this.#buffers.clear();
    await closeSockets(this.#sessions.values(), graceMs);
  }

  #openSession(identity: SessionIdentity, webSocket: WebSocket, resumeId: string | undefined): void {
    const { options, logger, metadata, lavalinkStats } = this.#dependencies;
    const { id, userId, dialect } = identity;
    const session = new ClientSession(identity, webSocket, options.maxQueuedBytes, () =>
      logger.warn(
        { connection: id, userId, queuedBytes: webSocket.bufferedAmount },
        "connection closed: client reads too slowly",
      ),
    );
    this.#sessions.set(id, session);
    webSocket.on("error", (error) => logger.debug({ connection: id, reason: error.message }, "socket error"));
    const sendStats = (): void => session.reply({ op: "stats", ...lavalinkStats() });
    const statsTimer =
      dialect === "lavalink" ? setInterval(sendStats, options.lavalinkStatsMs).unref() : undefined;
    webSocket.on("close", (code) => {
      if (statsTimer) clearInterval(statsTimer);
      logger.debug({ connection: id, userId, code }, "socket closed");
      this.#endSession(session);
    });
    logger.debug({ connection: id, userId, dialect }, "socket opened");
    if (resumeId !== undefined) this.#resume(session, resumeId);
    if (dialect === "andesite") {
      session.reply({ op: "connection-id", id });
      session.reply({ op: "metadata", data: metadata });
    } else {
      // Lavalink clients choose a node by its statistics.
      sendStats();
    }
    webSocket.on("message", (data) => this.#handleMessage(session, data));
  }

  #handleMessage(session: ClientSession, data: RawData): void {
    // Ignore messages that arrive after the connection started to close.
    if (session.webSocket.readyState !== session.webSocket.OPEN) return;
    const text = decodeUtf8(data);
    if (text === undefined) session.webSocket.close(CloseCode.NOT_JSON, closeReasons.notJson);
    else handlePayload(session, parsePayload(text), this.#context);
  }

  #broadcast(message: PlayerMessage): void {
    const { content, userId, guildId, toAll } = message;
    const key = playerKey(userId, guildId);
    if (content.type === "gone") {
      // A new player may already have replaced it.
      if (this.#dependencies.players.get(userId, guildId) === null) this.#subscriptions.removePlayer(key);
      return;
    }
    if (content.type === "voice") return;
    const outgoing = new OutgoingMessage({ userId, guildId, content });
    for (const subscriber of toAll ? this.#sessions.values() : this.#subscriptions.subscribersOf(key))
      subscriber.deliver(outgoing);
  }

  #endSession(session: ClientSession): void {
    const { identity, bufferMs } = session;
    if (!this.#sessions.delete(identity.id)) return;
    if (bufferMs === 0 || this.#isClosed) {
      this.#subscriptions.transfer(session, undefined);
      return;
    }
    const { options, logger } = this.#dependencies;
    const [oldest] = this.#buffers.keys();
    if (oldest !== undefined && this.#buffers.size >= options.maxBuffers) this.#removeBuffer(oldest);
    const limits = { maxMessages: options.maxBufferMessages, maxBytes: options.maxBufferBytes };
    const buffer = new EventBuffer(session, limits, (reason) => {
      if (reason === "full") {
        logger.warn(
          { connection: identity.id, userId: identity.userId },
          "event buffer dropped: too many events for a lost connection",
        );
      }
      this.#removeBuffer(identity.id);
    });
    this.#buffers.set(identity.id, buffer);
    this.#subscriptions.transfer(session, buffer);
  }

  #removeBuffer(id: string): void {
    const buffer = this.#buffers.get(id);
    if (!buffer) return;
    buffer.close();
    this.#buffers.delete(id);
    this.#subscriptions.transfer(buffer, undefined);
  }

  #resume(session: ClientSession, id: string): void {
    const { userId, dialect, id: connection } = session.identity;
    this.#terminateStaleSession(session, id);
    const buffer = this.#buffers.get(id);
    if (!buffer || buffer.identity.userId !== userId || buffer.identity.dialect !== dialect) {
      this.#dependencies.logger.info({ connection, userId }, "resume failed: no matching event buffer");
      return;
    }
    session.replay(buffer.messages);
    if (buffer.resumeKey !== undefined) {
      // As in Lavalink 3, the next loss can be resumed without configuring it again.
      session.resumeKey = buffer.resumeKey;
      session.bufferMs = buffer.bufferMs;
    }
    this.#subscriptions.transfer(buffer, session);
    this.#removeBuffer(id);
  }

  /** Returns the id of the connection with a key of Lavalink 3: the one lost last, or one that still seems to be open. */
  #findByKey(key: string | string[] | undefined, userId: string): string | undefined {
    const hasKey = ({ identity, resumeKey, bufferMs }: ClientSession | EventBuffer): boolean =>
      key !== undefined && resumeKey === key && bufferMs > 0 && identity.userId === userId;
    const found =
      [...this.#buffers.values()].findLast(hasKey) ?? [...this.#sessions.values()].findLast(hasKey);
    return found?.identity.id;
  }

  /**
   * Terminates the previous connection of a resuming client. Clients often notice a dead connection before
   * the node does.
   */
  #terminateStaleSession(session: ClientSession, id: string): void {
    const old = this.#sessions.get(id);
    if (!old || old === session || old.bufferMs === 0) return;
    const { userId, dialect } = session.identity;
    if (old.identity.userId !== userId || old.identity.dialect !== dialect) return;
    this.#endSession(old);
    old.webSocket.removeAllListeners("message");
    old.webSocket.terminate();
  }
}

/** Returns 63 random bits as decimal digits, because clients of the original node may parse a number. */
const createConnectionId = (): string => String(randomBytes(8).readBigUInt64BE() >> 1n);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns undefined if the data is not valid UTF-8. */
function decodeUtf8(data: RawData): string | undefined {
  try {
    return utf8.decode(Array.isArray(data) ? Buffer.concat(data) : data);
  } catch {
    return undefined;
  }
}
