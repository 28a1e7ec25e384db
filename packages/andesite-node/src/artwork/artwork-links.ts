import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { artworkPath } from "@asterite/andesite-protocol";

const prefix = `/${artworkPath}/`;
const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

const deriveKey = (key: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", key, "", `asterite artwork ${purpose}`, 32));

/**
 * Creates and parses artwork links: the path or URL of a file, encrypted and authenticated with AES-256-GCM,
 * so that links cannot be forged and do not reveal where the music is. The nonce is an HMAC of the same text,
 * so that the link of a file is stable and browsers can cache it.
 */
export class ArtworkLinks {
  readonly #cipherKey: Uint8Array;
  readonly #nonceKey: Uint8Array;

  /** @param key - Secret of this node. Default: a random one, so that links end with the process. */
  constructor(key: Uint8Array = randomBytes(32)) {
    this.#cipherKey = deriveKey(key, "cipher");
    this.#nonceKey = deriveKey(key, "nonce");
  }

  /** Returns the path of a file's artwork. */
  createPath(file: string): string {
    const nonce = createHmac("sha256", this.#nonceKey).update(file).digest().subarray(0, nonceBytes);
    const sealing = createCipheriv(cipher, this.#cipherKey, nonce);
    const sealed = [nonce, sealing.update(file, "utf8"), sealing.final(), sealing.getAuthTag()];
    return prefix + Buffer.concat(sealed).toString("base64url");
  }

  /** Returns the file of a path; undefined if this node did not create the path. */
  parsePath(path: string): string | undefined {
    const text = path.slice(prefix.length);
    const sealed = Buffer.from(text, "base64url");
    // Base64url decoding is lenient; accept only the canonical encoding.
    if (sealed.length <= nonceBytes + tagBytes || sealed.toString("base64url") !== text) return undefined;
    const opening = createDecipheriv(cipher, this.#cipherKey, sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    opening.setAuthTag(sealed.subarray(-tagBytes));
    try {
      const file = opening.update(sealed.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([file, opening.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  }
}
