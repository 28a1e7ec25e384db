import type { OpusPacket } from "@asterite/audio/media";

/** Packets that were pushed together: their bytes joined, and four numbers of each. */
interface Batch {
  readonly bytes: Uint8Array;
  /** For each packet: its end in {@link bytes}, its samples, and how many of them to skip and to trim. */
  readonly fields: Int32Array;
}

const fieldsPerPacket = 4;

/**
 * First-in, first-out queue of Opus packets. A thread with a thousand players holds fifty thousand packets,
 * so they are kept in a few typed arrays per second instead of as objects: many long-lived objects make the
 * garbage collector delay the frame clock.
 */
export class PacketQueue {
  #batches: Batch[] = [];
  /** Index of the first packet in the first batch. */
  #index = 0;
  #samples = 0;
  #first: OpusPacket | undefined;

  /** Samples of all packets, including those to skip and to trim. */
  get samples(): number {
    return this.#samples;
  }

  /** Appends copies of packets. */
  push(packets: readonly OpusPacket[]): void {
    if (packets.length === 0) return;
    const bytes = new Uint8Array(packets.reduce((sum, { data }) => sum + data.length, 0));
    const fields = new Int32Array(fieldsPerPacket * packets.length);
    let end = 0;
    for (const [index, { data, samples, skip, trim }] of packets.entries()) {
      bytes.set(data, end);
      end += data.length;
      fields.set([end, samples, skip, trim], fieldsPerPacket * index);
      this.#samples += samples;
    }
    this.#batches.push({ bytes, fields });
  }

  /** Returns the first packet. Its bytes are never overwritten, so they may be kept. */
  peek(): OpusPacket | undefined {
    this.#first ??= this.#read();
    return this.#first;
  }

  /** Removes the first packet. */
  shift(): void {
    const packet = this.peek();
    if (!packet) return;
    this.#samples -= packet.samples;
    this.#first = undefined;
    this.#index++;
    if (fieldsPerPacket * this.#index < (this.#batches[0]?.fields.length ?? 0)) return;
    this.#batches.shift();
    this.#index = 0;
  }

  /** Removes all packets. */
  clear(): void {
    this.#batches = [];
    this.#index = 0;
    this.#samples = 0;
    this.#first = undefined;
  }

  #read(): OpusPacket | undefined {
    const [batch] = this.#batches;
    if (!batch) return undefined;
    const { bytes, fields } = batch;
    const at = fieldsPerPacket * this.#index;
    const start = at === 0 ? 0 : (fields[at - fieldsPerPacket] ?? 0);
    return {
      data: bytes.subarray(start, fields[at]),
      samples: fields[at + 1] ?? 0,
      skip: fields[at + 2] ?? 0,
      trim: fields[at + 3] ?? 0,
    };
  }
}
