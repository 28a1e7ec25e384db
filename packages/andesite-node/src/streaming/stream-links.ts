import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { parseSnowflake } from "@asterite/andesite-protocol";

/** Permission contained in a stream link. */
export interface StreamGrant {
  readonly userId: string;
  readonly guildId: string;
  /** Expiry in ms since 1970. Streams that are already open continue. */
  readonly expires: number;
}

/** Path prefix of the token. */
const pathPrefix = "/listen/";

/** Signs and verifies stream links with HMAC-SHA256 over user, guild and expiry. */
export class StreamLinks {
  readonly #key: Uint8Array;

  /** @param key - Secret of this node. Default: a random one, so that links end with the process. */
  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key;
  }

  /** Returns the path of a link. */
  createPath({ userId, guildId, expires }: StreamGrant): string {
    const grant = `${userId}.${guildId}.${expires}`;
    return `${pathPrefix}${grant}.${this.#sign(grant)}`;
  }

  /** Verifies a path. Returns undefined if this node did not create it or it has expired. */
  verifyPath(path: string, nowMs: number): StreamGrant | undefined {
    const [user = "", guild = "", expiry = "", signature = "", ...more] = path
      .slice(pathPrefix.length)
      .split(".");
    const [userId, guildId, expires] = [parseSnowflake(user), parseSnowflake(guild), Number(expiry)];
    if (!userId || !guildId || more.length > 0 || !/^\d{1,16}$/.test(expiry)) return undefined;
    const expected = Buffer.from(this.#sign(`${user}.${guild}.${expiry}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return expires > nowMs ? { userId, guildId, expires } : undefined;
  }

  #sign(grant: string): string {
    return createHmac("sha256", this.#key).update(grant).digest("base64url");
  }
}
