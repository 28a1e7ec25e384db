// npm run build: builds dist/ of every published package.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { webClientFolder } from "@asterite/web";
import { buildWebClient } from "@asterite/web/build";
import { build } from "tsdown";
import {
  builtEntries,
  display,
  lowestNode,
  publishedPackages,
  root,
  type WorkspacePackage,
} from "./lib/workspace.ts";

/** Name of the package with the command. */
const commandName = "asterite";

/**
 * Build targets of a package: its oldest Node and, because browsers load the same files, an ECMAScript
 * version.
 */
const targetOf = (pkg: WorkspacePackage): string[] => {
  const { major, text } = lowestNode(pkg);
  return major < 24 ? [`node${text}`, "es2023"] : [`node${text}`];
};

/** Returns the entry name of an output file: `platform.node` for `./dist/platform.node.js`. */
const entryName = (output: string): string => {
  const name = /^\.\/dist\/(.+)\.js$/.exec(output)?.[1];
  if (name === undefined) throw new Error(`"${output}" should be of the form ./dist/NAME.js`);
  return name;
};

/** Returns the commit that is built; `unknown` without git, or if tracked files differ from it. */
function currentCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return git("status", "--porcelain", "--untracked-files=no") === "" ? git("rev-parse", "HEAD") : "unknown";
  } catch {
    return "unknown";
  }
}

const commit = currentCommit();

/** Builds one package from the entries that its package.json names. */
async function buildPackage(pkg: WorkspacePackage): Promise<void> {
  const entries = builtEntries(pkg);
  // One copy in the repository is enough, but each package must carry its own.
  copyFileSync(join(root, "LICENSE"), join(pkg.folder, "LICENSE"));
  if (entries.length === 0) return;
  rmSync(join(pkg.folder, "dist"), { recursive: true, force: true });
  await build({
    cwd: pkg.folder,
    config: false,
    entry: Object.fromEntries(entries.map(({ output, source }) => [entryName(output), source])),
    tsconfig: join(root, "tsconfig.json"),
    format: "esm",
    // Only declares node: modules as known; no bundled code depends on the platform.
    platform: "node",
    target: targetOf(pkg),
    define: { ASTERITE_COMMIT: JSON.stringify(commit) },
    deps: {
      // The user's platform resolves names with #, and the builder of the web client needs its sources.
      neverBundle: [/^#/, "@asterite/web/build"],
      onlyBundle: ["@asterite/web"],
    },
    outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
    // A map of the command would refer to sources of the web client's server part, which its package does not
    // contain.
    sourcemap: pkg.manifest.name !== commandName,
    outputOptions: {
      // A shared chunk of declarations takes its name from a file, such as index.ts. Without a suffix it takes
      // the place of the entry of that name, and the package exports O instead of createClient.
      chunkFileNames: "[name].shared.js",
      // The packages contain src/.
      sourcemapExcludeSources: true,
    },
    dts: entries.some(({ types }) => types !== undefined) ? { sourcemap: true } : false,
    hash: false,
    logLevel: "warn",
    failOnWarn: true,
    report: false,
  });
}

/** Builds the web client and copies it into the package of the command, which serves it. */
async function addWebClient(pkg: WorkspacePackage): Promise<void> {
  await buildWebClient();
  cpSync(webClientFolder, join(pkg.folder, "dist/web"), {
    recursive: true,
    filter: (file) => !basename(file).startsWith("."),
  });
}

async function buildAll(): Promise<void> {
  for (const pkg of publishedPackages()) {
    const started = performance.now();
    await buildPackage(pkg);
    if (pkg.manifest.name === commandName) await addWebClient(pkg);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const { name, version } = pkg.manifest;
    console.log(`${name} ${version} → ${display(join(pkg.folder, "dist"))} (${seconds} s)`);
  }
}

try {
  await buildAll();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
