import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Flushes a file to disk; with the flag `r` also a folder, with the names in it. */
export async function flushFile(path: string, flag: "r" | "r+" = "r+"): Promise<void> {
  const handle = await open(path, flag);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives a finished file its name, so that a power failure afterwards leaves the whole file under it. */
export async function publishFile(unfinished: string, path: string): Promise<void> {
  await flushFile(unfinished);
  await rename(unfinished, path);
  // Windows opens no folders, and writes their changes itself.
  if (process.platform !== "win32") await flushFile(dirname(path), "r");
}
