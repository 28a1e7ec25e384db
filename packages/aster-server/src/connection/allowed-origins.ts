import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

type Headers = Pick<IncomingMessage, "headers">;

/** Decides which web pages may open WebSockets. Programs send no origin and are always allowed. */
export class AllowedOrigins {
  readonly #listed: ReadonlySet<string>;
  readonly #allowsAll: boolean;

  /**
   * @param listed - Origins beside the server's own host; `*` allows all.
   * @param allowsUnlisted - Whether pages of all origins are allowed if none are listed.
   */
  constructor(listed: readonly string[] | undefined, allowsUnlisted: boolean) {
    this.#listed = new Set(listed);
    this.#allowsAll = this.#listed.has("*") || (listed === undefined && allowsUnlisted);
  }

  /** Returns whether a page may open a WebSocket: one of the host that the request is for, or a listed one. */
  allows(request: Headers): boolean {
    const { origin } = request.headers;
    return origin === undefined || this.#allowsAll || this.#listed.has(origin) || isOfSameHost(request);
  }

  /**
   * Returns whether a page of another site opens a WebSocket. Such a page runs in the browser of a user of the local
   * network, but is not part of it.
   *
   * @param hasProvenHost - Whether the client has verified that the host is this server, by certificate or through a
   * proxy. Otherwise a site can resolve a public name of its own to this server (DNS rebinding).
   */
  isForeign(request: Headers, hasProvenHost: boolean): boolean {
    const { origin } = request.headers;
    if (origin === undefined || this.#listed.has(origin)) return false;
    const name = URL.canParse(origin) ? new URL(origin).hostname : "";
    if (loopbackName.test(name)) return false;
    return !isOfSameHost(request) || (!hasProvenHost && isPublicName(name));
  }
}

/** Returns whether the page is of the host that the request is for. */
function isOfSameHost({ headers: { origin = "", host = "" } }: Headers): boolean {
  if (!URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(origin);
  // Not the port, which reverse proxies change.
  return hostname !== "" && hostname === new URL(`http://${host}`).hostname;
}

const loopbackName = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/;
/** Names without a dot, and those below domains that are reserved for local networks (RFC 6762, 8375). */
const localName = /^[^.]*$|\.(?:local|internal|home\.arpa)$/;

/** Returns whether anyone on the internet could own a host name. */
const isPublicName = (name: string): boolean =>
  isIP(name.replace(/^\[|\]$/g, "")) === 0 && !localName.test(name);

/** Returns whether a text is an origin as browsers send it, or `*`. */
export const isOrigin = (text: string): boolean =>
  text === "*" || text === "null" || (URL.canParse(text) && new URL(text).origin === text);
