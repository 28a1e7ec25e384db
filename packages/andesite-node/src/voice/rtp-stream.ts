import { randomInt } from "node:crypto";
import { frameSamples } from "../engine/frame.ts";

/** Size of an RTP header without extensions (RFC 3550, section 5.1). */
export const rtpHeaderBytes = 12;
const version2 = 0x80;
/** Payload type that Discord uses for Opus. */
const opusPayload = 0x78;
const range16 = 2 ** 16;
const range32 = 2 ** 32;

/** Generates the RTP headers of one sender. */
export class RtpStream {
  readonly #header = new Uint8Array(rtpHeaderBytes);
  readonly #view = new DataView(this.#header.buffer);
  #sequence = randomInt(range16);
  #timestamp = randomInt(range32);

  /** @param ssrc - Synchronization source, assigned by the voice server. */
  constructor(ssrc: number) {
    this.#view.setUint8(0, version2);
    this.#view.setUint8(1, opusPayload);
    this.#view.setUint32(8, ssrc);
  }

  /** Advances the timestamp by 20 ms, with or without a packet. */
  advanceFrame(): void {
    this.#timestamp = (this.#timestamp + frameSamples) % range32;
  }

  /** Returns the header of the next packet. The buffer is reused by the next call. */
  nextHeader(): Uint8Array {
    this.#view.setUint16(2, this.#sequence);
    this.#view.setUint32(4, this.#timestamp);
    this.#sequence = (this.#sequence + 1) % range16;
    return this.#header;
  }
}
