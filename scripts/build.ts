// npm run build: writes dist/ of every package that goes to the registry.

import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "tsdown";
import {
  builtEntries,
  display,
  lowestNode,
  publishedPackages,
  root,
  type WorkspacePackage,
} from "./lib/workspace.ts";

/** What a package may be written in: browsers read the same files as the oldest Node. */
const targetOf = (pkg: WorkspacePackage): string[] => {
  const { major, text } = lowestNode(pkg);
  return major < 24 ? [`node${text}`, "es2023"] : [`node${text}`];
};

/** `./dist/platform.node.js` → `platform.node` */
const entryName = (output: string): string => {
  const name = /^\.\/dist\/(.+)\.js$/.exec(output)?.[1];
  if (name === undefined) throw new Error(`"${output}" should be of the form ./dist/NAME.js`);
  return name;
};

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
    // Only says that node: is known; nothing is bundled that could depend on it.
    platform: "node",
    target: targetOf(pkg),
    // Which file stands behind such a name is for the user's platform to say.
    deps: { neverBundle: [/^#/] },
    outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
    sourcemap: true,
    // The packages hold src/ itself.
    outputOptions: { sourcemapExcludeSources: true },
    dts: entries.some(({ types }) => types !== undefined) ? { sourcemap: true } : false,
    hash: false,
    logLevel: "warn",
    failOnWarn: true,
    report: false,
  });
}

async function buildAll(): Promise<void> {
  for (const pkg of publishedPackages()) {
    const started = performance.now();
    await buildPackage(pkg);
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
