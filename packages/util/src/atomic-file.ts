import { open, rename } from "node:fs/promises";

/**
 * Replaces a file: after a crash it has the old or the new text. Calls for the same file must not overlap.
 *
 * @param mode - Permissions of the file. Default: those of the process.
 */
export async function writeAtomically(file: string, text: string, mode?: number): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, "w", mode);
  try {
    // A file that an earlier write left behind may have other permissions.
    if (mode !== undefined) await handle.chmod(mode);
    await handle.writeFile(text);
    // Without a sync, a power failure after the rename may leave an empty file under the final name.
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
