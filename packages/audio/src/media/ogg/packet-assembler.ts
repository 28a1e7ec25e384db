import type { Page } from "./page.ts";

/** Puts the segments of one logical stream together to packets. */
export class PacketAssembler {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Whether a packet is under way whose beginning is known. */
  #open = false;

  /**
   * @param maxBytes - A longer packet loses what is behind that, so that it does not decode, but a list of tags
   *   with a huge picture can still be read up to there.
   */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a page and gives the packets that end in it. A rest of a packet whose beginning was lost is dropped. */
  push(page: Page): Uint8Array[] {
    const packets: Uint8Array[] = [];
    if (!page.continued) this.reset();
    // A packet that goes on, but whose beginning nobody has seen.
    let lost = page.continued && !this.#open;
    let from = 0;
    let to = 0;
    for (const length of page.lacing) {
      to += length;
      if (length === 255) continue;
      if (!lost) packets.push(this.#finish(page.body.subarray(from, to)));
      lost = false;
      from = to;
    }
    if (page.lacing.at(-1) === 255 && !lost) this.#add(page.body.subarray(from, to));
    else if (lost) this.reset();
    return packets;
  }

  /** Forgets the packet under way. */
  reset(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#open = false;
  }

  #add(piece: Uint8Array): void {
    this.#open = true;
    const room = this.#maxBytes - this.#bytes;
    if (room > 0) this.#pieces.push(piece.subarray(0, room));
    this.#bytes += Math.min(piece.length, Math.max(0, room));
  }

  #finish(piece: Uint8Array): Uint8Array {
    if (!this.#open) return piece.subarray(0, this.#maxBytes);
    this.#add(piece);
    const packet = Buffer.concat(this.#pieces);
    this.reset();
    return packet;
  }
}
