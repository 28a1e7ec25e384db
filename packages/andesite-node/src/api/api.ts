import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import {
  artworkPath,
  errorMessages,
  listenPath,
  type Metadata,
  parseSnowflake,
  webSocketPath,
} from "@asterite/andesite-protocol";
import type { Logger } from "@asterite/util";
import type { ArtworkServing } from "../artwork/artwork-endpoint.ts";
import type { Loader } from "../loading/loader.ts";
import type { NodeSettings } from "../options.ts";
import type { Players } from "../players/players.ts";
import type { Listening } from "../streaming/stream-endpoint.ts";
import { reportError } from "./error-report.ts";
import { Authentication } from "./http/authentication.ts";
import { readBody } from "./http/body.ts";
import { wantedErrorForm } from "./http/handler-context.ts";
import { answerPreflight, commonHeaders, isLocalOrigin } from "./http/headers.ts";
import { RefusedRequest } from "./http/http-error.ts";
import { type Answer, sendJson } from "./http/http-response.ts";
import { nodeRoutes, openApiRoute } from "./http/node-routes.ts";
import { playerRoutes } from "./http/player-routes.ts";
import { readPath, readTarget, type Target } from "./http/request-target.ts";
import { RouteTable } from "./http/route.ts";
import { trackRoutes } from "./http/track-routes.ts";
import { readUserId } from "./http/user-id.ts";
import { type MetricSource, Metrics } from "./metrics.ts";
import { nodeMetadata } from "./node-metadata.ts";
import { Sessions } from "./sessions/client-sessions.ts";
import { type Dialect, wantedDialect } from "./sessions/dialect.ts";
import { Statistics, type ThreadCounts } from "./stats/statistics.ts";
import type { TrackForms } from "./track-serializer.ts";

/** What the network face stands in front of. */
export interface ApiParts {
  readonly players: Players;
  readonly loader: Loader;
  readonly tracks: TrackForms;
  readonly listening: Listening;
  readonly artwork: ArtworkServing;
  /** Complete and checked. */
  readonly settings: NodeSettings;
  readonly logger: Logger;
  /** Counts the node's threads. Default: one. */
  readonly threads?: () => ThreadCounts;
  /** More numbers for Prometheus. */
  readonly metrics?: readonly MetricSource[];
}

/** A request on its way through the steps of section 1 of the protocol. */
interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  /** Of the response; aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * The network face of the node: HTTP routes, WebSockets, metrics. It owns no port.
 */
export class Api {
  readonly #parts: ApiParts;
  readonly #metadata: Metadata;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #authentication: Authentication;
  readonly #statistics: Statistics;
  readonly #metrics: Metrics | null;
  readonly #metricsPath: readonly string[] | null;
  readonly #lavalinkPath: readonly string[] | null;
  readonly #openRoutes: RouteTable<ReturnType<typeof trackRoutes>[number]>;
  readonly #userRoutes: RouteTable<ReturnType<typeof playerRoutes>[number]>;
  readonly #sessions: Sessions;

  constructor(parts: ApiParts) {
    const { players, loader, tracks, listening, settings, logger, threads, metrics = [] } = parts;
    this.#parts = parts;
    this.#metadata = nodeMetadata(settings, loader.enabledSources);
    this.#headers = commonHeaders(this.#metadata);
    this.#authentication = new Authentication(settings.password);
    const statistics = new Statistics(players, threads);
    this.#statistics = statistics;
    this.#sessions = new Sessions({
      players,
      logger,
      options: settings.webSocket,
      metadata: this.#metadata,
      stats: () => statistics.full(),
      lavalinkStats: () => statistics.lavalink(),
    });
    const isRest = settings.http.rest;
    const userRoutes = playerRoutes(players, listening);
    const described = [...trackRoutes(loader, tracks), ...nodeRoutes(statistics)];
    const openRoutes = [...described, openApiRoute([...described, ...userRoutes])];
    this.#openRoutes = new RouteTable(isRest ? openRoutes : []);
    this.#userRoutes = new RouteTable(isRest ? userRoutes : []);
    this.#metrics = settings.metrics.enabled
      ? new Metrics(players, statistics.collections, [
          { name: "andesite_websockets", help: "WebSockets that are open", read: () => this.#sessions.size },
          {
            name: "andesite_event_buffers",
            help: "Lost connections for which events are kept",
            read: () => this.#sessions.buffers,
          },
          ...metrics,
        ])
      : null;
    this.#metricsPath = readPath(settings.metrics.path);
    this.#lavalinkPath = readPath(settings.webSocket.lavalinkPath);
  }

  /** Headers that stand on every answer. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  /** Answers a request. Never throws. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const visit = { request, response, target: readTarget(request.url ?? ""), signal: gone.signal };
    void this.#visit(visit).catch((error: unknown) => this.#fail(visit, error));
  };

  /** Opens a WebSocket, or answers the request that asks for one. Never throws. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => {});
    const target = readTarget(request.url ?? "");
    const handshake = this.#readHandshake(request, target);
    if (handshake) {
      this.#sessions.accept(request, socket, head, { ...handshake, headers: this.#headers });
      return;
    }
    // The steps below find out why, and an answer needs no more than a socket.
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    // Whoever upgrades gives the stream of a TCP connection, which the type does not say.
    response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
    response.once("finish", () => socket.end());
    this.handle(request, response);
  };

  /** Whether a request asks for a WebSocket at a place where there is one. */
  readonly wantsWebSocket = (request: IncomingMessage): boolean =>
    isWebSocketRequest(request) && this.#dialectOf(readTarget(request.url ?? ""), request) !== null;

  /** Ends all WebSockets; those that do not answer within the grace are cut. */
  async close(graceMs: number): Promise<void> {
    await this.#sessions.close(graceMs);
    this.#metrics?.close();
    this.#statistics.close();
  }

  /** Null where the handshake is to be refused. */
  #readHandshake(request: IncomingMessage, target: Target) {
    if (!isWebSocketRequest(request) || !this.#mayPageVisit(request) || target.query.isMalformed) return null;
    const dialect = this.#dialectOf(target, request);
    const { isAdmitted, protocol } = this.#authentication.check(request.headers, target.query);
    const userId = readUserId(request.headers, target.query);
    if (dialect === null || !isAdmitted || userId === null || !this.#sessions.hasRoom) return null;
    return { dialect, protocol, userId };
  }

  /** Null where there are no WebSockets. */
  #dialectOf({ segments, query }: Target, { headers }: IncomingMessage): Dialect | null {
    if (!this.#parts.settings.http.webSocket || segments === null) return null;
    if (this.#lavalinkPath !== null && isSamePath(segments, this.#lavalinkPath)) return "lavalink";
    if (segments.length !== 1 || segments[0] !== webSocketPath) return null;
    return wantedDialect(headers, query);
  }

  #mayPageVisit(request: IncomingMessage): boolean {
    const { password, open } = this.#parts.settings;
    return password !== null || open || isLocalOrigin(request.headers);
  }

  async #visit(visit: Visit): Promise<void> {
    const { request, response, target } = visit;
    response.setHeaders(new Map(Object.entries(this.#headers)));
    if (!this.#mayPageVisit(request)) throw new RefusedRequest(403, errorMessages.originNotAllowed);
    if (request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined) {
      answerPreflight(response);
      return;
    }
    if (await this.#visitWithoutPassword(visit)) return;
    if (!this.#authentication.check(request.headers, target.query).isAdmitted) {
      throw new RefusedRequest(401, errorMessages.unauthorized);
    }
    if (target.query.isMalformed) throw new RefusedRequest(400, errorMessages.malformedUrl);
    sendJson(response, await this.#answer(visit));
  }

  /** Metrics, listeners and pictures; true if it was one of them. */
  async #visitWithoutPassword({ request, response, target }: Visit): Promise<boolean> {
    const { segments, query } = target;
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (segments === null || !isRead) return false;
    if (this.#metrics && this.#metricsPath !== null && isSamePath(segments, this.#metricsPath)) {
      const text = await this.#metrics.text(query.all("name[]"));
      response.writeHead(200, { "Content-Type": this.#metrics.contentType }).end(text);
      return true;
    }
    const [first = "", ...rest] = segments;
    if (rest.length === 0) return false;
    const path = `/${segments.join("/")}`;
    if (first === listenPath) this.#parts.listening.serve(request, response, path);
    else if (first === artworkPath) this.#parts.artwork.serve(request, response, path);
    else return false;
    return true;
  }

  async #answer({ request, target, signal }: Visit): Promise<Answer> {
    const { method = "", headers } = request;
    const { segments, query } = target;
    const body = await readBody(request, this.#parts.settings.http.maxBodyBytes);
    if (segments === null) throw new RefusedRequest(400, errorMessages.malformedUrl);
    const exchange = { headers, query, body, signal };
    const open = this.#openRoutes.find(method, segments);
    if (open) return open.route.handle(exchange);
    const userId = readUserId(headers, query);
    if (userId === null) throw new RefusedRequest(400, errorMessages.invalidUserId);
    if (this.wantsWebSocket(request) && !this.#sessions.hasRoom) {
      throw new RefusedRequest(503, errorMessages.tooManySockets);
    }
    const found = this.#userRoutes.find(method, segments);
    if (!found) throw new RefusedRequest(404, errorMessages.notFound);
    const guildId = found.guildId === null ? "" : parseSnowflake(found.guildId);
    if (guildId === null) throw new RefusedRequest(400, errorMessages.invalidGuildId);
    return found.route.handle({ ...exchange, userId, guildId });
  }

  #fail({ request, response, target, signal }: Visit, error: unknown): void {
    if (signal.aborted) return;
    const { method, headers } = request;
    const path = target.segments?.join("/");
    if (error instanceof RefusedRequest) {
      // What is left of the body is not worth reading.
      if (error.status === 413) response.shouldKeepAlive = false;
      sendJson(response, { status: error.status, body: error.body });
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    this.#parts.logger.debug({ method, path, reason }, "request failed");
    sendJson(response, { status: 500, body: reportError(error, wantedErrorForm(headers, target.query)) });
  }
}

const isWebSocketRequest = ({ method, headers }: IncomingMessage): boolean =>
  method === "GET" && headers.upgrade?.toLowerCase() === "websocket";

const isSamePath = (path: readonly string[], other: readonly string[]): boolean =>
  path.length === other.length && path.every((segment, at) => segment === other[at]);
