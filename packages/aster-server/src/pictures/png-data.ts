import { createInflate, inflateSync } from "node:zlib";
import { FairSemaphore } from "../auth/fair-semaphore.ts";

/** Equal rows of pixels; a filter byte stands before each. */
export interface ScanlineGroup {
  readonly count: number;
  /** Without the filter byte. */
  readonly bytes: number;
}

/** Up to this size unpacking takes less time than asking another thread to do it. */
const maxSyncBytes = 64 * 1024;
const maxFilterType = 4;
/** One large picture at a time: the threads also hash passwords and read files. */
const inflateSemaphore = new FairSemaphore(1, 256);

/** Takes unpacked bytes as they come, and tells whether they are these rows and nothing else. */
class ScanlineChecker {
  readonly #rows: readonly ScanlineGroup[];
  #group = 0;
  #rowsLeft = 0;
  #bytesLeft = 0;
  #fits = true;

  constructor(rows: readonly ScanlineGroup[]) {
    this.#rows = rows;
    this.#rowsLeft = rows[0]?.count ?? 0;
  }

  /** Whether everything fitted so far. */
  get isValid(): boolean {
    return this.#fits;
  }

  /** Whether every row has come whole. */
  get isComplete(): boolean {
    return (
      this.#fits && this.#bytesLeft === 0 && this.#rowsLeft === 0 && this.#group >= this.#rows.length - 1
    );
  }

  consume(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.#fits; ) {
      if (this.#bytesLeft === 0) {
        this.#fits = this.#beginRow() && (chunk[at] ?? 0) <= maxFilterType;
        at++;
      } else {
        const bytes = Math.min(this.#bytesLeft, chunk.length - at);
        this.#bytesLeft -= bytes;
        at += bytes;
      }
    }
  }

  #beginRow(): boolean {
    if (this.#rowsLeft === 0) this.#rowsLeft = this.#rows[++this.#group]?.count ?? 0;
    if (this.#rowsLeft === 0) return false;
    this.#rowsLeft--;
    this.#bytesLeft = this.#rows[this.#group]?.bytes ?? 0;
    return true;
  }
}

/**
 * Whether compressed data unpacks to exactly these rows, each with a filter that exists, and ends there. What
 * is unpacked is not kept, and unpacking ends with the first byte too many.
 *
 * @throws GateFullError when too many pictures wait to be looked at.
 */
export function inflatesTo(data: readonly Buffer[], rows: readonly ScanlineGroup[]): Promise<boolean> {
  const total = rows.reduce((sum, { count, bytes }) => sum + count * (bytes + 1), 0);
  if (total <= maxSyncBytes) return Promise.resolve(inflatesSync(Buffer.concat(data), rows, total));
  return inflateSemaphore.run("", () => inflatesAsStream(data, rows));
}

function inflatesSync(data: Buffer, rows: readonly ScanlineGroup[], total: number): boolean {
  const checker = new ScanlineChecker(rows);
  try {
    const { buffer, engine } = inflateSync(data, { info: true, maxOutputLength: total }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    checker.consume(buffer);
    return checker.isComplete && engine.bytesWritten === data.length;
  } catch {
    // Not compressed data, cut off, or too long.
    return false;
  }
}

function inflatesAsStream(data: readonly Buffer[], rows: readonly ScanlineGroup[]): Promise<boolean> {
  const checker = new ScanlineChecker(rows);
  const length = data.reduce((sum, piece) => sum + piece.length, 0);
  return new Promise((resolve) => {
    const inflate = createInflate({ chunkSize: 64 * 1024 });
    const end = (fits: boolean): void => {
      resolve(fits);
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
