import type { IncomingMessage, ServerResponse } from "node:http";

/** An address at which a player can be heard. */
export interface StreamLink {
  /** Path on this node, beginning with `/listen/`; whoever knows it needs no password. */
  readonly url: string;
  /** When it stops to work, in ms since 1970. */
  readonly expires: number;
}

/** Lets people hear players over HTTP (section 18.4 of the protocol). */
export interface StreamEndpoint {
  /**
   * Makes an address that is bound to user, guild and expiry.
   *
   * @param ttlSeconds - How long it is to work; null for the default.
   * @returns Null where there is no player.
   */
  createLink(userId: string, guildId: string, ttlSeconds: number | null): StreamLink | null;
  /**
   * Answers a request for such an address, whatever becomes of it.
   *
   * @param path - Path of the request, beginning with `/listen/`, without its query.
   */
  handleRequest(request: IncomingMessage, response: ServerResponse, path: string): void;
}
