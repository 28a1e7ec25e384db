import type { IncomingHttpHeaders } from "node:http";
import { Header, QueryParameter } from "@asterite/andesite-protocol";
import type { Query } from "../http/query.ts";

/** Which protocol a client speaks: Andesite's own, or that of Lavalink 3 (section 10 of the protocol). */
export type Dialect = "andesite" | "lavalink";

const header = Header.COMPATIBILITY.toLowerCase();

/** The dialect that a request asks for, whatever its path. */
export const requestedDialect = (headers: IncomingHttpHeaders, query: Query): Dialect =>
  headers[header] === "lavalink" || query.has(QueryParameter.LAVALINK) ? "lavalink" : "andesite";
