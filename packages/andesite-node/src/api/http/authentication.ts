import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { passwordProtocol, QueryParameter } from "@asterite/andesite-protocol";
import type { Query } from "./query.ts";

/** What {@link Authentication.check} found. */
export interface AuthenticationResult {
  readonly isAuthenticated: boolean;
  /** The item of `Sec-WebSocket-Protocol` that carried the password, which is to be echoed; null without. */
  readonly subprotocol: string | null;
}

/** Knows the password (section 2 of the protocol). */
export class Authentication {
  readonly #key = randomBytes(32);
  /** Null where everybody may come in. */
  readonly #passwordDigest: Uint8Array | null;

  /** @param password - Null for none. */
  constructor(password: string | null) {
    this.#passwordDigest = password === null ? null : this.#hash(Buffer.from(password, "utf8"));
  }

  /** Looks at the first of the three places in which there is a password. */
  check(headers: IncomingHttpHeaders, query: Query): AuthenticationResult {
    const subprotocol = findPasswordSubprotocol(headers["sec-websocket-protocol"]);
    if (this.#passwordDigest === null) return { isAuthenticated: true, subprotocol };
    const { authorization } = headers;
    // Headers arrive as one character a byte.
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

  /** Makes texts of any length comparable in constant time. */
  #hash(text: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}

function findPasswordSubprotocol(header: string | undefined): string | null {
  const items = (header ?? "").split(",").map((item) => item.trim());
  return items.find((item) => item.startsWith(passwordProtocol)) ?? null;
}
