import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { ServerError } from "../../../errors.ts";

/** Backup of a database, in the same folder. */
export interface Backup {
  readonly file: string;
  /**
   * Closes the handle of the original. Call it only after SQLite has closed the file: on POSIX systems,
   * closing any handle of a file releases all locks of the process on it.
   */
  release(): void;
}

/** Formats a date as `20260131T070809Z`. */
const timestamp = (date: Date): string => date.toISOString().replace(/[-:]|\.\d+/g, "");

function unusedName(file: string, version: number): string {
  const name = `${file}.backup-v${version}-${timestamp(new Date())}`;
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!existsSync(candidate)) return candidate;
  }
}

function copyBytes(source: number, target: number): void {
  const buffer = new Uint8Array(1024 * 1024);
  for (let position = 0; ; ) {
    const length = readSync(source, buffer, 0, buffer.length, position);
    if (length === 0) return;
    for (let written = 0; written < length; ) {
      written += writeSync(target, buffer, written, length - written, position + written);
    }
    position += length;
  }
}

/** Flushes the entries of a folder to disk; Windows has no such operation. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function copyToDisk(source: number, file: string): void {
  const partial = `${file}.partial`;
  try {
    // The copy gets the mode of the original, because it holds the same secrets.
    const target = openSync(partial, "wx", fstatSync(source).mode & 0o777);
    try {
      copyBytes(source, target);
      fsyncSync(target);
    } finally {
      closeSync(target);
    }
    renameSync(partial, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/**
 * Copies a database byte for byte to `FILE.backup-v<version>-<UTC time>` and flushes the copy to disk. The
 * caller holds the write lock. Existing files are not overwritten.
 *
 * @throws ServerError with `DATABASE_UNUSABLE` if the copy cannot be written.
 */
export function backUp(file: string, version: number): Backup {
  const name = unusedName(file, version);
  const source = openSync(file, "r");
  try {
    copyToDisk(source, name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The handle stays open until the process ends: see `release`.
    throw new ServerError(
      "DATABASE_UNUSABLE",
      `The database ${file} must be upgraded, but its backup ${name} cannot be written: ${reason}. ` +
        "Free disk space, or give this user write permission to the folder.",
      { cause: error },
    );
  }
  return { file: name, release: () => closeSync(source) };
}
