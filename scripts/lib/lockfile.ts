import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.ts";

/** One package in package-lock.json, as far as the scripts read it. */
export interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  /** For a link, a folder of the workspace; otherwise an address of the registry. */
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  /** Part of the tarball of the package above it, whose hash covers it. */
  readonly inBundle?: boolean;
}

/** The content of package-lock.json. The keys of `packages` are paths from the workspace's root. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/** Reads the workspace's own package-lock.json. */
export const readLockfile = (): Lockfile => JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

/** Returns whether an entry is installed from the registry, and not a package of the workspace. */
export const isFromRegistry = (path: string, { link }: LockEntry): boolean =>
  path.includes("node_modules/") && link !== true;

/**
 * Reports entries whose tarball nothing verifies, and addresses, which would bind every installation to one
 * registry. npm writes no hash for a package that it has not downloaded, such as a binary for another
 * platform that was in no cache; `npm view NAME@VERSION dist.integrity` returns it.
 */
export function findLockfileProblems({ packages }: Lockfile): string[] {
  const entries = Object.entries(packages).filter(([path, entry]) => isFromRegistry(path, entry));
  return entries.flatMap(([path, { version, integrity, resolved, inBundle }]) => [
    ...(integrity === undefined && inBundle !== true ? [`${path} ${version}: has no integrity hash`] : []),
    ...(resolved === undefined ? [] : [`${path} ${version}: names an address, ${resolved}`]),
  ]);
}
