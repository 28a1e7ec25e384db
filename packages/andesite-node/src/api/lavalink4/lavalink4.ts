import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { errorMessages, parseSnowflake } from "@asterite/andesite-protocol";
import type { Logger } from "@asterite/util";
import type { Loader } from "../../loading/loader.ts";
import type { NodeSettings } from "../../options.ts";
import { frameStatsOf } from "../../players/player-census.ts";
import type { PlayerMap } from "../../players/player-map.ts";
import type { Authentication } from "../http/authentication.ts";
import { parseJson, readBody } from "../http/body.ts";
import { HttpError } from "../http/http-error.ts";
import { sendJson } from "../http/http-response.ts";
import type { RequestTarget } from "../http/request-target.ts";
import type { Statistics } from "../stats/statistics.ts";
import { errorBody, statusOf } from "./error-body.ts";
import { restorePlayer } from "./kept-player.ts";
import { Lavalink4Sessions } from "./lavalink4-sessions.ts";
import { mixRoutes } from "./mix-routes.ts";
import { nodeRoutes } from "./node-routes.ts";
import { playerRoutes } from "./player-routes.ts";
import { findRoute, type Lavalink4Response, type Lavalink4Route } from "./route.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import { sessionRoutes } from "./session-routes.ts";
import { trackRoutes } from "./track-routes.ts";

/** Dependencies of {@link Lavalink4}. */
export interface Lavalink4Dependencies {
  readonly loader: Loader;
  /** Creates the players of a session. */
  readonly createSessionPlayers: () => PlayerMap;
  readonly settings: NodeSettings;
  /** Returns whether the node may have another open WebSocket, of any dialect. */
  readonly hasSocketRoom: () => boolean;
  /** Keeps sessions for the next process; undefined if none are kept. */
  readonly keeper: SessionKeeper | undefined;
  readonly logger: Logger;
  readonly statistics: Statistics;
  readonly authentication: Authentication;
  /** Headers of every response. */
  readonly commonHeaders: Readonly<Record<string, string>>;
  /** Returns whether the origin of a request may use the node. */
  readonly isOriginAllowed: (request: IncomingMessage) => boolean;
}

/** Request of {@link Lavalink4.handleRequest}. */
interface Lavalink4Request {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: RequestTarget;
  /** Aborted when the connection closes before the response is complete. */
  readonly clientGone: AbortSignal;
}

const webSocketPath = "/v4/websocket";
const jsonType = /^application\/(?:json|[^;/\s]+\+json)\s*(?:;|$)/i;

/** The API of Lavalink 4, REST and WebSocket, beside the node's own. */
export class Lavalink4 {
  readonly #dependencies: Lavalink4Dependencies;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #sessions: Lavalink4Sessions;
  readonly #routes: readonly Lavalink4Route[];

  constructor(dependencies: Lavalink4Dependencies) {
    const { loader, createSessionPlayers, settings, logger, statistics, commonHeaders, keeper } =
      dependencies;
    const { hasSocketRoom } = dependencies;
    const { nodelink } = settings.http;
    this.#dependencies = dependencies;
    this.#headers = { ...commonHeaders, "Lavalink-Api-Version": "4" };
    this.#sessions = new Lavalink4Sessions({
      createPlayers: createSessionPlayers,
      options: settings.webSocket,
      hasSocketRoom,
      logger,
      keeper,
      restorePlayer: (players, userId, kept) => restorePlayer(players, userId, kept, loader),
      stats: (players) => statistics.lavalink4Stats(frameStatsOf(players.all)),
    });
    this.#routes = [
      ...nodeRoutes(statistics, loader.enabledSources, nodelink),
      ...trackRoutes(loader),
      ...sessionRoutes(this.#sessions),
      ...playerRoutes(this.#sessions, loader, nodelink),
      ...(nodelink ? mixRoutes(this.#sessions, loader) : []),
    ];
  }

  /** The sessions, for metrics. */
  get sessions(): Pick<Lavalink4Sessions, "openCount" | "waitingCount"> {
    return this.#sessions;
  }

  /** Returns whether a path belongs to Lavalink 4. */
  ownsPath({ path }: RequestTarget): boolean {
    if (!this.#dependencies.settings.http.rest) return false;
    return path === "/version" || path === "/v4" || path.startsWith("/v4/");
  }

  /** Returns whether a path accepts WebSockets. */
  isWebSocketPath(target: RequestTarget): boolean {
    const { webSocket } = this.#dependencies.settings.http;
    return webSocket && this.ownsPath(target) && target.path === webSocketPath;
  }

  /**
   * Accepts a WebSocket upgrade. Returns false if it must be refused; {@link handleRequest} then sends the status.
   */
  acceptUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: RequestTarget): boolean {
    const handshake = this.#readHandshake(request, target);
    if (typeof handshake === "number") return false;
    this.#sessions.accept(request, socket, head, { ...handshake, headers: this.#headers });
    return true;
  }

  /** Handles an HTTP request. Never throws. */
  handleRequest(context: Lavalink4Request): void {
    void this.#respond(context).catch((error: unknown) => this.#sendError(context, error));
  }

  /** Ends all sessions, and terminates connections that have not closed after `graceMs`. */
  close(graceMs: number): Promise<void> {
    return this.#sessions.close(graceMs);
  }

  /** Returns the data of a handshake, or the status that refuses it. */
  #readHandshake(request: IncomingMessage, { query }: RequestTarget): { readonly userId: string } | number {
    const { authentication, isOriginAllowed } = this.#dependencies;
    if (!isOriginAllowed(request)) return 403;
    if (!authentication.check(request.headers, query).isAuthenticated) return 401;
    const { "user-id": given } = request.headers;
    const userId = typeof given === "string" ? parseSnowflake(given) : null;
    if (userId === null || userId === "0") return 400;
    return this.#sessions.hasRoom(request, userId) ? { userId } : 503;
  }

  async #respond({ request, response, target, clientGone }: Lavalink4Request): Promise<void> {
    const { method = "", headers } = request;
    const { authentication, isOriginAllowed, settings } = this.#dependencies;
    response.setHeaders(new Map(Object.entries(this.#headers)));
    if (this.isWebSocketPath(target) && method === "GET") {
      const handshake = this.#readHandshake(request, target);
      response.writeHead(typeof handshake === "number" ? handshake : 400).end();
      return;
    }
    if (!isOriginAllowed(request)) {
      response.writeHead(403).end();
      return;
    }
    if (!authentication.check(headers, target.query).isAuthenticated) {
      response.writeHead(headers.authorization === undefined ? 401 : 403).end();
      return;
    }
    const { path, segments = [] } = target;
    // A trailing slash makes another path.
    const search = findRoute(this.#routes, method, path.endsWith("/") ? [] : segments);
    if (search.type === "none") throw new HttpError(404, `No endpoint ${method} ${path}.`);
    if (search.type === "method") {
      response.setHeader("Allow", search.allowed.join(", "));
      if (method !== "OPTIONS") throw new HttpError(405, `Method '${method}' is not supported.`);
      response.writeHead(200).end();
      return;
    }
    if (target.query.isMalformed) throw new HttpError(400, errorMessages.malformedUrl);
    const { route, sessionId, guildId, mixId } = search;
    const bytes = await readBody(request, settings.http.maxBodyBytes);
    const contentType = route.hasBody === "untyped" ? "application/json" : headers["content-type"];
    const body = route.hasBody ? readJsonBody(bytes, contentType) : undefined;
    const { query } = target;
    sendResponse(
      response,
      await route.handle({ query, body, sessionId, guildId, mixId, signal: clientGone }),
    );
  }

  #sendError({ request, response, target, clientGone }: Lavalink4Request, error: unknown): void {
    if (clientGone.aborted) return;
    const { path, query } = target;
    const status = statusOf(error);
    // Close the connection instead of reading the rest of the body.
    if (status === 413) response.shouldKeepAlive = false;
    if (status === undefined) {
      const { method } = request;
      this.#dependencies.logger.error({ err: error, method, path }, "request failed");
    }
    sendJson(response, {
      status: status ?? 500,
      body: errorBody(error, path, query.get("trace") === "true"),
    });
  }
}

/** @throws HttpError 400 or 415 */
function readJsonBody(bytes: Buffer, contentType: string | undefined): unknown {
  if (bytes.length === 0) throw new HttpError(400, "The body is missing");
  if (contentType === undefined || !jsonType.test(contentType)) {
    const given = contentType ?? "application/octet-stream";
    throw new HttpError(415, `Content-Type '${given}' is not supported.`);
  }
  return parseJson(bytes);
}

function sendResponse(response: ServerResponse, { status, body, text }: Lavalink4Response): void {
  if (text === undefined) {
    sendJson(response, { status, body });
    return;
  }
  if (!response.destroyed) response.writeHead(status, { "Content-Type": "text/plain" }).end(text);
}
