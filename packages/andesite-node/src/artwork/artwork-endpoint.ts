import type { IncomingMessage, ServerResponse } from "node:http";

/** Shows people the pictures of tracks over HTTP. */
export interface ArtworkEndpoint {
  /**
   * Answers a request for the address of a picture, whatever becomes of it.
   *
   * @param path - Path of the request, beginning with `/artwork/`, without its query.
   */
  handleRequest(request: IncomingMessage, response: ServerResponse, path: string): void;
}
