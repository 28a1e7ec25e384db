import type { IncomingHttpHeaders } from "node:http";
import { Header, parseSnowflake, QueryParameter } from "@asterite/andesite-protocol";
import type { Query } from "./query.ts";

const header = Header.USER_ID.toLowerCase();

/** The user of a request in canonical form, by section 3 of the protocol; null for none or an invalid one. */
export function readUserId(headers: IncomingHttpHeaders, query: Query): string | null {
  // A header counts even where it is invalid.
  const given = headers[header] ?? query.get(QueryParameter.USER_ID);
  return typeof given === "string" ? parseSnowflake(given) : null;
}
