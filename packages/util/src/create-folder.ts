import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { isRecord } from "./is-record.ts";

const hasCode = (error: unknown, code: string): boolean => isRecord(error) && error["code"] === code;

/**
 * Creates a folder and those above it, unless they exist. Unlike the recursive `mkdir` of Node, it also returns where the
 * system refuses a folder with ENOENT, as in `/proc`: that one tries again without end.
 *
 * @param mode - Permissions of folders that are created. Default: those of the process.
 * @throws Error of the system if a folder cannot be created.
 */
export function createFolder(folder: string, mode?: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    const parent = dirname(folder);
    if (!hasCode(error, "ENOENT") || existsSync(parent)) throw error;
    createFolder(parent, mode);
    createFolder(folder, mode);
  }
}
