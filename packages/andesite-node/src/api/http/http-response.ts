import type { ServerResponse } from "node:http";

/** What a route answers. */
export interface HttpResponse {
  readonly status: number;
  /** Written as JSON; undefined for none. */
  readonly body?: unknown;
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, { status, body }: HttpResponse): void {
  if (response.headersSent || response.destroyed) return;
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": text.length }).end(text);
}
