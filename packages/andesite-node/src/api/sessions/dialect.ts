import type { IncomingHttpHeaders } from "node:http";
import { Header, QueryParameter } from "@asterite/andesite-protocol";
import type { Query } from "../http/query.ts";

/** Protocol dialect of a client: Andesite or Lavalink 3 (section 10 of the protocol). */
export type Dialect = "andesite" | "lavalink";

const header = Header.COMPATIBILITY.toLowerCase();

/** Returns the dialect that a request selects by header or query, regardless of its path. */
export const requestedDialect = (headers: IncomingHttpHeaders, query: Query): Dialect =>
  headers[header] === "lavalink" || query.has(QueryParameter.LAVALINK) ? "lavalink" : "andesite";

const extensionsHeader = Header.EXTENSIONS.toLowerCase();

/** Returns whether a handshake names an extension in its header or query. */
export function requestsExtension(headers: IncomingHttpHeaders, query: Query, extension: string): boolean {
  const given = [headers[extensionsHeader], query.get(QueryParameter.EXTENSIONS)];
  return given.some((names) =>
    String(names ?? "")
      .split(",")
      .some((name) => name.trim() === extension),
  );
}
