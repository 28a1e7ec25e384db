import type { OperationName } from "./operations.ts";

/** Definition of an HTTP route. */
export interface RouteDefinition {
  /** HTTP method. */
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path relative to the base URL, without a leading slash; `:guildId` is replaced by the guild id. */
  readonly path: string;
  /** Whether a user id is required. */
  readonly user: boolean;
  /** Operation whose fields are the body. */
  readonly operation?: OperationName;
}

const define = <const Definition extends RouteDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

const player = "player/:guildId";

/**
 * All HTTP routes. Player routes with an operation respond with the player, `voiceServerUpdate` with an empty
 * body.
 */
export const routes = /* @__PURE__ */ Object.freeze({
  stats: define({ method: "GET", path: "stats", user: false }),
  lavalinkStats: define({ method: "GET", path: "stats/lavalink", user: false }),
  /** Query parameter `identifier`. */
  loadTracks: define({ method: "GET", path: "loadtracks", user: false }),
  /** Query parameter `track`. */
  decodeTrackQuery: define({ method: "GET", path: "decodetrack", user: false }),
  /** Body `{ track }`. */
  decodeTrack: define({ method: "POST", path: "decodetrack", user: false }),
  /** Body: an array of tracks. */
  decodeTracks: define({ method: "POST", path: "decodetracks", user: false }),
  voiceServerUpdate: define({
    method: "POST",
    path: "player/voice-server-update",
    user: true,
    operation: "voice-server-update",
  }),
  getPlayer: define({ method: "GET", path: player, user: true, operation: "get-player" }),
  play: define({ method: "POST", path: `${player}/play`, user: true, operation: "play" }),
  stop: define({ method: "POST", path: `${player}/stop`, user: true, operation: "stop" }),
  mixer: define({ method: "PATCH", path: `${player}/mixer`, user: true, operation: "mixer" }),
  filters: define({ method: "PATCH", path: `${player}/filters`, user: true, operation: "filters" }),
  pause: define({ method: "PATCH", path: `${player}/pause`, user: true, operation: "pause" }),
  seek: define({ method: "PATCH", path: `${player}/seek`, user: true, operation: "seek" }),
  volume: define({ method: "PATCH", path: `${player}/volume`, user: true, operation: "volume" }),
  update: define({ method: "PATCH", path: player, user: true, operation: "update" }),
  destroy: define({ method: "DELETE", path: player, user: true, operation: "destroy" }),
  /** Extension: creates a listen link. Body: `{ ttl }` in seconds, or none. */
  listen: define({ method: "POST", path: `${player}/listen`, user: true }),
  /** Extension: OpenAPI description of all routes. */
  openApi: define({ method: "GET", path: "openapi.json", user: false }),
});

/** Path prefix of listen links, which are signed and need neither password nor user id. */
export const listenPath = "listen";

/** Path prefix of artwork, whose URLs are signed by the node and need no password. */
export const artworkPath = "artwork";

/** Path of the WebSocket, relative to the base URL. */
export const webSocketPath = "websocket";

/** Prefix of identifiers that are loaded literally, without search prefixes. */
export const rawPrefix = "raw:";
