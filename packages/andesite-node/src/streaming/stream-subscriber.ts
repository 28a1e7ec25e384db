import { randomInt } from "node:crypto";
import type { Writable } from "node:stream";
import { OggOpusWriter } from "./ogg-opus.ts";

/** Packets per page: 100 ms. */
const packetsPerPage = 5;

/** HTTP subscriber that receives the packets of a player as an Ogg stream. */
export class StreamSubscriber {
  readonly #output: Writable;
  readonly #maxBufferedBytes: number;
  readonly #ogg = new OggOpusWriter(randomInt(2 ** 32));
  #pagePackets: Uint8Array[] = [];

  /**
   * @param burst - Recent packets, sent immediately so that playback starts without delay.
   * @param maxBufferedBytes - Limit of bytes that the client has not read yet.
   */
  constructor(output: Writable, burst: readonly Uint8Array[], maxBufferedBytes: number) {
    this.#output = output;
    this.#maxBufferedBytes = maxBufferedBytes;
    output.write(this.#ogg.headers());
    if (burst.length > 0) output.write(this.#ogg.pages(burst));
  }

  /** Sends a packet of 20 ms. Returns whether the client reads fast enough; if not, the caller closes it. */
  send(packet: Uint8Array): boolean {
    this.#pagePackets.push(packet);
    if (this.#pagePackets.length < packetsPerPage) return true;
    this.#output.write(this.#ogg.pages(this.#pagePackets));
    this.#pagePackets = [];
    return this.#output.writableLength <= this.#maxBufferedBytes;
  }

  /** Ends the stream; destroys the connection if the client does not read. */
  close(): void {
    if (this.#output.writableLength > this.#maxBufferedBytes) this.#output.destroy();
    else this.#output.end();
  }
}
