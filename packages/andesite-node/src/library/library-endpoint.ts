import type { IncomingMessage, ServerResponse } from "node:http";
import type { Query } from "../api/http/query.ts";
import type { StreamLink } from "../streaming/stream-endpoint.ts";

/** Lets users browse the music folders over HTTP, at signed links. */
export interface LibraryEndpoint {
  /**
   * Creates a link that is bound to user, guild and expiry.
   *
   * @param ttlSeconds - Lifetime of the link; undefined for the default.
   * @returns Undefined if the node has no music library.
   */
  createLink(userId: string, guildId: string, ttlSeconds: number | undefined): StreamLink | undefined;
  /**
   * Responds to a request for a link, with a page of items or an error.
   *
   * @param path - Path of the request, beginning with `/library/`, without its query.
   */
  handleRequest(request: IncomingMessage, response: ServerResponse, path: string, query: Query): void;
}
