import type { IncomingHttpHeaders } from "node:http";
import { Header, QueryParameter } from "@asterite/andesite-protocol";
import type { ErrorFormat } from "../error-report.ts";
import type { Query } from "./query.ts";

/** Request data that a route handler receives. */
export interface HandlerContext {
  readonly headers: IncomingHttpHeaders;
  readonly query: Query;
  readonly body: Uint8Array;
  /** Aborted when the client disconnects before the response. */
  readonly signal: AbortSignal;
}

/** Request data of a route that acts for a user. */
export interface UserHandlerContext extends HandlerContext {
  readonly userId: string;
  /** Guild id from the path; empty for a route without one. */
  readonly guildId: string;
}

const shortErrors = Header.SHORT_ERRORS.toLowerCase();

/** Returns the format in which a client requests error objects. */
export const requestedErrorFormat = (headers: IncomingHttpHeaders, query: Query): ErrorFormat =>
  headers[shortErrors] !== undefined || query.has(QueryParameter.SHORT_ERRORS) ? "short" : "long";
