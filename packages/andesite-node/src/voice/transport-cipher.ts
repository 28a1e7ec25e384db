import { createCipheriv } from "node:crypto";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";

/**
 * Encryption modes between client and voice server, in order of preference. Discord has discontinued all
 * others.
 */
export const encryptionModes = ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"] as const;

/** One of {@link encryptionModes}. */
export type EncryptionMode = (typeof encryptionModes)[number];

/** Size of the nonce counter, which is appended to each packet. */
export const nonceBytes = 4;
const tagBytes = 16;
const gcmNonceBytes = 12;
const xchachaNonceBytes = 24;

/** Returns the preferred mode that the server offers; undefined if it offers none. */
export const chooseMode = (offered: readonly string[]): EncryptionMode | undefined =>
  encryptionModes.find((mode) => offered.includes(mode));

/**
 * Encrypts packets for the voice server. The RTP header is authenticated but not encrypted; the encrypted
 * payload is followed by its tag and the nonce counter.
 */
export class TransportCipher {
  readonly #mode: EncryptionMode;
  readonly #key: Uint8Array;
  readonly #nonce: Uint8Array;
  #counter = 0;

  /** @param key - 32 bytes. */
  constructor(mode: EncryptionMode, key: Uint8Array) {
    this.#mode = mode;
    this.#key = key;
    this.#nonce = new Uint8Array(mode === "aead_aes256_gcm_rtpsize" ? gcmNonceBytes : xchachaNonceBytes);
  }

  /** Returns the encrypted packet. */
  seal(header: Uint8Array, payload: Uint8Array): Buffer {
    this.#counter = (this.#counter + 1) >>> 0;
    const packet = Buffer.allocUnsafe(header.length + payload.length + tagBytes + nonceBytes);
    packet.set(header);
    packet.writeUInt32BE(this.#counter, packet.length - nonceBytes);
    this.#nonce.set(packet.subarray(packet.length - nonceBytes));
    if (this.#mode === "aead_aes256_gcm_rtpsize") {
      const cipher = createCipheriv("aes-256-gcm", this.#key, this.#nonce);
      cipher.setAAD(header);
      packet.set(cipher.update(payload), header.length);
      cipher.final();
      packet.set(cipher.getAuthTag(), header.length + payload.length);
    } else {
      packet.set(xchacha20poly1305(this.#key, this.#nonce, header).encrypt(payload), header.length);
    }
    return packet;
  }
}
