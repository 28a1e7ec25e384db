import type { IncomingMessage, ServerResponse } from "node:http";

/** Link that streams the audio of a player, or lists the music library. */
export interface StreamLink {
  /** Path on this node, such as `/listen/…`. It works without the password. */
  readonly url: string;
  /** Expiry in ms since 1970. */
  readonly expires: number;
}

/** Streams the audio of players over HTTP (section 18.4 of the protocol). */
export interface StreamEndpoint {
  /**
   * Creates a link that is bound to user, guild and expiry.
   *
   * @param ttlSeconds - Lifetime of the link; undefined for the default.
   * @returns Null if the player does not exist.
   */
  createLink(userId: string, guildId: string, ttlSeconds: number | undefined): StreamLink | undefined;
  /**
   * Responds to a request for a link, with the stream or an error.
   *
   * @param path - Path of the request, beginning with `/listen/`, without its query.
   */
  handleRequest(request: IncomingMessage, response: ServerResponse, path: string): void;
}
