import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { parseSnowflake } from "@asterite/andesite-protocol";

/** Whom a link lets listen to what. */
export interface StreamGrant {
  readonly userId: string;
  readonly guildId: string;
  /** ms since 1970 at which it stops opening the door; whoever is inside may stay. */
  readonly expires: number;
}

/** The path before the token. */
const pathPrefix = "/listen/";

/** Signs and checks the links of listeners: HMAC-SHA256 over user, guild and expiry. */
export class StreamLinks {
  readonly #key: Uint8Array;

  /** @param key - Secret of this node. Default: a new one, so that links end with the process. */
  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key;
  }

  /** The path of a link. */
  createPath({ userId, guildId, expires }: StreamGrant): string {
    const grant = `${userId}.${guildId}.${expires}`;
    return `${pathPrefix}${grant}.${this.#sign(grant)}`;
  }

  /** What a path grants; null where it was not made here, or was changed, or is too old. */
  verifyPath(path: string, nowMs: number): StreamGrant | null {
    const [user = "", guild = "", expiry = "", signature = "", ...more] = path
      .slice(pathPrefix.length)
      .split(".");
    const [userId, guildId, expires] = [parseSnowflake(user), parseSnowflake(guild), Number(expiry)];
    if (!userId || !guildId || more.length > 0 || !/^\d{1,16}$/.test(expiry)) return null;
    const expected = Buffer.from(this.#sign(`${user}.${guild}.${expiry}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    return expires > nowMs ? { userId, guildId, expires } : null;
  }

  #sign(grant: string): string {
    return createHmac("sha256", this.#key).update(grant).digest("base64url");
  }
}
