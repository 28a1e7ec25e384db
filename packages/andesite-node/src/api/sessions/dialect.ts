/** Which protocol a WebSocket speaks: Andesite's own, or that of Lavalink 3 (section 10 of the protocol). */
export type Dialect = "andesite" | "lavalink";
