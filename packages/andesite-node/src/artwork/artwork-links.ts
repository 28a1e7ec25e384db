import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { artworkPath } from "@asterite/andesite-protocol";

const prefix = `/${artworkPath}/`;
const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

const deriveKey = (key: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", key, "", `asterite artwork ${purpose}`, 32));

/**
 * Makes and reads the addresses of pictures: what a file is found by, its path or its address in the web, encrypted and
 * signed in one (AES-256-GCM), so that nobody can make one up, nor read in one where the music is. The nonce is an HMAC
 * of the same, so that a file keeps its address, and browsers what they have fetched.
 */
export class ArtworkLinks {
  readonly #cipherKey: Uint8Array;
  readonly #nonceKey: Uint8Array;

  /** @param key - Secret of this node. Default: a new one, so that addresses end with the process. */
  constructor(key: Uint8Array = randomBytes(32)) {
    this.#cipherKey = deriveKey(key, "cipher");
    this.#nonceKey = deriveKey(key, "nonce");
  }

  /** The address of the picture of a file. */
  createPath(file: string): string {
    const nonce = createHmac("sha256", this.#nonceKey).update(file).digest().subarray(0, nonceBytes);
    const sealing = createCipheriv(cipher, this.#cipherKey, nonce);
    const sealed = [nonce, sealing.update(file, "utf8"), sealing.final(), sealing.getAuthTag()];
    return prefix + Buffer.concat(sealed).toString("base64url");
  }

  /** The file of an address; null where it was not made here, or was changed. */
  parsePath(path: string): string | null {
    const text = path.slice(prefix.length);
    const sealed = Buffer.from(text, "base64url");
    // A second spelling of the same bytes is none of ours.
    if (sealed.length <= nonceBytes + tagBytes || sealed.toString("base64url") !== text) return null;
    const opening = createDecipheriv(cipher, this.#cipherKey, sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    opening.setAuthTag(sealed.subarray(-tagBytes));
    try {
      const file = opening.update(sealed.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([file, opening.final()]).toString("utf8");
    } catch {
      return null;
    }
  }
}
