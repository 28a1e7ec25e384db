import { open, rename } from "node:fs/promises";

/** Replaces a file: after a crash it has the old or the new text. Calls for the same file must not overlap. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(text);
    // Without a sync, a power failure after the rename may leave an empty file under the final name.
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
