import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { parseSnowflake } from "@asterite/andesite-protocol";
import type { StreamLink } from "./stream-endpoint.ts";

/** Permission contained in a signed link. */
export interface LinkGrant {
  readonly userId: string;
  readonly guildId: string;
  /** Expiry in ms since 1970. Streams that are already open continue. */
  readonly expires: number;
}

/** Lifetimes of links, in seconds. */
export interface LinkLifetimes {
  /** Default. */
  readonly ttlSeconds: number;
  readonly maxTtlSeconds: number;
}

/** Signs and verifies links with HMAC-SHA256 over their kind, user, guild and expiry. */
export class SignedLinks {
  /** Path prefix of the token. */
  readonly #prefix: string;
  readonly #key: Uint8Array;

  /**
   * @param kind - First part of the path.
   * @param key - Secret of this node. Default: a random one, so that links end with the process.
   */
  constructor(kind: string, key: Uint8Array = randomBytes(32)) {
    this.#prefix = `/${kind}/`;
    this.#key = key;
  }

  /** Creates a link with a lifetime; undefined for the default one. */
  createLink(
    grant: Omit<LinkGrant, "expires">,
    ttlSeconds: number | undefined,
    lifetimes: LinkLifetimes,
  ): StreamLink {
    const seconds = Math.min(Math.max(ttlSeconds ?? lifetimes.ttlSeconds, 1), lifetimes.maxTtlSeconds);
    const expires = Date.now() + Math.round(1_000 * seconds);
    return { url: this.createPath({ ...grant, expires }), expires };
  }

  /** Returns the path of a link. */
  createPath({ userId, guildId, expires }: LinkGrant): string {
    const grant = `${userId}.${guildId}.${expires}`;
    return `${this.#prefix}${grant}.${this.#sign(grant)}`;
  }

  /** Verifies a path. Returns undefined if this node did not create it or it has expired. */
  verifyPath(path: string, nowMs: number): LinkGrant | undefined {
    const [user = "", guild = "", expiry = "", signature = "", ...more] = path
      .slice(this.#prefix.length)
      .split(".");
    const [userId, guildId, expires] = [parseSnowflake(user), parseSnowflake(guild), Number(expiry)];
    if (!userId || !guildId || more.length > 0 || !/^\d{1,16}$/.test(expiry)) return undefined;
    const expected = Buffer.from(this.#sign(`${user}.${guild}.${expiry}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return expires > nowMs ? { userId, guildId, expires } : undefined;
  }

  #sign(grant: string): string {
    return createHmac("sha256", this.#key)
      .update(this.#prefix + grant)
      .digest("base64url");
  }
}
