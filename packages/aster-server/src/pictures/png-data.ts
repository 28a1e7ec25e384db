import { createInflate, inflateSync } from "node:zlib";
import { FairSemaphore } from "../auth/fair-semaphore.ts";

/** Consecutive scanlines of equal length, each preceded by a filter byte. */
export interface ScanlineGroup {
  readonly count: number;
  /** Bytes of one scanline without the filter byte. */
  readonly bytes: number;
}

/** Up to this size inflating is faster than handing the data to another thread. */
const maxSyncBytes = 64 * 1024;
const maxFilterType = 4;
/** One large picture at a time: the thread pool also hashes passwords and reads files. */
const inflateSemaphore = new FairSemaphore(1, 256);

/** Checks in a stream of inflated bytes that they are exactly the given scanlines. */
class ScanlineChecker {
  readonly #scanlines: readonly ScanlineGroup[];
  #group = 0;
  #rowsLeft = 0;
  #bytesLeftInRow = 0;
  #isValid = true;

  constructor(scanlines: readonly ScanlineGroup[]) {
    this.#scanlines = scanlines;
    this.#rowsLeft = scanlines[0]?.count ?? 0;
  }

  /** Whether the bytes so far are valid. */
  get isValid(): boolean {
    return this.#isValid;
  }

  /** Whether every scanline is complete. */
  get isComplete(): boolean {
    return (
      this.#isValid &&
      this.#bytesLeftInRow === 0 &&
      this.#rowsLeft === 0 &&
      this.#group >= this.#scanlines.length - 1
    );
  }

  consume(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.#isValid; ) {
      if (this.#bytesLeftInRow === 0) {
        this.#isValid = this.#beginRow() && (chunk[at] ?? 0) <= maxFilterType;
        at++;
      } else {
        const bytes = Math.min(this.#bytesLeftInRow, chunk.length - at);
        this.#bytesLeftInRow -= bytes;
        at += bytes;
      }
    }
  }

  #beginRow(): boolean {
    if (this.#rowsLeft === 0) this.#rowsLeft = this.#scanlines[++this.#group]?.count ?? 0;
    if (this.#rowsLeft === 0) return false;
    this.#rowsLeft--;
    this.#bytesLeftInRow = this.#scanlines[this.#group]?.bytes ?? 0;
    return true;
  }
}

/**
 * Returns whether compressed data inflates to exactly these scanlines, each with a known filter type, and
 * ends there. The inflated bytes are not kept, and inflating stops at the first excess byte.
 *
 * @throws SemaphoreFullError when too many pictures wait to be checked.
 */
export function inflatesTo(data: readonly Buffer[], scanlines: readonly ScanlineGroup[]): Promise<boolean> {
  const total = scanlines.reduce((sum, { count, bytes }) => sum + count * (bytes + 1), 0);
  if (total <= maxSyncBytes) return Promise.resolve(inflatesSync(Buffer.concat(data), scanlines, total));
  return inflateSemaphore.run("", () => inflatesAsStream(data, scanlines));
}

function inflatesSync(data: Buffer, scanlines: readonly ScanlineGroup[], total: number): boolean {
  const checker = new ScanlineChecker(scanlines);
  try {
    const { buffer, engine } = inflateSync(data, { info: true, maxOutputLength: total }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    checker.consume(buffer);
    return checker.isComplete && engine.bytesWritten === data.length;
  } catch {
    // Not compressed data, truncated, or too long.
    return false;
  }
}

function inflatesAsStream(data: readonly Buffer[], scanlines: readonly ScanlineGroup[]): Promise<boolean> {
  const checker = new ScanlineChecker(scanlines);
  const length = data.reduce((sum, piece) => sum + piece.length, 0);
  return new Promise((resolve) => {
    const inflate = createInflate({ chunkSize: 64 * 1024 });
    const end = (isValid: boolean): void => {
      resolve(isValid);
      inflate.destroy();
    };
    inflate.on("data", (piece: Buffer) => {
      checker.consume(piece);
      if (!checker.isValid) end(false);
    });
    inflate.on("error", () => end(false));
    inflate.on("end", () => end(checker.isComplete && inflate.bytesWritten === length));
    for (const piece of data) inflate.write(piece);
    inflate.end();
  });
}
