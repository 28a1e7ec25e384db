import type { RandomBytes } from "@asterite/audio/media";

/** Bytes in memory. */
export class MemoryBytes implements RandomBytes {
  readonly type = "random";
  readonly isLocal = true;
  readonly contentType: string | null;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, contentType: string | null) {
    this.#bytes = bytes;
    this.contentType = contentType;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.slice(Math.max(0, start), Math.max(0, end)));
  }

  close(): void {}
}
