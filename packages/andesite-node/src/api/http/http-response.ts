import type { ServerResponse } from "node:http";

/** Response of a route handler. */
export interface HttpResponse {
  readonly status: number;
  /** Serialized as JSON; undefined for an empty body. */
  readonly body?: unknown;
}

/** Sends a JSON response, unless headers were already sent or the connection is gone. */
export function sendJson(response: ServerResponse, { status, body }: HttpResponse): void {
  if (response.headersSent || response.destroyed) return;
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": text.length }).end(text);
}
