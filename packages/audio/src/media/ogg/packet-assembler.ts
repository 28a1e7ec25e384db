import type { Page } from "./page.ts";

/** Assembles the segments of a logical stream into packets. */
export class PacketAssembler {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Whether a packet with a known start is incomplete. */
  #hasIncomplete = false;

  /**
   * @param maxBytes - A longer packet is truncated here. It no longer decodes, but a tag list with a huge
   *   picture can still be read up to this point.
   */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Adds a page and returns the packets that end in it. The rest of a packet whose start was lost is dropped.
   */
  push(page: Page): Uint8Array[] {
    const packets: Uint8Array[] = [];
    if (!page.continued) this.reset();
    // A continued packet whose start is missing.
    let lost = page.continued && !this.#hasIncomplete;
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

  /** Drops the incomplete packet. */
  reset(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#hasIncomplete = false;
  }

  #add(piece: Uint8Array): void {
    this.#hasIncomplete = true;
    const room = this.#maxBytes - this.#bytes;
    if (room > 0) this.#pieces.push(piece.subarray(0, room));
    this.#bytes += Math.min(piece.length, Math.max(0, room));
  }

  #finish(piece: Uint8Array): Uint8Array {
    if (!this.#hasIncomplete) return piece.subarray(0, this.#maxBytes);
    this.#add(piece);
    const packet = Buffer.concat(this.#pieces);
    this.reset();
    return packet;
  }
}
