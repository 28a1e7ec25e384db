import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { Header, type Metadata, metadata, metadataHeaders } from "@asterite/andesite-protocol";

/** Request headers that CORS allows pages of other origins to send. */
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
  // Player state changes constantly, and the URL may contain the password.
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
};

/**
 * Returns the headers of every response: node metadata, security headers and CORS. Any origin may read
 * responses, because browsers add no credentials on their own here: a page has to send the password itself.
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

/** Responds to a CORS preflight request. */
export function sendPreflightResponse(response: ServerResponse): void {
  response.setHeader("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE");
  response.setHeader("Access-Control-Allow-Headers", allowedRequestHeaders);
  response.setHeader("Access-Control-Max-Age", "86400");
  response.writeHead(204).end();
}

const loopbackHost = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Returns whether the `Origin` may use a node whose only protection is listening on the loopback interface.
 * Rejects web sites that the user happens to visit. Clients that are not browsers send no origin.
 */
export function isLocalOrigin({ origin }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && loopbackHost.test(new URL(origin).hostname);
}
