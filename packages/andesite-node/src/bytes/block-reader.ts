import { TrackError } from "@asterite/audio/media";
import type { ByteLimits } from "./byte-limits.ts";

type BlockLimits = Pick<ByteLimits, "blockBytes" | "keptBlocks" | "readBytes">;

/**
 * Reads bytes of any place out of blocks that are fetched whole, one after the other, and keeps the blocks that
 * were used last.
 */
export class BlockReader {
  readonly #size: number;
  readonly #limits: BlockLimits;
  readonly #fetch: (start: number, end: number) => Promise<Uint8Array>;
  /** By number; the one used last is the last. */
  readonly #blocks = new Map<number, Uint8Array>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param fetch - Gives exactly the bytes from `start` up to but not including `end`. */
  constructor(size: number, limits: BlockLimits, fetch: (start: number, end: number) => Promise<Uint8Array>) {
    this.#size = size;
    this.#limits = limits;
    this.#fetch = fetch;
  }

  /** Reads from `start` up to but not including `end`, in the order of the calls. */
  read(start: number, end: number): Promise<Uint8Array> {
    const reading = this.#last.then(() => this.#read(start, end));
    this.#last = reading.catch(() => {});
    return reading;
  }

  /** Forgets all blocks. */
  clear(): void {
    this.#blocks.clear();
  }

  async #read(start: number, end: number): Promise<Uint8Array> {
    const { blockBytes, readBytes } = this.#limits;
    const from = Math.min(Math.max(0, start), this.#size);
    const to = Math.min(Math.max(from, end), this.#size);
    if (to - from > readBytes) {
      throw new TrackError("The file asks for more to be read at once than this node allows.", "COMMON");
    }
    const result = new Uint8Array(to - from);
    for (let place = from; place < to; ) {
      const number = Math.floor(place / blockBytes);
      const block = await this.#block(number);
      const offset = place - number * blockBytes;
      const part = block.subarray(offset, offset + to - place);
      result.set(part, place - from);
      place += part.length;
    }
    return result;
  }

  async #block(number: number): Promise<Uint8Array> {
    const { blockBytes, keptBlocks } = this.#limits;
    const start = number * blockBytes;
    const block =
      this.#blocks.get(number) ?? (await this.#fetch(start, Math.min(start + blockBytes, this.#size)));
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= keptBlocks) break;
      this.#blocks.delete(oldest);
    }
    return block;
  }
}
