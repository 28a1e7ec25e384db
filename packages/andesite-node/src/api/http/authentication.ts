import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { passwordProtocol, QueryParameter } from "@asterite/andesite-protocol";
import type { Query } from "./query.ts";

/** Result of {@link Authentication.check}. */
export interface AuthenticationResult {
  readonly isAuthenticated: boolean;
  /**
   * Item of `Sec-WebSocket-Protocol` that carried the password and must be echoed; undefined if there is
   * none.
   */
  readonly subprotocol: string | undefined;
}

/** Checks the password of requests (section 2 of the protocol). */
export class Authentication {
  readonly #key = randomBytes(32);
  /** HMAC of the password; undefined if requests need none. */
  readonly #passwordDigest: Uint8Array | undefined;

  /** @param password - Required password; null to accept every request. */
  constructor(password: string | null) {
    this.#passwordDigest = password === null ? undefined : this.#hash(Buffer.from(password, "utf8"));
  }

  /**
   * Checks the password in the header `Authorization`, the WebSocket subprotocol or the query, in this order.
   * Only the first one that is present counts.
   */
  check(headers: IncomingHttpHeaders, query: Query): AuthenticationResult {
    const subprotocol = findPasswordSubprotocol(headers["sec-websocket-protocol"]);
    if (this.#passwordDigest === undefined) return { isAuthenticated: true, subprotocol };
    const { authorization } = headers;
    // Node decodes header bytes as Latin-1.
    if (authorization !== undefined) return this.#compare(Buffer.from(authorization, "latin1"), undefined);
    if (subprotocol !== undefined) {
      return this.#compare(Buffer.from(subprotocol.slice(passwordProtocol.length), "latin1"), subprotocol);
    }
    const parameter = query.get(QueryParameter.PASSWORD);
    return this.#compare(parameter === undefined ? undefined : Buffer.from(parameter, "utf8"), undefined);
  }

  #compare(given: Uint8Array | undefined, subprotocol: string | undefined): AuthenticationResult {
    const isAuthenticated =
      given !== undefined &&
      this.#passwordDigest !== undefined &&
      timingSafeEqual(this.#hash(given), this.#passwordDigest);
    return { isAuthenticated, subprotocol: isAuthenticated ? subprotocol : undefined };
  }

  /** Hashes to a fixed length, so that passwords of any length compare in constant time. */
  #hash(text: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}

function findPasswordSubprotocol(header: string | undefined): string | undefined {
  const items = (header ?? "").split(",").map((item) => item.trim());
  return items.find((item) => item.startsWith(passwordProtocol));
}
