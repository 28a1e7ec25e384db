import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { passwordProtocol, QueryParameter } from "@asterite/andesite-protocol";
import type { Query } from "./query.ts";

/** Result of {@link Authentication.check}. */
export interface AuthenticationResult {
  readonly isAuthenticated: boolean;
  /** Item of `Sec-WebSocket-Protocol` that carried the password and must be echoed; null if there is none. */
  readonly subprotocol: string | null;
}

/** Checks the password of requests (section 2 of the protocol). */
export class Authentication {
  readonly #key = randomBytes(32);
  /** HMAC of the password; null if requests need none. */
  readonly #passwordDigest: Uint8Array | null;

  /** @param password - Required password; null to accept every request. */
  constructor(password: string | null) {
    this.#passwordDigest = password === null ? null : this.#hash(Buffer.from(password, "utf8"));
  }

  /**
   * Checks the password in the header `Authorization`, the WebSocket subprotocol or the query, in this order.
   * Only the first one that is present counts.
   */
  check(headers: IncomingHttpHeaders, query: Query): AuthenticationResult {
    const subprotocol = findPasswordSubprotocol(headers["sec-websocket-protocol"]);
    if (this.#passwordDigest === null) return { isAuthenticated: true, subprotocol };
    const { authorization } = headers;
    // Node decodes header bytes as Latin-1.
    if (authorization !== undefined) return this.#compare(Buffer.from(authorization, "latin1"), null);
    if (subprotocol !== null) {
      return this.#compare(Buffer.from(subprotocol.slice(passwordProtocol.length), "latin1"), subprotocol);
    }
    const parameter = query.get(QueryParameter.PASSWORD);
    return this.#compare(parameter === null ? null : Buffer.from(parameter, "utf8"), null);
  }

  #compare(given: Uint8Array | null, subprotocol: string | null): AuthenticationResult {
    const isAuthenticated =
      given !== null &&
      this.#passwordDigest !== null &&
      timingSafeEqual(this.#hash(given), this.#passwordDigest);
    return { isAuthenticated, subprotocol: isAuthenticated ? subprotocol : null };
  }

  /** Hashes to a fixed length, so that passwords of any length compare in constant time. */
  #hash(text: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}

function findPasswordSubprotocol(header: string | undefined): string | null {
  const items = (header ?? "").split(",").map((item) => item.trim());
  return items.find((item) => item.startsWith(passwordProtocol)) ?? null;
}
