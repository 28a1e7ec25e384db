import type { IncomingMessage } from "node:http";

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
  allows({ headers }: Pick<IncomingMessage, "headers">): boolean {
    const { origin, host = "" } = headers;
    if (origin === undefined || this.#allowsAll || this.#listed.has(origin)) return true;
    if (!URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
    const { hostname } = new URL(origin);
    // Not the port, which reverse proxies change.
    return hostname !== "" && hostname === new URL(`http://${host}`).hostname;
  }
}

/** Returns whether a text is an origin as browsers send it, or `*`. */
export const isOrigin = (text: string): boolean =>
  text === "*" || text === "null" || (URL.canParse(text) && new URL(text).origin === text);
