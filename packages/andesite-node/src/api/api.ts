import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import {
  artworkPath,
  Extension,
  errorMessages,
  libraryPath,
  listenPath,
  type Metadata,
  parseSnowflake,
  webSocketPath,
} from "@asterite/andesite-protocol";
import type { Logger } from "@asterite/util";
import type { ArtworkEndpoint } from "../artwork/artwork-endpoint.ts";
import type { LibraryEndpoint } from "../library/library-endpoint.ts";
import type { Loader } from "../loading/loader.ts";
import type { NodeSettings } from "../options.ts";
import type { PlayerMap } from "../players/player-map.ts";
import type { Players, PlayerTotals } from "../players/players.ts";
import type { StreamEndpoint } from "../streaming/stream-endpoint.ts";
import { toErrorReport } from "./error-report.ts";
import { Authentication } from "./http/authentication.ts";
import { readBody } from "./http/body.ts";
import { requestedErrorFormat } from "./http/handler-context.ts";
import { commonHeaders, isLocalOrigin, sendPreflightResponse } from "./http/headers.ts";
import { HttpError } from "./http/http-error.ts";
import { type HttpResponse, sendJson } from "./http/http-response.ts";
import { nodeRoutes, openApiRoute } from "./http/node-routes.ts";
import { playerRoutes } from "./http/player-routes.ts";
import { parsePath, parseRequestTarget, type RequestTarget } from "./http/request-target.ts";
import { RouteTable } from "./http/route.ts";
import { trackRoutes } from "./http/track-routes.ts";
import { readUserId } from "./http/user-id.ts";
import { Lavalink4 } from "./lavalink4/lavalink4.ts";
import type { SessionKeeper } from "./lavalink4/session-keeper.ts";
import { type MetricSource, Metrics } from "./metrics.ts";
import { nodeMetadata } from "./node-metadata.ts";
import { ClientSessions } from "./sessions/client-sessions.ts";
import { type Dialect, requestedDialect, requestsExtension } from "./sessions/dialect.ts";
import { Statistics, type ThreadCounts } from "./stats/statistics.ts";
import type { TrackSerializer } from "./track-serializer.ts";

/** Dependencies of {@link Api}. */
export interface ApiDependencies {
  readonly players: Players;
  /** Creates the players of a session of Lavalink 4. */
  readonly createSessionPlayers: () => PlayerMap;
  /** Totals over the players of all dialects. */
  readonly census: PlayerTotals;
  readonly loader: Loader;
  readonly trackSerializer: TrackSerializer;
  readonly streams: StreamEndpoint;
  readonly artwork: ArtworkEndpoint;
  readonly library: LibraryEndpoint;
  /** Settings of the node, validated and with defaults applied. */
  readonly settings: NodeSettings;
  readonly logger: Logger;
  /** Keeps sessions of Lavalink 4 for the next process. Default: none are kept. */
  readonly keeper?: SessionKeeper | undefined;
  /** Returns the thread counts for the statistics. Default: a single thread. */
  readonly threadCounts?: () => ThreadCounts;
  /** Additional Prometheus metrics. */
  readonly metrics?: readonly MetricSource[];
}

/** State of one HTTP request while it passes the steps of section 1 of the protocol. */
interface RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: RequestTarget;
  /** Aborted when the connection closes before the response is complete. */
  readonly clientGone: AbortSignal;
}

/** HTTP API of the node: routes, WebSocket upgrades and metrics. It does not listen on a port itself. */
export class Api {
  readonly #dependencies: ApiDependencies;
  readonly #metadata: Metadata;
  readonly #commonHeaders: Readonly<Record<string, string>>;
  readonly #authentication: Authentication;
  readonly #statistics: Statistics;
  readonly #metrics: Metrics | undefined;
  readonly #metricsPath: readonly string[] | undefined;
  readonly #lavalinkPath: readonly string[] | undefined;
  readonly #routes: RouteTable<ReturnType<typeof trackRoutes>[number]>;
  readonly #userRoutes: RouteTable<ReturnType<typeof playerRoutes>[number]>;
  readonly #sessions: ClientSessions;
  readonly #lavalink4: Lavalink4;

  constructor(dependencies: ApiDependencies) {
    const {
      players,
      census,
      createSessionPlayers,
      loader,
      trackSerializer,
      streams,
      settings,
      logger,
      keeper,
      threadCounts,
      metrics = [],
    } = dependencies;
    this.#dependencies = dependencies;
    this.#metadata = nodeMetadata(settings, loader.enabledSources);
    this.#commonHeaders = commonHeaders(this.#metadata);
    this.#authentication = new Authentication(settings.password);
    const statistics = new Statistics(census, threadCounts);
    this.#statistics = statistics;
    const hasSocketRoom = (): boolean =>
      this.#sessions.size + this.#lavalink4.sessions.openCount < settings.webSocket.maxSockets;
    this.#sessions = new ClientSessions({
      players,
      hasRoom: hasSocketRoom,
      logger,
      options: settings.webSocket,
      metadata: this.#metadata,
      stats: () => statistics.andesiteStats(),
      lavalinkStats: () => statistics.lavalinkStats(),
    });
    this.#lavalink4 = new Lavalink4({
      loader,
      createSessionPlayers,
      settings,
      hasSocketRoom,
      logger,
      keeper,
      statistics,
      authentication: this.#authentication,
      commonHeaders: this.#commonHeaders,
      isOriginAllowed: (request) => this.#isOriginAllowed(request),
    });
    const isRest = settings.http.rest;
    const userRoutes = playerRoutes(players, streams, dependencies.library);
    const documented = [
      ...trackRoutes(loader, trackSerializer, settings.http.lavalink3),
      ...nodeRoutes(statistics),
    ];
    const routes = [...documented, openApiRoute([...documented, ...userRoutes])];
    this.#routes = new RouteTable(isRest ? routes : []);
    this.#userRoutes = new RouteTable(isRest ? userRoutes : []);
    this.#metrics = settings.metrics.enabled
      ? new Metrics(census, statistics.gcMonitor, [
          { name: "andesite_websockets", help: "Open WebSockets", read: () => this.#sessions.size },
          {
            name: "andesite_event_buffers",
            help: "Lost connections whose events are buffered for a resume",
            read: () => this.#sessions.bufferCount,
          },
          {
            name: "andesite_lavalink_sessions",
            help: "Sessions of Lavalink 4: with a connection, or waiting for their client",
            labelNames: ["state"],
            read: () => [
              { labels: { state: "open" }, value: this.#lavalink4.sessions.openCount },
              { labels: { state: "waiting" }, value: this.#lavalink4.sessions.waitingCount },
            ],
          },
          ...metrics,
        ])
      : undefined;
    this.#metricsPath = parsePath(settings.metrics.path);
    this.#lavalinkPath = parsePath(settings.webSocket.lavalinkPath);
  }

  /** Headers of every response. */
  get commonHeaders(): Readonly<Record<string, string>> {
    return this.#commonHeaders;
  }

  /** Handles an HTTP request. Never throws. */
  readonly handleRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const clientGone = new AbortController();
    response.once("close", () => clientGone.abort());
    const target = parseRequestTarget(request.url ?? "");
    const context = { request, response, target, clientGone: clientGone.signal };
    if (this.#lavalink4.ownsPath(target) && !isPreflight(request)) {
      this.#lavalink4.handleRequest(context);
      return;
    }
    void this.#respond(context).catch((error: unknown) => this.#sendError(context, error));
  };

  /** Accepts a WebSocket upgrade, or responds with the error that refuses it. Never throws. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => {});
    const target = parseRequestTarget(request.url ?? "");
    if (
      this.#lavalink4.isWebSocketPath(target) &&
      this.#lavalink4.acceptUpgrade(request, socket, head, target)
    ) {
      return;
    }
    const handshake = this.#readHandshake(request, target);
    if (handshake) {
      this.#sessions.accept(request, socket, head, { ...handshake, headers: this.#commonHeaders });
      return;
    }
    // The upgrade is refused. The steps of an ordinary request find the error and send it over the raw
    // socket.
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    // The stream of an upgrade is a TCP socket, which its type does not express.
    response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
    response.once("finish", () => socket.end());
    this.handleRequest(request, response);
  };

  /** Returns whether a request is a WebSocket upgrade to a path that accepts them. */
  readonly isWebSocketUpgrade = (request: IncomingMessage): boolean => {
    if (!isWebSocketRequest(request)) return false;
    const target = parseRequestTarget(request.url ?? "");
    return this.#lavalink4.isWebSocketPath(target) || this.#webSocketDialect(target, request) !== undefined;
  };

  /** Closes all WebSockets and terminates those that have not closed after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    await Promise.all([this.#sessions.close(graceMs), this.#lavalink4.close(graceMs)]);
    this.#metrics?.close();
    this.#statistics.close();
  }

  /** Returns undefined if the handshake must be refused. */
  #readHandshake(request: IncomingMessage, target: RequestTarget) {
    if (!isWebSocketRequest(request) || !this.#isOriginAllowed(request) || target.query.isMalformed)
      return undefined;
    const dialect = this.#webSocketDialect(target, request);
    const { isAuthenticated, subprotocol } = this.#authentication.check(request.headers, target.query);
    const userId = readUserId(request.headers, target.query);
    if (dialect === undefined || !isAuthenticated || userId === null || !this.#sessions.hasCapacity) {
      return undefined;
    }
    const hasExtension = (name: string): boolean =>
      dialect === "andesite" && requestsExtension(request.headers, target.query, name);
    const reportsFailures = hasExtension(Extension.OPERATION_FAILED);
    const reportsTitles = hasExtension(Extension.TRACK_TITLES);
    return { dialect, subprotocol, userId, reportsFailures, reportsTitles };
  }

  /** Returns undefined if the path accepts no WebSockets. */
  #webSocketDialect({ segments, query }: RequestTarget, { headers }: IncomingMessage): Dialect | undefined {
    if (!this.#dependencies.settings.http.webSocket || segments === undefined) return undefined;
    if (this.#lavalinkPath !== undefined && isSamePath(segments, this.#lavalinkPath)) return "lavalink";
    if (segments.length !== 1 || segments[0] !== webSocketPath) return undefined;
    return requestedDialect(headers, query);
  }

  #isOriginAllowed(request: IncomingMessage): boolean {
    const { password, open } = this.#dependencies.settings;
    return password !== null || open || isLocalOrigin(request.headers);
  }

  async #respond(context: RequestContext): Promise<void> {
    const { request, response, target } = context;
    response.setHeaders(new Map(Object.entries(this.#commonHeaders)));
    if (!this.#isOriginAllowed(request)) throw new HttpError(403, errorMessages.originNotAllowed);
    if (isPreflight(request)) {
      sendPreflightResponse(response);
      return;
    }
    if (await this.#servePublicPath(context)) return;
    if (!this.#authentication.check(request.headers, target.query).isAuthenticated) {
      throw new HttpError(401, errorMessages.unauthorized);
    }
    if (target.query.isMalformed) throw new HttpError(400, errorMessages.malformedUrl);
    sendJson(response, await this.#callHandler(context));
  }

  /**
   * Serves metrics, streams, artwork and the library, which need no password. Returns whether the path was one of them.
   */
  async #servePublicPath({ request, response, target }: RequestContext): Promise<boolean> {
    const { segments, query } = target;
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (segments === undefined || !isRead) return false;
    if (this.#metrics && this.#metricsPath !== undefined && isSamePath(segments, this.#metricsPath)) {
      const text = await this.#metrics.render(query.getAll("name[]"));
      response.writeHead(200, { "Content-Type": this.#metrics.contentType }).end(text);
      return true;
    }
    const [first = "", ...rest] = segments;
    if (rest.length === 0) return false;
    const path = `/${segments.join("/")}`;
    if (first === listenPath) this.#dependencies.streams.handleRequest(request, response, path);
    else if (first === artworkPath) this.#dependencies.artwork.handleRequest(request, response, path);
    else if (first === libraryPath) this.#dependencies.library.handleRequest(request, response, path, query);
    else return false;
    return true;
  }

  async #callHandler({ request, target, clientGone }: RequestContext): Promise<HttpResponse> {
    const { method = "", headers } = request;
    const { segments, query } = target;
    const body = await readBody(request, this.#dependencies.settings.http.maxBodyBytes);
    if (segments === undefined) throw new HttpError(400, errorMessages.malformedUrl);
    const context = { headers, query, body, signal: clientGone };
    const match = this.#routes.find(method, segments);
    if (match) return match.route.handle(context);
    const userId = readUserId(headers, query);
    if (userId === null) throw new HttpError(400, errorMessages.invalidUserId);
    if (this.isWebSocketUpgrade(request) && !this.#sessions.hasCapacity) {
      throw new HttpError(503, errorMessages.tooManySockets);
    }
    const userMatch = this.#userRoutes.find(method, segments);
    if (!userMatch) throw new HttpError(404, errorMessages.notFound);
    const guildId = userMatch.guildId === undefined ? "" : parseSnowflake(userMatch.guildId);
    if (guildId === null) throw new HttpError(400, errorMessages.invalidGuildId);
    return userMatch.route.handle({ ...context, userId, guildId });
  }

  #sendError({ request, response, target, clientGone }: RequestContext, error: unknown): void {
    if (clientGone.aborted) return;
    const { method, headers } = request;
    const path = target.segments?.join("/");
    if (error instanceof HttpError) {
      // Close the connection instead of reading the rest of the body.
      if (error.status === 413) response.shouldKeepAlive = false;
      sendJson(response, { status: error.status, body: error.body });
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    this.#dependencies.logger.debug({ method, path, reason }, "request failed");
    sendJson(response, {
      status: 500,
      body: toErrorReport(error, requestedErrorFormat(headers, target.query)),
    });
  }
}

const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined;

const isWebSocketRequest = ({ method, headers }: IncomingMessage): boolean =>
  method === "GET" && headers.upgrade?.toLowerCase() === "websocket";

const isSamePath = (path: readonly string[], other: readonly string[]): boolean =>
  path.length === other.length && path.every((segment, at) => segment === other[at]);
