/**
 * Clients of Lavalink 4 nodes, with the classes of the main entry: they are used alone and in pools beside
 * clients of Andesite nodes.
 *
 * @packageDocumentation
 */

export { type CreateLavalinkClientOptions, createLavalinkClient } from "./create-lavalink-client.ts";
export { LavalinkHTTP } from "./lavalink-http.ts";
export { LavalinkWebSocket, type LavalinkWebSocketOptions } from "./lavalink-web-socket.ts";
export { UnsupportedOperationError } from "./unsupported-operation-error.ts";
