import type { IncomingMessage } from "node:http";
import { TrackError } from "@asterite/audio/media";
import type { CookieJar } from "./cookie-jar.ts";
import { HttpStatusError } from "./http-errors.ts";
import { type HttpRequestOptions, sendGet } from "./http-request.ts";

/** Response of the last request of a redirect chain. */
export interface HttpResult {
  readonly url: URL;
  readonly response: IncomingMessage;
}

/** Headers with credentials, which are not sent to other origins. */
const credentialHeaders = new Set(["authorization", "cookie", "proxy-authorization"]);

/**
 * Sends a GET request and follows redirects. Each target passes the checks of the dialler.
 *
 * @returns A response with status 200 or 206, or with 416, whose headers contain the size of the file.
 * @throws HttpStatusError for any other status; TrackError.
 */
export async function followRedirects(
  address: string,
  headers: Readonly<Record<string, string>>,
  options: HttpRequestOptions & { readonly cookies: CookieJar },
): Promise<HttpResult> {
  let url = parseUrl(address);
  let sent = headers;
  for (let redirects = 0; ; redirects += 1) {
    const cookie = options.cookies.headerFor(url, sent["cookie"]);
    const response = await sendGet(url, cookie === undefined ? sent : { ...sent, cookie }, options);
    options.cookies.store(url, response.headers["set-cookie"]);
    const { statusCode = 0 } = response;
    if ([200, 206, 416].includes(statusCode)) return { url, response };
    response.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode)) throw new HttpStatusError(statusCode);
    if (redirects >= options.limits.redirects)
      throw new TrackError("The address redirects too many times.", "COMMON");
    const next = parseUrl(response.headers.location ?? "", url);
    if (next.origin !== url.origin) sent = withoutCredentials(sent);
    url = next;
  }
}

/** @throws TrackError when the text is not an HTTP or HTTPS URL. */
function parseUrl(address: string, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TrackError(
      base
        ? "The address redirects to one that is not HTTP or HTTPS."
        : "This is not an HTTP or HTTPS address.",
      "COMMON",
    );
  }
  return url;
}

/** Returns headers without credentials, for another origin. */
export const withoutCredentials = (
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !credentialHeaders.has(name.toLowerCase())));
