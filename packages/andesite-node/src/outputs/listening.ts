import type { IncomingMessage, ServerResponse } from "node:http";
export interface Listening {
  link(
    userId: string,
    guildId: string,
    ttlSeconds: number | null,
  ): { readonly url: string; readonly expires: number } | null;
  serve(request: IncomingMessage, response: ServerResponse, path: string): void;
}
