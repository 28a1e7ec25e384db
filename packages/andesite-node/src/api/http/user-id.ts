import type { IncomingHttpHeaders } from "node:http";
import { Header, parseSnowflake, QueryParameter } from "@asterite/andesite-protocol";
import type { Query } from "./query.ts";

const header = Header.USER_ID.toLowerCase();

/**
 * Returns the user id of a request in canonical form (section 3 of the protocol); null if it is missing or
 * invalid.
 */
export function readUserId(headers: IncomingHttpHeaders, query: Query): string | null {
  // The header takes precedence even if it is invalid.
  const given = headers[header] ?? query.get(QueryParameter.USER_ID);
  return typeof given === "string" ? parseSnowflake(given) : null;
}
