import { TrackError } from "@asterite/audio/media";
import type { ByteLimits } from "./byte-limits.ts";
import type { ReadAhead } from "./read-ahead.ts";

type BlockLimits = Pick<ByteLimits, "blockBytes" | "keptBlocks" | "readBytes">;

/**
 * Returns the bytes from `start` (inclusive) to `end` (exclusive), fewer only where the file ends; rejects soon after the signal is aborted. Attempts
 * do not come to an end as long as `canWait` returns true: the caller has other blocks to read.
 */
type Fetch = (start: number, end: number, signal: AbortSignal, canWait: () => boolean) => Promise<Uint8Array>;

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
  /** Size of the file, which turns out to be smaller when a block is shorter than expected. */
  #size: number;
  readonly #limits: BlockLimits;
  readonly #fetch: Fetch;
  readonly #readAhead: ReadAhead | null;
  /** Blocks that were read, by index, least recently used first. */
  readonly #blocks = new Map<number, Uint8Array>();
  /** Blocks after the last read, by index, which are counted as held. */
  readonly #ahead = new Map<number, Uint8Array>();
  #lastRead: Promise<unknown> = Promise.resolve();
  #fetching: Fetching | undefined;
  /** Block after the last read. */
  #next = 0;
  /** Whether as many blocks were read ahead as wanted, since the last jump and the last wait of the caller. */
  #isFull = false;
  #isReadingAhead = false;
  #isClosed = false;

  /** @param readAhead - What may be read ahead, once {@link readAhead} is called; null for nothing. */
  constructor(size: number, limits: BlockLimits, fetch: Fetch, readAhead: ReadAhead | null) {
    this.#size = size;
    this.#limits = limits;
    this.#fetch = fetch;
    this.#readAhead = readAhead;
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

  /** Begins to read ahead of the last read, see {@link ReadAhead.start}. */
  readAhead(bytesPerSecond: number | null): void {
    this.#readAhead?.start(bytesPerSecond);
    void this.#fillAhead();
  }

  /** Drops all blocks, and ends to read ahead. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#fetching?.abort.abort();
    this.#blocks.clear();
    this.#dropAhead();
    this.#readAhead?.close();
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
      if (part.length === 0) return result.subarray(0, position - from);
      result.set(part, position - from);
      position += part.length;
    }
    return result;
  }

  async #loadBlock(number: number): Promise<Uint8Array> {
    const block = this.#blocks.get(number) ?? this.#ahead.get(number) ?? (await this.#fetchNow(number));
    this.#dropAhead(number + 1);
    this.#keep(number, block);
    this.#next = number + 1;
    void this.#fillAhead();
    return block;
  }

  #keep(number: number, block: Uint8Array): void {
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= this.#limits.keptBlocks) break;
      this.#blocks.delete(oldest);
    }
  }

  /** Drops the blocks before one; all by default. */
  #dropAhead(before = Number.POSITIVE_INFINITY): void {
    for (const [number, { length }] of this.#ahead) {
      if (number >= before) continue;
      this.#ahead.delete(number);
      this.#readAhead?.release(length);
    }
  }

  /** Fetches a block for a caller; another one that is being fetched in the background is given up. */
  async #fetchNow(number: number): Promise<Uint8Array> {
    if (number !== this.#next) this.#dropAhead();
    else if (this.#isFull) this.#readAhead?.grow();
    this.#isFull = false;
    const running = this.#fetching;
    if (running && running.number !== number) running.abort.abort();
    // The background may have used up its attempts by now, which are the caller's own from here on.
    const block = await running?.block.catch(() => {});
    if (block && running?.number === number) return block;
    return await this.#startFetch(number);
  }

  async #startFetch(number: number, readAhead?: ReadAhead): Promise<Uint8Array> {
    const start = number * this.#limits.blockBytes;
    const abort = new AbortController();
    const end = Math.min(start + this.#limits.blockBytes, this.#size);
    const block = this.#fetch(start, end, abort.signal, () => this.#ahead.size > 0).then((bytes) => {
      if (bytes.length < end - start) this.#size = start + bytes.length;
      if (readAhead && !this.#isClosed) {
        readAhead.hold(bytes.length);
        this.#ahead.set(number, bytes);
      }
      return bytes;
    });
    const fetching = { number, abort, block };
    this.#fetching = fetching;
    try {
      return await fetching.block;
    } finally {
      if (this.#fetching === fetching) this.#fetching = undefined;
    }
  }

  /** Fetches the blocks after the last read, until there are enough. */
  async #fillAhead(): Promise<void> {
    const readAhead = this.#readAhead;
    if (!readAhead?.isStarted || this.#isReadingAhead) return;
    this.#isReadingAhead = true;
    try {
      // A caller that waits for a block comes first.
      while (!this.#isClosed && !this.#fetching) {
        const number = this.#missingBlock();
        const { blockBytes } = this.#limits;
        if (number * blockBytes >= this.#size || !readAhead.hasRoomFor(blockBytes)) {
          this.#isFull = true;
          return;
        }
        await this.#startFetch(number, readAhead);
      }
    } catch {
      // Given up for a caller, or a later read repeats it: the caller that needs the block gets the error.
    } finally {
      this.#isReadingAhead = false;
    }
  }

  /** Returns the first block after the last read that is not in memory. */
  #missingBlock(): number {
    let number = this.#next;
    while (this.#ahead.has(number) || this.#blocks.has(number)) number += 1;
    return number;
  }
}
