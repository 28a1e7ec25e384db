/**
 * Clients of Lavalink 4 nodes, with the classes of the main entry: they are used alone and in pools beside
 * clients of Andesite nodes.
 *
 * @packageDocumentation
 */

export { LavalinkHTTP } from "./lavalink-http.ts";
