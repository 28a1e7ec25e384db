import type { ByteSource, LiveBytes, RandomBytes } from "./byte-source.ts";
import { TrackError } from "./track-error.ts";

const none = new Uint8Array(0);
const firstBlock = 16 * 1024;
const nextBlock = 32 * 1024;

/**
 * The bytes of a source by their position, whatever the source. Keeps the stretch that is being read, and no more.
 * What it hands out is never written to again, but keeps that stretch alive: copy what is to last.
 */
export abstract class ByteWindow {
  /** Number of bytes; null where nobody knows. */
  abstract readonly size: number | null;
  /** Whether the bytes go on for as long as somebody wants them. */
  abstract readonly endless: boolean;
  /** Where the kept bytes begin. */
  protected start = 0;
  protected kept: Uint8Array = none;
  /** Whether {@link end} is where the source ends. */
  protected complete = false;
  #budget = Number.POSITIVE_INFINITY;

  protected get end(): number {
    return this.start + this.kept.length;
  }

  /** Allows no more than this number of bytes to be read from here on. */
  limit(bytes: number): void {
    this.#budget = bytes;
  }

  /** Bytes from a position that are there without waiting; undefined if not all of them are. */
  peek(position: number, length: number): Uint8Array | undefined {
    const from = position - this.start;
    if (from < 0 || from + length > this.kept.length) return undefined;
    return this.kept.subarray(from, from + length);
  }

  /**
   * Bytes from a position; fewer only where the source ends.
   *
   * @throws TrackError when they cannot be read.
   */
  async at(position: number, length: number): Promise<Uint8Array> {
    const here = this.peek(position, length);
    if (here) return here;
    if (!(this.complete && position >= this.start)) await this.fill(position, position + length);
    const from = Math.min(position - this.start, this.kept.length);
    return this.kept.subarray(from, from + length);
  }

  /** Gets the bytes of a range into what is kept, as far as there are any. */
  protected abstract fill(from: number, to: number): Promise<void>;

  /** Counts bytes that were read. */
  protected spend(bytes: number): void {
    this.#budget -= bytes;
    if (this.#budget < 0)
      throw new TrackError("No audio was found near the beginning of the file.", "COMMON");
  }

  /** Lets go of the source. */
  abstract close(): void;
}

class RandomWindow extends ByteWindow {
  readonly size: number;
  readonly endless = false;
  readonly #source: RandomBytes;

  constructor(source: RandomBytes) {
    super();
    this.#source = source;
    this.size = source.size;
  }

  protected async fill(from: number, to: number): Promise<void> {
    const follows = from >= this.start && from <= this.end;
    const tail = follows ? this.kept.subarray(from - this.start) : none;
    const readFrom = from + tail.length;
    const readTo = Math.min(this.size, Math.max(to, readFrom + (follows ? nextBlock : firstBlock)));
    const read = readFrom < readTo ? await this.#source.read(readFrom, readTo) : none;
    this.spend(read.length);
    this.start = from;
    this.kept = tail.length > 0 ? Buffer.concat([tail, read]) : read;
    // A file that has shrunk since its size was asked ends where it ends.
    this.complete = this.end >= this.size || read.length < readTo - readFrom;
  }

  close(): void {
    this.kept = none;
    this.#source.close();
  }
}

class LiveWindow extends ByteWindow {
  readonly size = null;
  readonly endless: boolean;
  readonly #source: LiveBytes;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(source: LiveBytes) {
    super();
    this.#source = source;
    this.endless = source.endless;
    this.#reader = source.stream.getReader();
  }

  protected async fill(from: number, to: number): Promise<void> {
    if (from < this.start) throw new TrackError("This source cannot go back.", "COMMON");
    const pieces: Uint8Array[] = [];
    let end = this.end;
    while (end < to && !this.complete) {
      const { done, value } = await this.#reader.read();
      if (done) {
        this.complete = true;
        break;
      }
      this.spend(value.length);
      end += value.length;
      // What is to be jumped over is not kept until the place is reached.
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

/** Opens a window on a source; who closes the window has closed the source. For live bytes, positions only grow. */
export const openWindow = (source: ByteSource): ByteWindow =>
  source.kind === "random" ? new RandomWindow(source) : new LiveWindow(source);
