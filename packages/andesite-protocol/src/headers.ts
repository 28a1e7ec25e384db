// HTTP headers of the protocol besides most of those of metadata, each a constant of its own for small bundles.

/** The plain password, without an authentication scheme. */
export const AUTHORIZATION = "Authorization";
/** Id of the bot. */
export const USER_ID = "User-Id";
/** Region of the node. */
export const NODE_REGION = "Andesite-Node-Region";
/** Id of the node. */
export const NODE_ID = "Andesite-Node-Id";
/** Id of the WebSocket connection, in the handshake response. */
export const CONNECTION_ID = "Andesite-Connection-Id";
/** Id of the connection to resume, whose buffered events are replayed. */
export const RESUME_ID = "Andesite-Resume-Id";
/** Any value requests exceptions without stack traces. */
export const SHORT_ERRORS = "Andesite-Short-Errors";
/** Comma-separated names of extensions that the client supports, see `Extension`. */
export const EXTENSIONS = "Andesite-Extensions";
/** The value `lavalink` selects the Lavalink dialect. */
export const COMPATIBILITY = "Andesite-Compat";
