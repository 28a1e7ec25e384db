import type { IncomingMessage } from "node:http";
import { TrackError } from "@asterite/audio/media";
import { HttpStatusError } from "./http-errors.ts";
import { get, type RequestContext } from "./http-request.ts";

/** An answer, and the address that gave it after all redirects. */
export interface HttpAnswer {
  readonly url: URL;
  readonly response: IncomingMessage;
}

/** Headers that say who asks; they stay with the server that they were meant for. */
const secretHeaders = new Set(["authorization", "cookie", "proxy-authorization"]);

/**
 * Sends a GET request and follows redirects, each of which is dialled with the same checks.
 *
 * @returns An answer with status 200 or 206, or 416, which says how long the file is.
 * @throws HttpStatusError for any other status; TrackError.
 */
export async function follow(
  address: string,
  headers: Readonly<Record<string, string>>,
  context: RequestContext,
): Promise<HttpAnswer> {
  let url = parseUrl(address);
  let sent = headers;
  for (let redirects = 0; ; redirects += 1) {
    const response = await get(url, sent, context);
    const { statusCode = 0 } = response;
    if ([200, 206, 416].includes(statusCode)) return { url, response };
    response.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode)) throw new HttpStatusError(statusCode);
    if (redirects >= context.limits.redirects)
      throw new TrackError("The address redirects too often.", "COMMON");
    const next = parseUrl(response.headers.location ?? "", url);
    if (next.origin !== url.origin) sent = withoutSecrets(sent);
    url = next;
  }
}

/** @throws TrackError where it is no address of the web. */
function parseUrl(address: string, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TrackError(
      base ? "The address redirects to something that is not on the web." : "That is no address of the web.",
      "COMMON",
    );
  }
  return url;
}

const withoutSecrets = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !secretHeaders.has(name.toLowerCase())));
