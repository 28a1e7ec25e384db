import type { IncomingHttpHeaders } from "node:http";
import { Header, QueryParameter } from "@asterite/andesite-protocol";
import type { ErrorFormat } from "../error-report.ts";
import type { Query } from "./query.ts";

/** A request as the handler of a route sees it. */
export interface HandlerContext {
  readonly headers: IncomingHttpHeaders;
  readonly query: Query;
  readonly body: Uint8Array;
  /** Aborted when the client has gone before the answer. */
  readonly signal: AbortSignal;
}

/** A request of a certain user. */
export interface UserHandlerContext extends HandlerContext {
  readonly userId: string;
  /** From the path; empty for a route without a guild. */
  readonly guildId: string;
}

const shortErrors = Header.SHORT_ERRORS.toLowerCase();

/** In which form a client wants error objects. */
export const requestedErrorFormat = (headers: IncomingHttpHeaders, query: Query): ErrorFormat =>
  headers[shortErrors] !== undefined || query.has(QueryParameter.SHORT_ERRORS) ? "short" : "long";
