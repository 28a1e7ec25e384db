import type { IncomingMessage, ServerResponse } from "node:http";

/** Serves the artwork of tracks over HTTP. */
export interface ArtworkEndpoint {
  /**
   * Responds to an artwork request, with the picture or an error.
   *
   * @param path - Path of the request, beginning with `/artwork/`, without its query.
   */
  handleRequest(request: IncomingMessage, response: ServerResponse, path: string): void;
}
