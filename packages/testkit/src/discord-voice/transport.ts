import { createDecipheriv } from "node:crypto";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";

const headerBytes = 12;
const nonceBytes = 4;
const tagBytes = 16;

/** A received RTP packet, decrypted for the transport. */
export interface RtpPacket {
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** End-to-end encrypted if the call is. */
  readonly payload: Buffer;
}

/** Decrypts a packet of a voice connection; null if the key does not fit. */
export function openPacket(packet: Buffer, mode: string, key: Buffer): RtpPacket | null {
  if (packet.length < headerBytes + tagBytes + nonceBytes || packet[1] !== 0x78) return null;
  const header = packet.subarray(0, headerBytes);
  const body = packet.subarray(headerBytes, -nonceBytes);
  const nonce = Buffer.alloc(mode === "aead_aes256_gcm_rtpsize" ? 12 : 24);
  packet.copy(nonce, 0, packet.length - nonceBytes);
  try {
    const payload =
      mode === "aead_aes256_gcm_rtpsize"
        ? openGcm(key, nonce, header, body)
        : Buffer.from(xchacha20poly1305(key, nonce, header).decrypt(body));
    return {
      sequence: header.readUInt16BE(2),
      timestamp: header.readUInt32BE(4),
      ssrc: header.readUInt32BE(8),
      payload,
    };
  } catch {
    return null;
  }
}

function openGcm(key: Buffer, nonce: Buffer, header: Buffer, body: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAAD(header);
  decipher.setAuthTag(body.subarray(-tagBytes));
  return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]);
}
