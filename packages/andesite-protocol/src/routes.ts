import type { OperationName } from "./operations.ts";

/** One HTTP route of a node. */
export interface RouteDefinition {
  /** HTTP method. */
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the base URL, without a slash in front; `:guildId` stands for the guild. */
  readonly path: string;
  /** Whether a user id is needed. */
  readonly user: boolean;
  /** The operation whose fields the body has. */
  readonly operation?: OperationName;
}

const define = <const Definition extends RouteDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

const player = "player/:guildId";

/**
 * Every HTTP route. Those with the path of a player and an operation answer with the player,
 * `voiceServerUpdate` with nothing.
 */
export const routes = Object.freeze({
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
  /** Body `{ ttl }` in seconds, or none; gives an address to listen at. An addition to the original protocol. */
  listen: define({ method: "POST", path: `${player}/listen`, user: true }),
  /** Description of all routes in the form of OpenAPI. An addition to the original protocol. */
  openApi: define({ method: "GET", path: "openapi.json", user: false }),
});

/** Path below which a player can be listened to with a signed address, without password and user id. */
export const listenPath = "listen";

/** Path below which the picture of a track is, with an address that only the node can make, without password. */
export const artworkPath = "artwork";

/** Path of WebSockets, below the base URL. */
export const webSocketPath = "websocket";

/** Identifiers that begin with this are loaded as they are, without the rules for searching. */
export const rawPrefix = "raw:";
