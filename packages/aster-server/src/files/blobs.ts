import { createHash } from "node:crypto";
import { createReadStream, type ReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/** Time in ms for which bytes without a file are kept: their row may be about to be written. */
const graceMs = 10 * 60_000;

/** Folder of the bytes of files: complete ones by hash, and those that are arriving. */
export class Blobs {
  readonly #parts: string;
  readonly #blobs: string;

  private constructor(folder: string) {
    this.#parts = join(folder, "parts");
    this.#blobs = join(folder, "blobs");
  }

  static async open(folder: string): Promise<Blobs> {
    const blobs = new Blobs(folder);
    await mkdir(blobs.#parts, { recursive: true, mode: 0o700 });
    await mkdir(blobs.#blobs, { recursive: true, mode: 0o700 });
    return blobs;
  }

  /** Returns the number of bytes of an upload that have arrived. */
  async received(id: string): Promise<number> {
    try {
      return (await stat(join(this.#parts, id))).size;
    } catch (error) {
      if (isMissing(error)) return 0;
      throw error;
    }
  }

  /** Opens an upload for the bytes that follow. */
  append(id: string): Promise<FileHandle> {
    return open(join(this.#parts, id), "a", 0o600);
  }

  /** Makes a complete upload a blob, and returns its hash. The bytes are on the disk then. */
  async finish(id: string): Promise<string> {
    const part = join(this.#parts, id);
    const file = await open(part, "a", 0o600);
    await file.sync();
    await file.close();
    const hash = createHash("sha256");
    for await (const bytes of createReadStream(part, { highWaterMark: 1 << 18 }))
      hash.update(bytes as Buffer);
    const digest = hash.digest("hex");
    await mkdir(join(this.#blobs, digest.slice(0, 2)), { recursive: true, mode: 0o700 });
    await rename(part, this.#pathOf(digest));
    return digest;
  }

  /** Opens a blob. `end` is the last byte. */
  read(hash: string, start: number, end: number): ReadStream {
    return createReadStream(this.#pathOf(hash), { start, end, highWaterMark: 1 << 18 });
  }

  /** Removes old uploads and blobs that are not in use. */
  async sweep(
    now: number,
    uploadsInUse: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
    hashesInUse: (hashes: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<void> {
    await sweepFolder(this.#parts, now, uploadsInUse);
    for (const folder of await readdir(this.#blobs)) {
      await sweepFolder(join(this.#blobs, folder), now, hashesInUse);
    }
  }

  #pathOf(hash: string): string {
    return join(this.#blobs, hash.slice(0, 2), hash);
  }
}

async function sweepFolder(
  folder: string,
  now: number,
  findUsed: (names: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<void> {
  const names = await readdir(folder);
  for (let at = 0; at < names.length; at += 500) {
    const batch = names.slice(at, at + 500);
    const used = await findUsed(batch);
    for (const name of batch) {
      const path = join(folder, name);
      if (!used.has(name) && now - (await stat(path)).mtimeMs >= graceMs) await rm(path, { force: true });
    }
  }
}
