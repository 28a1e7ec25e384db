import { TrackError } from "@asterite/audio/media";
import type { ByteLimits } from "./byte-limits.ts";

type BlockLimits = Pick<ByteLimits, "blockBytes" | "keptBlocks" | "readBytes">;

/**
 * Random access on top of whole blocks that are fetched one after the other. Keeps the most recently used
 * blocks.
 */
export class BlockReader {
  readonly #size: number;
  readonly #limits: BlockLimits;
  readonly #fetch: (start: number, end: number) => Promise<Uint8Array>;
  /** Blocks by index, least recently used first. */
  readonly #blocks = new Map<number, Uint8Array>();
  #lastRead: Promise<unknown> = Promise.resolve();

  /** @param fetch - Returns exactly the bytes from `start` (inclusive) to `end` (exclusive). */
  constructor(size: number, limits: BlockLimits, fetch: (start: number, end: number) => Promise<Uint8Array>) {
    this.#size = size;
    this.#limits = limits;
    this.#fetch = fetch;
  }

  /**
   * Reads the bytes from `start` (inclusive) to `end` (exclusive). Concurrent reads run in the order of the
   * calls.
   */
  read(start: number, end: number): Promise<Uint8Array> {
    const reading = this.#lastRead.then(() => this.#read(start, end));
    this.#lastRead = reading.catch(() => {});
    return reading;
  }

  /** Drops all cached blocks. */
  clear(): void {
    this.#blocks.clear();
  }

  async #read(start: number, end: number): Promise<Uint8Array> {
    const { blockBytes, readBytes } = this.#limits;
    const from = Math.min(Math.max(0, start), this.#size);
    const to = Math.min(Math.max(from, end), this.#size);
    if (to - from > readBytes) {
      throw new TrackError("The file requires larger reads than this node allows.", "COMMON");
    }
    const result = new Uint8Array(to - from);
    for (let position = from; position < to; ) {
      const number = Math.floor(position / blockBytes);
      const block = await this.#loadBlock(number);
      const offset = position - number * blockBytes;
      const part = block.subarray(offset, offset + to - position);
      result.set(part, position - from);
      position += part.length;
    }
    return result;
  }

  async #loadBlock(number: number): Promise<Uint8Array> {
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
