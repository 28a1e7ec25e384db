import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { WebSocketServer } from "ws";
import { isFilePath, serveFiles } from "../files/http.ts";
import type { PageHandler } from "../options.ts";
import type { Certificate } from "../tls/certificate.ts";
import { AllowedOrigins } from "./allowed-origins.ts";
import { currentVersion, isPythonLineUndecided, versionForLines } from "./api-version.ts";
import { Connection, type ConnectionContext } from "./connection.ts";
import { LineFraming } from "./framing/lines.ts";
import { WebSocketFraming } from "./framing/websocket.ts";
import { toListenError } from "./listen-error.ts";
import { separatePlainHttp } from "./plain-http.ts";
import { Admission } from "./proxy/admission.ts";

const openingBrace = 0x7b;
/** Idle time after which TCP keep-alive probes the peer. */
const keepAliveMs = 60_000;
/** Page requests of one connection that may wait for their responses: browsers send one at a time. */
const maxPipelinedRequests = 16;
const tooManyPipelined = "too many pipelined requests";

/** Address of a listener and how it serves connections. */
export interface ListenAddress {
  readonly host: string;
  /** TCP port; 0 picks a free one. */
  readonly port: number;
  /** Certificate for TLS; plain text without one. */
  readonly certificate: Certificate | undefined;
  /** Origins of pages that may open WebSockets; without a list, all with TLS, and those of the same host without. */
  readonly allowedOrigins: readonly string[] | undefined;
  /** Handler of plain HTTP requests. */
  readonly pages: PageHandler | undefined;
  /** Whether trusted proxies may send PROXY headers to this port. */
  readonly acceptsProxies: boolean;
}

/** Connections by framing, sessions, and bytes in the connections' write buffers. */
export interface ConnectionCounts {
  readonly lines: number;
  readonly webSockets: number;
  readonly undecided: number;
  /** TCP connections in their TLS handshake or with plain HTTP requests. */
  readonly others: number;
  readonly sessions: number;
  readonly queuedBytes: number;
}

/**
 * Accepts connections of both framings on one port; the first byte of a connection determines its framing.
 */
export class Listener {
  readonly #server: Server;
  /** Takes connections over for their TLS handshake. */
  readonly #tls: TlsServer | undefined;
  readonly #admission: Admission;
  readonly #context: ConnectionContext;
  readonly #connections = new Set<Connection>();
  readonly #http = createHttpServer();
  readonly #webSockets: WebSocketServer;
  readonly #origins: AllowedOrigins;
  /** Connections by socket that started an HTTP request and have not been upgraded yet. */
  readonly #httpConnections = new WeakMap<Socket, Connection>();
  /** Number of page requests in progress by socket. */
  readonly #pageRequests = new WeakMap<Socket, number>();
  /** Timers that disconnect sockets without a determined framing, and those that wait for another page request. */
  readonly #firstByteTimers = new WeakMap<Socket, NodeJS.Timeout>();

  private constructor(
    { certificate, allowedOrigins, pages, acceptsProxies }: ListenAddress,
    context: ConnectionContext,
  ) {
    this.#context = context;
    const { handshakeTimeoutMs } = context.settings.connection;
    this.#admission = new Admission(context, acceptsProxies ? handshakeTimeoutMs : undefined);
    this.#tls =
      certificate &&
      createTlsServer({ ...tlsOptionsOf(certificate), handshakeTimeout: handshakeTimeoutMs })
        .on("secureConnection", (socket) => this.#accept(socket))
        .on("tlsClientError", (error, socket) => {
          context.logger.debug({ err: error }, "TLS handshake failed");
          context.metrics.countDisconnect("TLS handshake failed");
          socket.destroy();
        });
    this.#server = createTcpServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
      (socket) =>
        this.#admission.admit(socket, (admitted) => {
          if (this.#tls) this.#acceptTls(admitted, this.#tls);
          else this.#accept(admitted);
        }),
    );
    this.#origins = new AllowedOrigins(allowedOrigins, certificate !== undefined);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // The library would send it amid a long message; see WebSocketFraming.
      autoPong: false,
      maxPayload: context.settings.limits.line,
      handleProtocols: () => false,
    });
    this.#http.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#handleUpgrade(request, socket, head);
    });
    this.#http.on("request", (request, response) => this.#handleHttpRequest(request, response, pages));
    this.#http.on("clientError", (_error, socket) => socket.destroy());
    // Ends peers that send requests without reading the responses, and idle ones.
    this.#http.timeout = context.settings.connection.stallTimeoutMs;
  }

  /**
   * Starts listening.
   *
   * @throws ServerError with `LISTEN_FAILED`.
   */
  static async open(at: ListenAddress, context: ConnectionContext): Promise<Listener> {
    const listener = new Listener(at, context);
    const server = listener.#server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(toListenError(error, at)));
      server.listen({ host: at.host, port: at.port }, () => {
        server.removeAllListeners("error");
        server.on("error", (error) => context.logger.error({ err: error }, "accept failed"));
        resolve();
      });
    });
    return listener;
  }

  /** Presents another certificate to new connections. */
  setCertificate(certificate: Certificate): void {
    this.#tls?.setSecureContext(tlsOptionsOf(certificate));
  }

  /** The address and port in use. */
  get address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening on a port");
    return address;
  }

  /** The open connections. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Counts the open connections. */
  countConnections(): ConnectionCounts {
    const others = Math.max(0, this.#admission.sockets.size - this.#connections.size);
    const counts = { lines: 0, webSockets: 0, undecided: 0, others, sessions: 0, queuedBytes: 0 };
    for (const { framingType, user, queuedBytes } of this.#connections) {
      if (framingType === "lines") counts.lines++;
      else if (framingType === "websocket") counts.webSockets++;
      else counts.undecided++;
      if (user !== undefined) counts.sessions++;
      counts.queuedBytes += queuedBytes;
    }
    return counts;
  }

  /** Stops accepting, answers the requests read so far and resolves when every connection is closed. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.end();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, graceMs);
    await Promise.all([...this.#connections].map(({ done }) => done));
    clearTimeout(timer);
    for (const socket of this.#admission.sockets) socket.destroy();
    this.#http.close();
    await closed;
  }

  #acceptTls(socket: Socket, tls: TlsServer): void {
    const { handshakeTimeoutMs } = this.#context.settings.connection;
    separatePlainHttp(
      socket,
      handshakeTimeoutMs,
      () => tls.emit("connection", socket),
      () => this.#context.metrics.countDisconnect("TLS handshake failed"),
    );
  }

  #accept(socket: Socket): void {
    if (socket.destroyed) return;
    this.#context.metrics.connectionsAccepted++;
    const connection = new Connection(socket, this.#context, this.#admission.networkOf(socket));
    this.#connections.add(connection);
    void connection.done.finally(() => this.#connections.delete(connection));
    const { firstByteTimeoutMs, lineTimeoutMs } = this.#context.settings.connection;
    const limitTime = (ms: number, reason: string): void => {
      clearTimeout(this.#firstByteTimers.get(socket));
      const timer = setTimeout(() => {
        if (!connection.isFramed) connection.disconnect(reason);
      }, ms);
      this.#firstByteTimers.set(socket, timer);
    };
    limitTime(firstByteTimeoutMs, "first byte timeout");
    socket.once("close", () => clearTimeout(this.#firstByteTimers.get(socket)));
    let first = Buffer.alloc(0);
    const determineFraming = (): void => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      const isBeginning = first.length === 0;
      first = Buffer.concat([first, chunk]);
      if (isPythonLineUndecided(first)) {
        // The first byte determined the framing, so the time for a line applies.
        if (isBeginning) limitTime(lineTimeoutMs, "line timeout");
        return;
      }
      socket.off("readable", determineFraming);
      const bytes = first;
      first = Buffer.alloc(0);
      if (bytes[0] === openingBrace) this.#startLines(socket, connection, bytes);
      else this.#startHttp(socket, connection, bytes);
    };
    socket.on("readable", determineFraming);
    socket.once("end", () => {
      if (connection.isFramed) return;
      // A line that ended before its client was recognised is a request like any last line.
      if (first.length > 0 && isPythonLineUndecided(first))
        this.#startLines(socket, connection, first)?.finish();
      else socket.destroy();
    });
  }

  #startLines(socket: Socket, connection: Connection, first: Buffer): LineFraming | undefined {
    if (!this.#admission.countPeer(socket)) return undefined;
    const { lineTimeoutMs } = this.#context.settings.connection;
    const framing = new LineFraming(socket, connection, lineTimeoutMs);
    connection.startFraming(framing, versionForLines(first, this.#context.settings.apiVersion));
    framing.start(first);
    return framing;
  }

  #startHttp(socket: Socket, connection: Connection, first: Buffer): void {
    // Counted here, because Node parses a chunk to its end, even if the first request in it ends the connection.
    if (first.toString("latin1").split("\r\n\r\n").length > maxPipelinedRequests + 1) {
      connection.disconnect(tooManyPipelined);
      return;
    }
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
    // Without a page handler, close the socket without a response, as the reference server does.
    const { files } = this.#context;
    const isForFiles = files !== undefined && isFilePath(request.url);
    if (!(pages || isForFiles) || request.socket.destroyed) {
      request.socket.destroy();
      return;
    }
    if (connection && this.#connections.delete(connection)) {
      connection.detach();
      this.#httpConnections.delete(request.socket);
    }
    if (this.#countPageRequest(request.socket, 1) > maxPipelinedRequests) {
      this.#context.metrics.countDisconnect(tooManyPipelined);
      request.socket.destroy();
      return;
    }
    response.once("close", () => this.#countPageRequest(request.socket, -1));
    // No page takes a body, and no upload another request. Node would read one to its end, however long it is.
    const { "transfer-encoding": encoding, "content-length": length = "0" } = request.headers;
    if (encoding !== undefined || Number(length) > 0) response.setHeader("connection", "close");
    const counted = this.#admission.countRequest(request);
    if (!counted) {
      response.writeHead(429, { connection: "close" }).end();
      return;
    }
    response.once("close", () => counted.done());
    if (isForFiles) serveFiles(request, response, { files, access: this.#context.access });
    else pages?.(request, response, counted.address);
  }

  /**
   * Counts a page request, and limits the time until the next one: Node does so only for servers that listen. Returns
   * the number in progress.
   */
  #countPageRequest(socket: Socket, change: 1 | -1): number {
    const running = (this.#pageRequests.get(socket) ?? 0) + change;
    this.#pageRequests.set(socket, running);
    clearTimeout(this.#firstByteTimers.get(socket));
    if (running > 0 || socket.destroyed) return running;
    const timer = setTimeout(() => {
      this.#context.metrics.countDisconnect("page request timeout");
      socket.destroy();
    }, this.#context.settings.connection.firstByteTimeoutMs);
    this.#firstByteTimers.set(socket, timer);
    return running;
  }

  #handleUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const connection = this.#httpConnections.get(socket);
    if (!connection) {
      socket.destroy();
      return;
    }
    if (!this.#origins.allows(request)) {
      const { origin, host } = request.headers;
      this.#context.metrics.countDisconnect("origin not allowed");
      this.#context.logger.info(
        { origin: origin?.slice(0, 200), host: host?.slice(0, 200) },
        "origin not allowed",
      );
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      return;
    }
    const network = this.#admission.countWebSocket(socket, request);
    if (network === undefined) return;
    connection.assignNetwork(network);
    const isProxied = this.#context.settings.proxies.includes(socket.remoteAddress ?? "");
    connection.isForeignPage = this.#origins.isForeign(request, this.#tls !== undefined || isProxied);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const version = this.#context.settings.apiVersion ?? currentVersion;
      const { lineTimeoutMs } = this.#context.settings.connection;
      // The library has switched the timeout off.
      connection.watchForStalls();
      connection.startFraming(new WebSocketFraming(webSocket, socket, connection, lineTimeoutMs), version);
    });
  }
}

const tlsOptionsOf = ({ chain, key }: Certificate) => ({
  cert: chain,
  key,
  minVersion: "TLSv1.2" as const,
});
