import { randomInt } from "node:crypto";
import { frameSamples } from "../engine/frame.ts";

/** Bytes of a header without extensions (RFC 3550, section 5.1). */
export const rtpHeaderBytes = 12;
const version2 = 0x80;
/** The payload type that Discord uses for Opus. */
const opusPayload = 0x78;
const range16 = 2 ** 16;
const range32 = 2 ** 32;

/** Numbers the packets of one sender. */
export class RtpStream {
  readonly #header = new Uint8Array(rtpHeaderBytes);
  readonly #view = new DataView(this.#header.buffer);
  #sequence = randomInt(range16);
  #timestamp = randomInt(range32);

  /** @param ssrc - Number of the sender, from the voice server. */
  constructor(ssrc: number) {
    this.#view.setUint8(0, version2);
    this.#view.setUint8(1, opusPayload);
    this.#view.setUint32(8, ssrc);
  }

  /** 20 ms have passed, whether there was a packet or not. */
  advanceFrame(): void {
    this.#timestamp = (this.#timestamp + frameSamples) % range32;
  }

  /** The header of the next packet; it is written over by the one after it. */
  nextHeader(): Uint8Array {
    this.#view.setUint16(2, this.#sequence);
    this.#view.setUint32(4, this.#timestamp);
    this.#sequence = (this.#sequence + 1) % range16;
    return this.#header;
  }
}
