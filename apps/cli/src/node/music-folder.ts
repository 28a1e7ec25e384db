import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { ConfigError } from "../config-file.ts";

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "ENOENT" ? "it does not exist" : error.message;
};

/**
 * Returns the number of files and folders in a music folder.
 *
 * @throws ConfigError if it is missing, no folder, or not readable.
 */
export async function countMusicEntries(folder: string): Promise<number> {
  try {
    if ((await stat(folder)).isDirectory()) {
      await access(folder, constants.R_OK | constants.X_OK);
      return (await readdir(folder)).length;
    }
  } catch (cause) {
    throw new ConfigError(`music folder ${folder} is not readable: ${describe(cause)}`, { cause });
  }
  throw new ConfigError(`music folder ${folder} is not a folder`);
}
