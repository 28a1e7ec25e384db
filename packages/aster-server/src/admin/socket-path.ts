import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

/** Longest path of a Unix socket in bytes that every system accepts: macOS reserves 104 with the final NUL. */
const maxPathBytes = 103;

/**
 * Calls `use` with a path of a Unix socket that the system accepts: the path itself or, if it is too long, one
 * through a temporary link to its folder, which is removed afterwards.
 */
export async function withSocketPath<Result>(
  file: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  if (Buffer.byteLength(file) <= maxPathBytes) return await use(file);
  // Only this user can create or change a link in the folder.
  const folder = await mkdtemp(join(tmpdir(), "asterite-"));
  try {
    const link = join(folder, "data");
    await symlink(resolve(dirname(file)), link);
    return await use(join(link, basename(file)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
