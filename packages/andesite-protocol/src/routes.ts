import type { OperationName } from "./operations.ts";

// All HTTP routes, each a constant of its own, so that a client contains only the routes that it requests. Player
// routes with an operation respond with the player.

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

/* @__NO_SIDE_EFFECTS__ */
const define = <const Definition extends RouteDefinition>(definition: Definition): Definition =>
  Object.freeze(definition);

const player = "player/:guildId";

/** Statistics of the node. */
export const stats = define({ method: "GET", path: "stats", user: false });
/** Statistics in the form of Lavalink 3. */
export const lavalinkStats = define({ method: "GET", path: "stats/lavalink", user: false });
/** Plug-ins in the form of Lavalink 3. */
export const plugins = define({ method: "GET", path: "plugins", user: false });
/** Loads or searches tracks; query parameter `identifier`. */
export const loadTracks = define({ method: "GET", path: "loadtracks", user: false });
/** Decodes a track; query parameter `track`. */
export const decodeTrackQuery = define({ method: "GET", path: "decodetrack", user: false });
/** Decodes a track; body `{ track }`. */
export const decodeTrack = define({ method: "POST", path: "decodetrack", user: false });
/** Decodes tracks; body: an array of tracks. */
export const decodeTracks = define({ method: "POST", path: "decodetracks", user: false });
/** Passes on Discord's voice server; empty response. */
export const voiceServerUpdate = define({
  method: "POST",
  path: "player/voice-server-update",
  user: true,
  operation: "voice-server-update",
});
/** Returns the player. */
export const getPlayer = define({ method: "GET", path: player, user: true, operation: "get-player" });
/** Plays a track. */
export const play = define({ method: "POST", path: `${player}/play`, user: true, operation: "play" });
/** Stops the track. */
export const stop = define({ method: "POST", path: `${player}/stop`, user: true, operation: "stop" });
/** Updates the mixer. */
export const mixer = define({ method: "PATCH", path: `${player}/mixer`, user: true, operation: "mixer" });
/** Updates the filters. */
export const filters = define({
  method: "PATCH",
  path: `${player}/filters`,
  user: true,
  operation: "filters",
});
/** Pauses or resumes. */
export const pause = define({ method: "PATCH", path: `${player}/pause`, user: true, operation: "pause" });
/** Seeks. */
export const seek = define({ method: "PATCH", path: `${player}/seek`, user: true, operation: "seek" });
/** Sets the volume. */
export const volume = define({ method: "PATCH", path: `${player}/volume`, user: true, operation: "volume" });
/** Updates several settings. */
export const update = define({ method: "PATCH", path: player, user: true, operation: "update" });
/** Destroys the player. */
export const destroy = define({ method: "DELETE", path: player, user: true, operation: "destroy" });
/** Extension: creates a listen link. Body: `{ ttl }` in seconds, or none. */
export const listen = define({ method: "POST", path: `${player}/listen`, user: true });
/** Extension: creates a link that lists the music library. Body: `{ ttl }` in seconds, or none. */
export const library = define({ method: "POST", path: `${player}/library`, user: true });
/** Extension: OpenAPI description of all routes. */
export const openApi = define({ method: "GET", path: "openapi.json", user: false });
