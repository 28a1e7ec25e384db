import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { passwordProtocol, QueryParameter } from "@asterite/andesite-protocol";
import type { Query } from "./query.ts";

/** What {@link Authentication.check} found. */
export interface Admission {
  readonly isAdmitted: boolean;
  /** The item of `Sec-WebSocket-Protocol` that carried the password, which is to be echoed; null without. */
  readonly protocol: string | null;
}

/** Knows the password (section 2 of the protocol). */
export class Authentication {
  readonly #key = randomBytes(32);
  /** Null where everybody may come in. */
  readonly #digest: Uint8Array | null;

  /** @param password - Null for none. */
  constructor(password: string | null) {
    this.#digest = password === null ? null : this.#hash(Buffer.from(password, "utf8"));
  }

  /** Looks at the first of the three places in which there is a password. */
  check(headers: IncomingHttpHeaders, query: Query): Admission {
    const protocol = passwordItem(headers["sec-websocket-protocol"]);
    if (this.#digest === null) return { isAdmitted: true, protocol };
    const { authorization } = headers;
    // Headers arrive as one character a byte.
    if (authorization !== undefined) return this.#compare(Buffer.from(authorization, "latin1"), null);
    if (protocol !== null) {
      return this.#compare(Buffer.from(protocol.slice(passwordProtocol.length), "latin1"), protocol);
    }
    const parameter = query.get(QueryParameter.PASSWORD);
    return this.#compare(parameter === null ? null : Buffer.from(parameter, "utf8"), null);
  }

  #compare(given: Uint8Array | null, protocol: string | null): Admission {
    const isAdmitted =
      given !== null && this.#digest !== null && timingSafeEqual(this.#hash(given), this.#digest);
    return { isAdmitted, protocol: isAdmitted ? protocol : null };
  }

  /** Makes texts of any length comparable in constant time. */
  #hash(text: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}

function passwordItem(header: string | undefined): string | null {
  const items = (header ?? "").split(",").map((item) => item.trim());
  return items.find((item) => item.startsWith(passwordProtocol)) ?? null;
}
