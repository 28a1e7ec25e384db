import type { ByteSource, LiveBytes, RandomBytes } from "./byte-source.ts";
import { TrackError } from "./track-error.ts";

const none = new Uint8Array(0);
const firstBlock = 16 * 1024;
const nextBlock = 32 * 1024;

/**
 * Sliding window over the bytes of a source, addressed by position. It keeps only the range that is being
 * read. Returned arrays are never overwritten, but keep that range in memory: copy bytes that must last.
 */
export abstract class ByteWindow {
  /** Length of the source in bytes; null if it can only be read forwards. */
  abstract readonly size: number | null;
  /** Length of the source in bytes, also of one that can only be read forwards; null if unknown. */
  abstract readonly length: number | null;
  /** Whether the source can be read from another position, or again from its start. */
  abstract readonly isSeekable: boolean;
  /** Whether the source has no end. */
  abstract readonly isEndless: boolean;
  /** Whether the source can be read whole without a network. */
  abstract readonly isLocal: boolean;
  /** Whether the source is about to be played from its start, so that a jump in a remote one would delay it. */
  readonly isForPlaying: boolean;
  /** Position of the first kept byte. */
  protected start = 0;
  protected kept: Uint8Array = none;
  /** Whether {@link end} is the end of the source. */
  protected isComplete = false;
  #budget = Number.POSITIVE_INFINITY;

  constructor(isForPlaying: boolean) {
    this.isForPlaying = isForPlaying;
  }

  /** Whether facts may be read from far ahead, such as the end: not before a remote source is played. */
  get mayReadAhead(): boolean {
    return this.size !== null && (this.isLocal || !this.isForPlaying);
  }

  protected get end(): number {
    return this.start + this.kept.length;
  }

  /** Reads on from now on where the source grows, and waits for its growth at its end. */
  followGrowth(): void {}

  /** Sets the budget of bytes that may be read from now on. */
  setBudget(bytes: number): void {
    this.#budget = bytes;
  }

  /** Returns bytes that are already in the window; undefined if some are missing. */
  peek(position: number, length: number): Uint8Array | undefined {
    const from = position - this.start;
    if (from < 0 || from + length > this.kept.length) return undefined;
    return this.kept.subarray(from, from + length);
  }

  /**
   * Returns bytes at a position; fewer only at the end of the source.
   *
   * @throws TrackError when they cannot be read.
   */
  async at(position: number, length: number): Promise<Uint8Array> {
    const here = this.peek(position, length);
    if (here) return here;
    if (!(this.isComplete && position >= this.start)) await this.fill(position, position + length);
    const from = Math.min(position - this.start, this.kept.length);
    return this.kept.subarray(from, from + length);
  }

  /** Reads a range into the window, as far as the source goes. */
  protected abstract fill(from: number, to: number): Promise<void>;

  /** Subtracts read bytes from the budget. */
  protected consumeBudget(bytes: number): void {
    this.#budget -= bytes;
    if (this.#budget < 0)
      throw new TrackError("No audio was found near the beginning of the file.", "COMMON");
  }

  /** Closes the source. */
  abstract close(): void;
}

class RandomWindow extends ByteWindow {
  readonly isSeekable = true;
  readonly isEndless = false;
  readonly isLocal: boolean;
  readonly #source: RandomBytes;
  #isFollowing = false;

  constructor(source: RandomBytes, isForPlaying: boolean) {
    super(isForPlaying);
    this.#source = source;
    this.isLocal = source.isLocal;
  }

  get size(): number {
    return this.#source.size;
  }

  get length(): number {
    return this.#source.size;
  }

  override followGrowth(): void {
    this.#isFollowing = this.#source.awaitSize !== undefined;
    if (this.#isFollowing) this.isComplete = false;
  }

  protected async fill(from: number, to: number): Promise<void> {
    if (this.#isFollowing && to > this.size) await this.#source.awaitSize?.(to);
    const follows = from >= this.start && from <= this.end;
    const tail = follows ? this.kept.subarray(from - this.start) : none;
    const readFrom = from + tail.length;
    const readTo = Math.min(this.size, Math.max(to, readFrom + (follows ? nextBlock : firstBlock)));
    const read = readFrom < readTo ? await this.#source.read(readFrom, readTo) : none;
    this.consumeBudget(read.length);
    this.start = from;
    this.kept = tail.length > 0 ? Buffer.concat([tail, read]) : read;
    // A file that has shrunk since its size was read ends early.
    this.isComplete = !this.#isFollowing && (this.end >= this.size || read.length < readTo - readFrom);
  }

  close(): void {
    this.kept = none;
    this.#source.close();
  }
}

class LiveWindow extends ByteWindow {
  readonly size = null;
  readonly length: number | null;
  readonly isSeekable: boolean;
  readonly isLocal = false;
  readonly isEndless: boolean;
  readonly #source: LiveBytes;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(source: LiveBytes, isForPlaying: boolean) {
    super(isForPlaying);
    this.#source = source;
    this.isEndless = source.endless;
    this.length = source.length;
    this.isSeekable = source.reopen !== undefined;
    this.#reader = source.stream.getReader();
  }

  protected async fill(from: number, to: number): Promise<void> {
    if (from < this.start) throw new TrackError("This file can only be read forwards.", "COMMON");
    const pieces: Uint8Array[] = [];
    let end = this.end;
    while (end < to && !this.isComplete) {
      const { done, value } = await this.#reader.read();
      if (done) {
        this.isComplete = true;
        break;
      }
      this.consumeBudget(value.length);
      end += value.length;
      // Skipped bytes are not kept.
      if (end > from) pieces.push(value);
    }
    const start = end - pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (from >= this.end) {
      const bytes = Buffer.concat(pieces);
      this.start = Math.min(from, end);
      this.kept = bytes.subarray(this.start - start);
    } else {
      this.kept = Buffer.concat([this.kept.subarray(from - this.start), ...pieces]);
      this.start = from;
    }
  }

  close(): void {
    this.kept = none;
    void this.#reader.cancel().catch(() => {});
    this.#source.close();
  }
}

/** The bytes of another window from a position on. */
class OffsetWindow extends ByteWindow {
  readonly isSeekable: boolean;
  readonly isEndless: boolean;
  readonly isLocal: boolean;
  readonly #window: ByteWindow;
  readonly #offset: number;

  constructor(window: ByteWindow, offset: number) {
    super(window.isForPlaying);
    this.#window = window;
    this.#offset = offset;
    this.isSeekable = window.isSeekable;
    this.isEndless = window.isEndless;
    this.isLocal = window.isLocal;
  }

  get size(): number | null {
    return this.#window.size === null ? null : this.#window.size - this.#offset;
  }

  get length(): number | null {
    return this.#window.length === null ? null : this.#window.length - this.#offset;
  }

  override followGrowth(): void {
    this.#window.followGrowth();
  }

  override setBudget(bytes: number): void {
    this.#window.setBudget(bytes);
  }

  override peek(position: number, length: number): Uint8Array | undefined {
    return this.#window.peek(position + this.#offset, length);
  }

  protected async fill(from: number, to: number): Promise<void> {
    this.kept = await this.#window.at(from + this.#offset, to - from);
    this.start = from;
  }

  close(): void {
    this.#window.close();
  }
}

/** Returns a window on the bytes from a position on. Closing it closes the other one. */
export const windowFrom = (window: ByteWindow, offset: number): ByteWindow =>
  new OffsetWindow(window, offset);

/**
 * Opens a window on a source. Closing the window closes the source. For live bytes, positions only increase.
 */
export const openWindow = (source: ByteSource, isForPlaying = false): ByteWindow =>
  source.type === "random" ? new RandomWindow(source, isForPlaying) : new LiveWindow(source, isForPlaying);
