import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, Server as TlsServer } from "node:tls";
import { WebSocketServer } from "ws";
import type { PageHandler } from "../options.ts";
import type { Certificate } from "../tls/certificate.ts";
import { Connection, type ConnectionContext } from "./connection.ts";
import { LineFraming } from "./framing/lines.ts";
import { WebSocketFraming } from "./framing/websocket.ts";
import { toListenError } from "./listen-error.ts";

const openingBrace = 0x7b;
/** How long a TCP connection may be silent before the system asks whether the peer is still there. */
const keepAliveMs = 60_000;

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Without a certificate the port speaks plain text. */
  readonly certificate: Certificate | undefined;
  /** Who answers those that ask for a page. */
  readonly pages: PageHandler | undefined;
}

/** Connections by kind, those logged in, and what waits for their peers to read it. */
export interface ConnectionCounts {
  readonly lines: number;
  readonly webSockets: number;
  readonly undecided: number;
  readonly sessions: number;
  readonly queuedBytes: number;
}

/** One port for raw lines and WebSocket: the first byte of a connection decides. */
export class Listener {
  readonly #server: Server;
  readonly #context: ConnectionContext;
  readonly #connections = new Set<Connection>();
  /** What lies under the connections, and what has not become one because its handshake is under way. */
  readonly #sockets = new Set<Socket>();
  readonly #http = createHttpServer();
  readonly #webSockets: WebSocketServer;
  /** Connections that have begun an HTTP request and are waiting for its upgrade. */
  readonly #httpConnections = new WeakMap<Socket, Connection>();
  /** What cuts connections that never say what they are. */
  readonly #firstByteTimers = new WeakMap<Socket, NodeJS.Timeout>();

  private constructor(server: Server, pages: PageHandler | undefined, context: ConnectionContext) {
    this.#server = server;
    this.#context = context;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: context.settings.limits.line,
      handleProtocols: () => false,
    });
    this.#http.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#handleUpgrade(request, socket, head);
    });
    this.#http.on("request", (request, response) => this.#handleHttpRequest(request, response, pages));
    this.#http.on("clientError", (_error, socket) => socket.destroy());
  }

  /**
   * Starts to listen.
   *
   * @throws ServerError with `LISTEN_FAILED`.
   */
  static async open(at: ListenAddress, context: ConnectionContext): Promise<Listener> {
    const halfOpen = {
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    };
    const server = at.certificate
      ? createTlsServer({
          ...halfOpen,
          ...tlsOptionsOf(at.certificate),
          handshakeTimeout: context.settings.connection.handshakeTimeoutMs,
        })
      : createTcpServer(halfOpen);
    const listener = new Listener(server, at.pages, context);
    server.on(at.certificate ? "secureConnection" : "connection", (socket: Socket) =>
      listener.#accept(socket),
    );
    server.on("connection", (socket: Socket) => {
      listener.#sockets.add(socket);
      socket.once("close", () => listener.#sockets.delete(socket));
    });
    server.on("tlsClientError", (error, socket: Socket) => {
      context.logger.debug({ err: error }, "TLS handshake failed");
      context.metrics.countDisconnect("TLS handshake failed");
      socket.destroy();
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(toListenError(error, at)));
      server.listen({ host: at.host, port: at.port }, () => {
        server.removeAllListeners("error");
        server.on("error", (error) => context.logger.error({ err: error }, "accepting failed"));
        resolve();
      });
    });
    return listener;
  }

  /** Shows another certificate to connections that begin from now on. */
  setCertificate(certificate: Certificate): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(tlsOptionsOf(certificate));
  }

  /** The address and port in use. */
  get address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening on a port");
    return address;
  }

  /** What the connections are and hold at this moment. */
  countConnections(): ConnectionCounts {
    const counts = { lines: 0, webSockets: 0, undecided: 0, sessions: 0, queuedBytes: 0 };
    for (const { framingType: framing, user, queuedBytes } of this.#connections) {
      if (framing === "lines") counts.lines++;
      else if (framing === "websocket") counts.webSockets++;
      else counts.undecided++;
      if (user !== undefined) counts.sessions++;
      counts.queuedBytes += queuedBytes;
    }
    return counts;
  }

  /** Accepts nothing more, answers what has been read and waits until every connection has ended. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.end();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, graceMs);
    await Promise.all([...this.#connections].map(({ done }) => done));
    clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#http.close();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#context.metrics.connectionsAccepted++;
    const connection = new Connection(socket, this.#context);
    this.#connections.add(connection);
    void connection.done.finally(() => this.#connections.delete(connection));
    const { firstByteTimeoutMs } = this.#context.settings.connection;
    const timer = setTimeout(() => {
      if (!connection.isFramed) connection.disconnect("said nothing");
    }, firstByteTimeoutMs);
    this.#firstByteTimers.set(socket, timer);
    socket.once("close", () => clearTimeout(timer));
    const decide = (): void => {
      const first: Buffer | null = socket.read();
      if (first === null) {
        // Readable without bytes: the peer ended before it said anything.
        if (socket.readableEnded) socket.destroy();
        return;
      }
      socket.off("readable", decide);
      if (first[0] === openingBrace) this.#startLines(socket, connection, first);
      else this.#startHttp(socket, connection, first);
    };
    socket.on("readable", decide);
    socket.once("end", () => {
      if (!connection.isFramed) socket.destroy();
    });
  }

  #startLines(socket: Socket, connection: Connection, first: Buffer): void {
    const { limits, connection: bounds } = this.#context.settings;
    const framing = new LineFraming(socket, connection, limits.line, bounds.lineTimeoutMs);
    connection.startFraming(framing);
    framing.start(first);
  }

  #startHttp(socket: Socket, connection: Connection, first: Buffer): void {
    this.#httpConnections.set(socket, connection);
    socket.unshift(first);
    this.#http.emit("connection", socket);
    socket.resume();
  }

  #handleHttpRequest(
    request: IncomingMessage,
    response: ServerResponse,
    pages: PageHandler | undefined,
  ): void {
    const connection = this.#httpConnections.get(request.socket);
    // Without pages a plain request is not for this port; like the reference server we end it without an answer.
    if (!pages) {
      request.socket.destroy();
      return;
    }
    if (connection && this.#connections.delete(connection)) {
      connection.detach();
      this.#httpConnections.delete(request.socket);
      clearTimeout(this.#firstByteTimers.get(request.socket));
    }
    pages(request, response);
  }

  #handleUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const connection = this.#httpConnections.get(socket);
    if (!connection) {
      socket.destroy();
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      connection.startFraming(new WebSocketFraming(webSocket, connection));
    });
  }
}

const tlsOptionsOf = ({ chain, key }: Certificate) => ({
  cert: chain,
  key,
  minVersion: "TLSv1.2" as const,
});
