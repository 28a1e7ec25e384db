import type { IncomingHttpHeaders } from "node:http";
import { Header, QueryParameter } from "@asterite/andesite-protocol";
import type { ErrorForm } from "../error-report.ts";
import type { Query } from "./query.ts";

/** A request as the handler of a route sees it. */
export interface Exchange {
  readonly headers: IncomingHttpHeaders;
  readonly query: Query;
  readonly body: Uint8Array;
  /** Aborted when the client has gone before the answer. */
  readonly signal: AbortSignal;
}

/** A request of a certain user. */
export interface UserExchange extends Exchange {
  readonly userId: string;
  /** From the path; empty for a route without a guild. */
  readonly guildId: string;
}

const shortErrors = Header.SHORT_ERRORS.toLowerCase();

/** In which form a client wants error objects. */
export const wantedErrorForm = (headers: IncomingHttpHeaders, query: Query): ErrorForm =>
  headers[shortErrors] !== undefined || query.has(QueryParameter.SHORT_ERRORS) ? "short" : "long";
