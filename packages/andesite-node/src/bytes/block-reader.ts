import { TrackError } from "@asterite/audio/media";
import type { ByteLimits } from "./byte-limits.ts";

type BlockLimits = Pick<ByteLimits, "blockBytes" | "keptBlocks" | "readBytes" | "aheadBytes">;

/** Returns exactly the bytes from `start` (inclusive) to `end` (exclusive); rejects soon after the signal is aborted. */
type Fetch = (start: number, end: number, signal: AbortSignal) => Promise<Uint8Array>;

/** A block that is being fetched. */
interface Fetching {
  readonly number: number;
  readonly block: Promise<Uint8Array>;
  readonly abort: AbortController;
}

/**
 * Random access on top of whole blocks that are fetched one after the other. Keeps the most recently used
 * blocks, and fetches those after the last read in the background.
 */
export class BlockReader {
  readonly #size: number;
  readonly #limits: BlockLimits;
  readonly #fetch: Fetch;
  /** Blocks by index, least recently used first. */
  readonly #blocks = new Map<number, Uint8Array>();
  #lastRead: Promise<unknown> = Promise.resolve();
  #fetching: Fetching | undefined;
  /** Next block to fetch in the background, and the one after the last. */
  #ahead = { next: 0, end: 0 };
  #isReadingAhead = false;
  #isClosed = false;

  constructor(size: number, limits: BlockLimits, fetch: Fetch) {
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

  /** Drops all cached blocks, and ends to read ahead. */
  close(): void {
    this.#isClosed = true;
    this.#fetching?.abort.abort();
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
    const block = this.#blocks.get(number) ?? (await this.#fetchNow(number));
    this.#keep(number, block);
    this.#readAheadOf(number);
    return block;
  }

  #keep(number: number, block: Uint8Array): void {
    const { blockBytes, keptBlocks, aheadBytes } = this.#limits;
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= keptBlocks + Math.ceil(aheadBytes / blockBytes)) break;
      this.#blocks.delete(oldest);
    }
  }

  /** Fetches a block for a caller; another one that is being fetched in the background is given up. */
  async #fetchNow(number: number): Promise<Uint8Array> {
    const running = this.#fetching;
    if (running?.number === number) return await running.block;
    running?.abort.abort();
    await running?.block.catch(() => {});
    return await this.#startFetch(number);
  }

  async #startFetch(number: number): Promise<Uint8Array> {
    const start = number * this.#limits.blockBytes;
    const abort = new AbortController();
    const end = Math.min(start + this.#limits.blockBytes, this.#size);
    const fetching = { number, abort, block: this.#fetch(start, end, abort.signal) };
    this.#fetching = fetching;
    try {
      return await fetching.block;
    } finally {
      if (this.#fetching === fetching) this.#fetching = undefined;
    }
  }

  #readAheadOf(number: number): void {
    const { blockBytes, aheadBytes } = this.#limits;
    const end = Math.min(
      number + 1 + Math.floor(aheadBytes / blockBytes),
      Math.ceil(this.#size / blockBytes),
    );
    this.#ahead = { next: number + 1, end };
    if (!this.#isReadingAhead && aheadBytes > 0) void this.#readAhead();
  }

  async #readAhead(): Promise<void> {
    this.#isReadingAhead = true;
    try {
      while (!this.#isClosed && this.#ahead.next < this.#ahead.end) {
        const { next } = this.#ahead;
        if (!this.#blocks.has(next)) {
          // A caller that waits for a block comes first.
          if (this.#fetching) return;
          this.#keep(next, await this.#startFetch(next));
        }
        this.#ahead.next = Math.max(this.#ahead.next, next + 1);
      }
    } catch {
      // Given up for a caller, or the caller that needs the block gets the error.
    } finally {
      this.#isReadingAhead = false;
    }
  }
}
