import type { ServerResponse } from "node:http";

/** Responds with a simple error of the protocol (section 5.1), unless headers were already sent. */
export function sendError(response: ServerResponse, code: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(code, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ code, message }));
}
