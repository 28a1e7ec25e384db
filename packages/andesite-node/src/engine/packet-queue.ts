import type { OpusPacket } from "@asterite/audio/media";

/** Packets that came together: their bytes one after the other, and four numbers of each. */
interface Piece {
  readonly bytes: Uint8Array;
  /** Where the packet ends in {@link bytes}, its samples, and how many of them are left out at front and end. */
  readonly facts: Int32Array;
}

const factsOfOne = 4;

/**
 * Packets of Opus that wait to be played, the oldest first. A thread with a thousand players has fifty thousand
 * of them, so they wait in a few arrays a second and not as objects: what lives for long and is much makes the
 * garbage collector stop the clock.
 */
export class PacketQueue {
  #pieces: Piece[] = [];
  /** Of the first packet, in the first piece. */
  #index = 0;
  #samples = 0;
  #first: OpusPacket | undefined;

  /** Samples of all packets, those that are left out included. */
  get samples(): number {
    return this.#samples;
  }

  /** Copies packets behind those that wait. */
  push(packets: readonly OpusPacket[]): void {
    if (packets.length === 0) return;
    const bytes = new Uint8Array(packets.reduce((sum, { data }) => sum + data.length, 0));
    const facts = new Int32Array(factsOfOne * packets.length);
    let end = 0;
    for (const [index, { data, samples, skip, trim }] of packets.entries()) {
      bytes.set(data, end);
      end += data.length;
      facts.set([end, samples, skip, trim], factsOfOne * index);
      this.#samples += samples;
    }
    this.#pieces.push({ bytes, facts });
  }

  /** The packet that is next. Its bytes stay as they are for as long as somebody holds them. */
  peek(): OpusPacket | undefined {
    this.#first ??= this.#read();
    return this.#first;
  }

  /** Takes the next packet away. */
  shift(): void {
    const packet = this.peek();
    if (!packet) return;
    this.#samples -= packet.samples;
    this.#first = undefined;
    this.#index++;
    if (factsOfOne * this.#index < (this.#pieces[0]?.facts.length ?? 0)) return;
    this.#pieces.shift();
    this.#index = 0;
  }

  /** Takes all away. */
  clear(): void {
    this.#pieces = [];
    this.#index = 0;
    this.#samples = 0;
    this.#first = undefined;
  }

  #read(): OpusPacket | undefined {
    const [piece] = this.#pieces;
    if (!piece) return undefined;
    const { bytes, facts } = piece;
    const at = factsOfOne * this.#index;
    const start = at === 0 ? 0 : (facts[at - factsOfOne] ?? 0);
    return {
      data: bytes.subarray(start, facts[at]),
      samples: facts[at + 1] ?? 0,
      skip: facts[at + 2] ?? 0,
      trim: facts[at + 3] ?? 0,
    };
  }
}
