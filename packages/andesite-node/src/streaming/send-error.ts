import type { ServerResponse } from "node:http";

/** Answers with a simple error of the protocol (section 5.1), where nothing has been answered yet. */
export function sendError(response: ServerResponse, code: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(code, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ code, message }));
}
