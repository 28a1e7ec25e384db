/** Path prefix of listen links, which are signed and need neither password nor user id. */
export const listenPath = "listen";

/** Path prefix of artwork, whose URLs are signed by the node and need no password. */
export const artworkPath = "artwork";

/** Path prefix of links that list the music library, which are signed and need neither password nor user id. */
export const libraryPath = "library";

/** Path of the WebSocket, relative to the base URL. */
export const webSocketPath = "websocket";

/** Prefix of identifiers that are loaded literally, without search prefixes. */
export const rawPrefix = "raw:";
