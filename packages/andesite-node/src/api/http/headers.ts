import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { Header, type Metadata, metadata, metadataHeaders } from "@asterite/andesite-protocol";

/** Headers that pages of other origins may send. */
const allowedRequestHeaders = [
  Header.AUTHORIZATION,
  "Content-Type",
  Header.USER_ID,
  Header.SHORT_ERRORS,
  Header.RESUME_ID,
  Header.COMPATIBILITY,
].join(", ");

const securityHeaders = {
  "X-Content-Type-Options": "nosniff",
  // A player changes all the time, and a password may stand in the address.
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
};

/**
 * What stands on every answer: who the node is, and what browsers may do. Pages of any origin may read
 * answers, because no browser adds credentials by itself here: the password is in what the page sends.
 */
export function commonHeaders(values: Metadata): Readonly<Record<string, string>> {
  return Object.freeze({
    ...metadataHeaders(values),
    ...securityHeaders,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": Object.values(metadata)
      .map(({ header }) => header)
      .join(", "),
  });
}

/** Answers a browser that asks whether a page may send a request. */
export function sendPreflightResponse(response: ServerResponse): void {
  response.setHeader("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE");
  response.setHeader("Access-Control-Allow-Headers", allowedRequestHeaders);
  response.setHeader("Access-Control-Max-Age", "86400");
  response.writeHead(204).end();
}

const loopbackHost = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether a page may talk to a node that only protects itself by listening on the loopback: not one from
 * elsewhere that the owner happens to look at. Programs send no origin.
 */
export function isLocalOrigin({ origin }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && loopbackHost.test(new URL(origin).hostname);
}
