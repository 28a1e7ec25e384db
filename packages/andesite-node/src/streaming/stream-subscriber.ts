import { randomInt } from "node:crypto";
import type { Writable } from "node:stream";
import { OggOpusWriter } from "./ogg-opus.ts";

/** Packets in a page: a tenth of a second. */
const packetsPerPage = 5;

/** One who listens: gets packets as an Ogg stream. */
export class StreamSubscriber {
  readonly #output: Writable;
  readonly #maxBufferedBytes: number;
  readonly #ogg = new OggOpusWriter(randomInt(2 ** 32));
  #pagePackets: Uint8Array[] = [];

  /**
   * @param burst - What was played just now, so that the player on the other side need not wait.
   * @param maxBufferedBytes - Bytes that may wait for the other side to read.
   */
  constructor(output: Writable, burst: readonly Uint8Array[], maxBufferedBytes: number) {
    this.#output = output;
    this.#maxBufferedBytes = maxBufferedBytes;
    output.write(this.#ogg.headers());
    if (burst.length > 0) output.write(this.#ogg.pages(burst));
  }

  /** Sends a packet of 20 ms. Tells whether the listener keeps up; one that does not is to be closed. */
  send(packet: Uint8Array): boolean {
    this.#pagePackets.push(packet);
    if (this.#pagePackets.length < packetsPerPage) return true;
    this.#output.write(this.#ogg.pages(this.#pagePackets));
    this.#pagePackets = [];
    return this.#output.writableLength <= this.#maxBufferedBytes;
  }

  /** Ends the stream in order; one that does not read is cut off. */
  close(): void {
    if (this.#output.writableLength > this.#maxBufferedBytes) this.#output.destroy();
    else this.#output.end();
  }
}
