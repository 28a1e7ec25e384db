import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { RandomBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import type { ByteLimits } from "./byte-limits.ts";

/**
 * Opens a file. The path must be a real one, as `realpath` gives it: a link in its last place is refused, and so
 * is what is no plain file.
 *
 * @throws TrackError `COMMON` when it cannot be read.
 */
export async function openFile(path: string, limits: ByteLimits): Promise<RandomBytes> {
  let file: FileHandle | undefined;
  try {
    // Without O_NONBLOCK a pipe in the folder would hold a thread until somebody writes into it.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const facts = await file.stat();
    if (!facts.isFile()) throw new TrackError("That is not a file.", "COMMON");
    return new FileBytes(file, facts.size, limits);
  } catch (error) {
    await file?.close();
    if (error instanceof TrackError) throw error;
    throw new TrackError("The file cannot be read.", "COMMON", { cause: error });
  }
}

class FileBytes implements RandomBytes {
  readonly kind = "random";
  readonly contentType = null;
  readonly size: number;
  readonly #file: FileHandle;
  readonly #readBytes: number;
  #closed = false;

  constructor(file: FileHandle, size: number, { readBytes }: ByteLimits) {
    this.#file = file;
    this.size = size;
    this.#readBytes = readBytes;
  }

  // Keeps nothing: the system does, and whoever reads a file reads it in pieces of some size.
  async read(start: number, end: number): Promise<Uint8Array> {
    const from = Math.min(Math.max(0, start), this.size);
    const to = Math.min(Math.max(from, end), this.size);
    if (to - from > this.#readBytes) {
      throw new TrackError("The file asks for more to be read at once than this node allows.", "COMMON");
    }
    return await this.#fetch(from, to);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Waits for a read under way; nothing that could be done about a failure is left.
    this.#file.close().catch(() => {});
  }

  async #fetch(start: number, end: number): Promise<Uint8Array> {
    const block = new Uint8Array(end - start);
    for (let filled = 0; filled < block.length; ) {
      if (this.#closed) throw new TrackError("The file has been closed.", "COMMON");
      const { bytesRead } = await this.#readAt(block, filled, start + filled);
      if (bytesRead === 0) throw new TrackError("The file became shorter while it was read.", "COMMON");
      filled += bytesRead;
    }
    return block;
  }

  async #readAt(block: Uint8Array, offset: number, position: number) {
    try {
      return await this.#file.read(block, offset, block.length - offset, position);
    } catch (error) {
      throw new TrackError("The file cannot be read any further.", "COMMON", { cause: error });
    }
  }
}
