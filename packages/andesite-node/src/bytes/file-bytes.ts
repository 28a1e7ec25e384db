import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { RandomBytes } from "@asterite/audio/media";
import { TrackError } from "@asterite/audio/media";
import type { ByteLimits } from "./byte-limits.ts";

/**
 * Opens a regular file. The path must be one that `realpath` returned: a symbolic link as the last component
 * is refused.
 *
 * @throws TrackError `COMMON` when the file cannot be read.
 */
export async function openFile(path: string, limits: ByteLimits): Promise<RandomBytes> {
  let file: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a FIFO would block a thread until a process opens it for writing.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw new TrackError("This is not a file.", "COMMON");
    return new FileBytes(file, stats.size, limits);
  } catch (error) {
    await file?.close();
    if (error instanceof TrackError) throw error;
    throw new TrackError("The file cannot be read.", "COMMON", { cause: error });
  }
}

/** Interval in ms at which a file is looked at that may grow. */
const growthPollMs = 100;

class FileBytes implements RandomBytes {
  readonly type = "random";
  readonly isLocal = true;
  readonly contentType = null;
  readonly #file: FileHandle;
  readonly #readBytes: number;
  readonly #growthMs: number;
  #size: number;
  #hasGrown = false;
  /** Whether it was waited for growth in vain. */
  #isAtEnd = false;
  #isClosed = false;

  constructor(file: FileHandle, size: number, { readBytes, growthMs }: ByteLimits) {
    this.#file = file;
    this.#size = size;
    this.#readBytes = readBytes;
    this.#growthMs = growthMs;
  }

  get size(): number {
    return this.#size;
  }

  async awaitSize(bytes: number): Promise<void> {
    for (let waitedMs = 0; this.#size < bytes && !this.#isAtEnd && !this.#isClosed; ) {
      // Closing the file while it is looked at ends the wait.
      const size = (await this.#file.stat().catch(() => undefined))?.size ?? 0;
      if (size > this.#size) {
        this.#size = size;
        this.#hasGrown = true;
        waitedMs = 0;
      } else if (!this.#hasGrown) {
        // A file that no program extends is not waited for.
        return;
      } else if (waitedMs >= this.#growthMs) {
        this.#isAtEnd = true;
      } else {
        await delay(growthPollMs);
        waitedMs += growthPollMs;
      }
    }
  }

  // No cache: the operating system has one, and the container readers read large pieces.
  async read(start: number, end: number): Promise<Uint8Array> {
    const from = Math.min(Math.max(0, start), this.size);
    const to = Math.min(Math.max(from, end), this.size);
    if (to - from > this.#readBytes) {
      throw new TrackError("The file requires larger reads than this node allows.", "COMMON");
    }
    return await this.#fetch(from, to);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Closing waits for a pending read. Nothing can be done about a failure.
    this.#file.close().catch(() => {});
  }

  async #fetch(start: number, end: number): Promise<Uint8Array> {
    const block = new Uint8Array(end - start);
    for (let filled = 0; filled < block.length; ) {
      if (this.#isClosed) throw new TrackError("The file has been closed.", "COMMON");
      const { bytesRead } = await this.#readAt(block, filled, start + filled);
      if (bytesRead === 0) throw new TrackError("The file became shorter while it was being read.", "COMMON");
      filled += bytesRead;
    }
    return block;
  }

  async #readAt(block: Uint8Array, offset: number, position: number) {
    try {
      return await this.#file.read(block, offset, block.length - offset, position);
    } catch (error) {
      throw new TrackError("The rest of the file cannot be read.", "COMMON", { cause: error });
    }
  }
}
