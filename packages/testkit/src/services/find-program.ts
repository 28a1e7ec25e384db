import { existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";

const debianFolders = ["/usr/sbin", "/usr/lib/postgresql/*/bin"];

/** Finds the path of an installed program; undefined if it is not installed. */
export function findProgram(name: string): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  const packaged = debianFolders.flatMap((folder) => globSync(join(folder, name))).sort();
  return [...onPath, ...packaged.reverse()].find((file) => existsSync(file));
}
