import { createDecipheriv, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { OpusBuild } from "@asterite/audio/media";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { frameChannels, frameSamples } from "../engine/frame.ts";
import { requireOpus } from "../require-opus.ts";
import { RtpStream, rtpHeaderBytes } from "./rtp-stream.ts";
import { type EncryptionMode, encryptionModes, nonceBytes, TransportCipher } from "./transport-cipher.ts";

/**
 * Checks whether this machine supports Discord calls. Each check throws an Error with the reason if it does
 * not.
 */
export interface DiscordChecks {
  /** Encodes a frame. Returns which build of libopus is in use. */
  opus(): Promise<OpusBuild>;
  /** Encrypts and decrypts a packet in each encryption mode. Returns the modes. */
  ciphers(): readonly string[];
  /** Loads the library for end-to-end encryption and generates keys. Returns its version. */
  endToEnd(): Promise<string>;
  /** Sends a UDP packet over the loopback interface. Returns the time until it arrives, in ms. */
  udp(): Promise<number>;
}

/** Default implementation of {@link DiscordChecks}. */
export const discordChecks: DiscordChecks = {
  opus: checkOpus,
  ciphers: () => encryptionModes.filter(checkCipher),
  endToEnd: checkEndToEnd,
  udp: checkUdp,
};

const keyBytes = 32;
const payloadBytes = 160;
const tagBytes = 16;
const udpTimeoutMs = 5_000;
const resendIntervalMs = 200;

async function checkOpus(): Promise<OpusBuild> {
  const library = await requireOpus();
  library.encoder().encode(new Int16Array(frameSamples * frameChannels));
  return library.build;
}

function checkCipher(mode: EncryptionMode): true {
  const [key, payload] = [randomBytes(keyBytes), randomBytes(payloadBytes)];
  const header = new RtpStream(1).nextHeader();
  const packet = new TransportCipher(mode, key).seal(header, payload);
  const nonce = new Uint8Array(mode === "aead_aes256_gcm_rtpsize" ? 12 : 24);
  nonce.set(packet.subarray(-nonceBytes));
  const sealed = packet.subarray(rtpHeaderBytes, -nonceBytes);
  const opened =
    mode === "aead_aes256_gcm_rtpsize"
      ? decryptGcm(key, nonce, header, sealed)
      : xchacha20poly1305(key, nonce, header).decrypt(sealed);
  if (!payload.equals(opened)) throw new Error(`${mode}: decrypting a packet does not return the original`);
  return true;
}

function decryptGcm(key: Uint8Array, nonce: Uint8Array, header: Uint8Array, sealed: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(header);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
}

async function checkEndToEnd(): Promise<string> {
  // The native part of the library is missing on some platforms: import it lazily, so that only this check
  // fails.
  const { DAVESession, DAVE_PROTOCOL_VERSION, VERSION } = await import("@snazzah/davey");
  new DAVESession(DAVE_PROTOCOL_VERSION, "1", "1").getSerializedKeyPackage();
  return VERSION;
}

async function checkUdp(): Promise<number> {
  const [receiver, sender] = [createSocket("udp4"), createSocket("udp4")];
  const signal = AbortSignal.timeout(udpTimeoutMs);
  let timer: NodeJS.Timeout | undefined;
  try {
    receiver.bind(0, "127.0.0.1");
    await once(receiver, "listening", { signal });
    sender.connect(receiver.address().port, "127.0.0.1");
    await once(sender, "connect", { signal });
    const arrived = once(receiver, "message", { signal });
    const startMs = performance.now();
    const packet = randomBytes(payloadBytes);
    timer = setInterval(() => sender.send(packet), resendIntervalMs);
    sender.send(packet);
    const [received] = (await arrived) as [Buffer];
    if (!packet.equals(received)) throw new Error("the UDP packet received differs from the one sent");
    return performance.now() - startMs;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error("UDP packets do not arrive, not even over the loopback interface", { cause: error });
  } finally {
    clearInterval(timer);
    receiver.close();
    sender.close();
  }
}
