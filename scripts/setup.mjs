// Makes a checkout runnable: installs what the lockfile says, once, and names the pinned Node.
// Plain JavaScript without dependencies, because it runs on the Node of the user.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const pinnedNode = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));

const readPackages = (path) => {
  try {
    return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).packages ?? {};
  } catch {
    return undefined;
  }
};

/** What npm wrote after its last complete install is compared entry by entry with the lockfile. */
export function isInstalled() {
  const wanted = readPackages("../package-lock.json");
  const present = readPackages("../node_modules/.package-lock.json");
  if (!wanted || !present || !existsSync(pinnedNode)) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "" || !path.includes("node_modules/")) continue;
    const found = present[path];
    // Optional packages for other platforms are in the lockfile but never on disk.
    if (!found && entry.optional) continue;
    if (!found || found.version !== entry.version || found.integrity !== entry.integrity) return false;
  }
  return Object.keys(present).every((path) => path in wanted);
}

export function install() {
  if (isInstalled()) return;
  process.stderr.write("Installing the packages in package-lock.json (first run or a changed lockfile) …\n");
  const started = Date.now();
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["ci", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32",
  });
  if (result.error) throw new Error(`cannot start npm: ${result.error.message}`);
  if (result.status !== 0) {
    process.stderr.write(result.stdout);
    throw new Error(`npm ci failed with exit code ${result.status}; its output is above`);
  }
  process.stderr.write(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
}
